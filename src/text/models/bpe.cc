// Byte-pair encoding, over characters or over bytes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "text/models/bpe_merges.h"
#include "text/models/byte_level.h"
#include "text/models/byte_tokens.h"
#include "text/models/models.h"
#include "text/models/piece_cache.h"
#include "text/models/utf8.h"
#include "text/models/vocabulary_model.h"

namespace kindred::text {
namespace {

struct Scratch {
  std::vector<Symbol> symbols;
  Merger merger;
  std::string text;
};
thread_local Scratch thread_scratch;
// Longer pieces give their scratch back: 0.5 MB.
constexpr std::size_t kKeptScratch = std::size_t{1} << 16;

MergeTable read_merges(const ModelConfig& config, const Vocabulary& vocabulary) {
  const auto id_of = [&](std::string_view token) {
    if (const auto id = vocabulary.find(token)) return *id;
    fail(ErrorKind::corrupt,
         "{}: the merges of the tokenizer's model name the token '{}', which its vocabulary does "
         "not "
         "have: the file is damaged; fetch it again",
         config.origin, token);
  };
  const std::size_t prefix = config.continuing_subword_prefix.size();
  const std::size_t count = config.merges.size() / 2;
  MergeTable table(count);
  std::string joined;
  for (std::size_t rank = 0; rank < count; ++rank) {
    const std::string_view left = config.merges[2 * rank];
    const std::string_view right = config.merges[2 * rank + 1];
    if (right.size() < prefix)
      fail(ErrorKind::corrupt,
           "{}: merge {} of the tokenizer's model joins '{}', which lacks the continuing prefix "
           "'{}': "
           "the file is damaged; fetch it again",
           config.origin, rank, right, config.continuing_subword_prefix);
    joined.assign(left).append(right.substr(prefix));
    const std::uint32_t left_id = id_of(left);
    const std::uint32_t right_id = id_of(right);
    table.insert(left_id, right_id, {static_cast<std::uint32_t>(rank), id_of(joined)});
  }
  return table;
}

class Bpe final : public VocabularyModel {
 public:
  explicit Bpe(ModelConfig config)
      : VocabularyModel(
            {std::move(config.tokens), std::move(config.ids), Repeated::replaces, config.origin},
            config.origin),
        merges_(read_merges(config, vocabulary())),
        prefix_(std::move(config.continuing_subword_prefix)),
        suffix_(std::move(config.end_of_word_suffix)),
        has_unknown_(config.unk_token.has_value()),
        fuses_unknown_(config.fuse_unk),
        ignores_merges_(config.ignore_merges),
        shared_ids_(vocabulary().has_shared_ids()),
        owner_(PieceCache::new_owner()),
        raw_owner_(PieceCache::new_owner()) {
    if (config.unk_token) set_unknown(vocabulary().find(*config.unk_token));
    if (config.byte_fallback) bytes_ = ByteTokens(vocabulary());
    bool all_bytes = true;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto c = static_cast<char>(byte);
      if (byte < 0x80) ascii_ids_[byte] = vocabulary().find({&c, 1});
      raw_ids_[byte] =
          vocabulary().find(ByteLevelCharacters::get()[static_cast<unsigned char>(byte)]);
      all_bytes &= raw_ids_[byte].has_value();
    }
    // A byte without a token must come out as it would as a character: as one unknown token.
    accepts_raw_ = prefix_.empty() && suffix_.empty() &&
                   (all_bytes || (has_unknown_ && !config.byte_fallback));
  }

  void tokenize(std::string_view piece, std::vector<Token>& out) const override {
    encode(piece, /*raw=*/false, TokenSink{out});
  }
  void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const override {
    encode_cached(piece, /*raw=*/false, out);
  }
  bool accepts_raw_bytes() const override { return accepts_raw_; }
  void tokenize_raw(std::string_view bytes, std::vector<Token>& out) const override {
    require(accepts_raw_, "tokenize_raw needs accepts_raw_bytes");
    encode(bytes, /*raw=*/true, TokenSink{out});
  }
  void tokenize_raw_ids(std::string_view bytes, std::vector<std::uint32_t>& out) const override {
    require(accepts_raw_, "tokenize_raw_ids needs accepts_raw_bytes");
    encode_cached(bytes, /*raw=*/true, out);
  }

 private:
  void encode_cached(std::string_view piece, bool raw, std::vector<std::uint32_t>& out) const {
    if (piece.size() > PieceCache::kMaxPiece) return encode(piece, raw, IdSink{out});
    PieceCache& cache = PieceCache::of_thread(raw ? raw_owner_ : owner_);
    const std::uint64_t hash = PieceCache::hash(piece);
    if (cache.find(piece, hash, out)) return;
    const std::size_t before = out.size();
    encode(piece, raw, IdSink{out});
    cache.insert(piece, hash, std::span(out).subspan(before));
  }

  template <typename Sink>
  void encode(std::string_view piece, bool raw, Sink sink) const {
    if (piece.empty()) return;
    Scratch& scratch = thread_scratch;
    if (ignores_merges_) {
      if (const auto id = find_whole(piece, raw, scratch.text))
        return sink.add(*id, 0, piece.size());
    }
    std::vector<Symbol>& symbols = scratch.symbols;
    symbols.clear();
    raw ? split_bytes(piece, symbols) : split_characters(piece, scratch);
    scratch.merger.run(merges_, shared_ids_, symbols);
    // Positions add up the symbols' bytes, as the reference does; where it drops a character or
    // falls back on the bytes of a suffix they could lead outside.
    std::size_t begin = 0;
    for (const Symbol& symbol : symbols) {
      const std::size_t end = std::min(begin + symbol.bytes, piece.size());
      sink.add(symbol.id, begin, end);
      begin = end;
    }
    if (symbols.capacity() > kKeptScratch) symbols = {};
  }

  std::optional<std::uint32_t> find_whole(std::string_view piece, bool raw,
                                          std::string& text) const {
    if (!raw) return vocabulary().find(piece);
    text.clear();
    ByteLevelCharacters::get().append(piece, text);
    return vocabulary().find(text);
  }

  // An unknown part that may still grow.
  struct Pending {
    std::uint32_t bytes = 0;
    bool exists = false;
  };

  void flush(Pending& pending, std::vector<Symbol>& symbols) const {
    if (pending.exists) symbols.push_back({unknown(), pending.bytes});
    pending = {};
  }

  void add_unknown(std::size_t bytes, Pending& pending, std::vector<Symbol>& symbols) const {
    if (!has_unknown_) return;  // the reference drops the character
    unknown();                  // throws where the unknown token has no id
    if (!fuses_unknown_) flush(pending, symbols);
    pending.exists = true;
    pending.bytes += static_cast<std::uint32_t>(bytes);
  }

  void split_bytes(std::string_view piece, std::vector<Symbol>& symbols) const {
    Pending pending;
    for (char byte : piece) {
      if (const auto& id = raw_ids_[static_cast<unsigned char>(byte)]) {
        flush(pending, symbols);
        symbols.push_back({*id, 1});
      } else {
        add_unknown(1, pending, symbols);
      }
    }
    flush(pending, symbols);
  }

  void split_characters(std::string_view piece, Scratch& scratch) const {
    std::vector<Symbol>& symbols = scratch.symbols;
    Pending pending;
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t bytes = character_bytes(piece, at);
      const std::string_view spelled = spell(piece, at, bytes, scratch.text);
      at += bytes;
      if (const auto id = find_character(spelled)) {
        flush(pending, symbols);
        symbols.push_back({*id, static_cast<std::uint32_t>(bytes)});
      } else if (bytes_.covers(spelled)) {
        // A pending unknown part stays pending: the reference puts it behind these bytes.
        for (char byte : spelled) symbols.push_back({bytes_.id(byte), 1});
      } else {
        add_unknown(bytes, pending, symbols);
      }
    }
    flush(pending, symbols);
  }

  // The character as the vocabulary has it there: with the prefix inside a word, the suffix at its
  // end.
  std::string_view spell(std::string_view piece, std::size_t at, std::size_t bytes,
                         std::string& text) const {
    const std::string_view character = piece.substr(at, bytes);
    const bool with_prefix = at > 0 && !prefix_.empty();
    const bool with_suffix = at + bytes == piece.size() && !suffix_.empty();
    if (!with_prefix && !with_suffix) return character;
    text.assign(with_prefix ? prefix_ : "").append(character).append(with_suffix ? suffix_ : "");
    return text;
  }

  std::optional<std::uint32_t> find_character(std::string_view spelled) const {
    if (spelled.size() == 1 && static_cast<unsigned char>(spelled[0]) < 0x80)
      return ascii_ids_[static_cast<unsigned char>(spelled[0])];
    return vocabulary().find(spelled);
  }

  MergeTable merges_;
  std::string prefix_;
  std::string suffix_;
  bool has_unknown_;
  bool fuses_unknown_;
  bool ignores_merges_;
  bool shared_ids_;
  bool accepts_raw_ = false;
  ByteTokens bytes_;
  std::array<std::optional<std::uint32_t>, 128> ascii_ids_;
  std::array<std::optional<std::uint32_t>, 256> raw_ids_;
  std::uint64_t owner_;
  std::uint64_t raw_owner_;
};

}  // namespace

std::unique_ptr<const TokenModel> make_bpe(ModelConfig config) {
  return std::make_unique<Bpe>(std::move(config));
}

}  // namespace kindred::text
