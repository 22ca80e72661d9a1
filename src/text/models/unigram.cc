// Unigram: the path of the highest score through all pieces that fit.
#include <cstdint>
#include <limits>
#include <utility>

#include "text/models/byte_tokens.h"
#include "text/models/models.h"
#include "text/models/piece_cache.h"
#include "text/models/prefix_trie.h"
#include "text/models/utf8.h"
#include "text/models/vocabulary_model.h"

namespace kindred::text {
namespace {

constexpr double kUnknownPenalty = 10.0;
constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

// The best way to a byte of the piece.
struct Arrival {
  double score = 0.0;
  std::uint32_t from = kNowhere;
  std::uint32_t id = 0;
};

struct Scratch {
  std::vector<Arrival> best;  // one a byte, and one for the end
  std::vector<Token> reversed;
};
thread_local Scratch thread_scratch;
// Longer pieces give their scratch back: 1 MB.
constexpr std::size_t kKeptScratch = std::size_t{1} << 16;

class Unigram final : public VocabularyModel {
 public:
  explicit Unigram(ModelConfig config)
      : VocabularyModel(
            {std::move(config.tokens), std::move(config.ids), Repeated::shadows, config.origin},
            config.origin),
        scores_(std::move(config.scores)),
        owner_(PieceCache::new_owner()) {
    if (vocabulary().size() > PrefixTrie::kMaxValue)
      fail(ErrorKind::unsupported, "{}: {} pieces are more than the {} that Unigram may have",
           origin(), vocabulary().size(), PrefixTrie::kMaxValue);
    if (config.unk_id) set_unknown(static_cast<std::uint32_t>(*config.unk_id));
    if (config.byte_fallback) bytes_ = ByteTokens(vocabulary());
    double lowest = std::numeric_limits<double>::infinity();
    std::vector<std::pair<std::string_view, std::uint32_t>> keys;
    keys.reserve(scores_.size());
    for (std::uint32_t id = 0; id < scores_.size(); ++id) {
      if (scores_[id] < lowest) lowest = scores_[id];
      keys.emplace_back(vocabulary().entry_token(id), id + 1);
    }
    unknown_score_ = lowest - kUnknownPenalty;
    trie_ = PrefixTrie(std::move(keys));
  }

  void tokenize(std::string_view piece, std::vector<Token>& out) const override {
    if (!piece.empty()) decode(piece, TokenSink{out});
  }

  void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const override {
    if (piece.empty()) return;
    if (piece.size() > PieceCache::kMaxPiece) return decode(piece, IdSink{out});
    PieceCache& cache = PieceCache::of_thread(owner_);
    const std::uint64_t hash = PieceCache::hash(piece);
    if (cache.find(piece, hash, out)) return;
    const std::size_t before = out.size();
    decode(piece, IdSink{out});
    cache.insert(piece, hash, std::span(out).subspan(before));
  }

 private:
  template <typename Sink>
  void decode(std::string_view piece, Sink sink) const {
    Scratch& scratch = thread_scratch;
    find_best_path(piece, scratch.best);
    read_path(scratch.best, scratch.reversed);
    for (std::size_t i = scratch.reversed.size(); i-- > 0;) emit(piece, scratch.reversed[i], sink);
    if (scratch.best.size() > kKeptScratch) scratch = {};
  }

  // Viterbi over the bytes. Of equal scores the first found stays: the one that starts earliest.
  void find_best_path(std::string_view piece, std::vector<Arrival>& best) const {
    best.assign(piece.size() + 1, Arrival{});
    for (std::size_t begin = 0; begin < piece.size();) {
      const double score = best[begin].score;
      const std::size_t character = character_bytes(piece, begin);
      bool covered = false;  // a piece of exactly one character exists
      PrefixTrie::Node node = trie_.root();
      for (std::size_t end = begin;
           end < piece.size() && trie_.step(node, static_cast<unsigned char>(piece[end]));) {
        ++end;
        if (node.value == 0) continue;
        const std::uint32_t id = node.value - 1;
        arrive(best[end], score + scores_[id], begin, [id] { return id; });
        covered |= end - begin == character;
      }
      if (!covered)
        arrive(best[begin + character], score + unknown_score_, begin,
               [this] { return unknown(); });
      begin += character;
    }
  }

  template <typename Id>
  static void arrive(Arrival& at, double score, std::size_t from, Id id) {
    if (at.from == kNowhere || score > at.score)
      at = {score, static_cast<std::uint32_t>(from), id()};
  }

  // The path from its end, neighbouring unknowns as one.
  void read_path(const std::vector<Arrival>& best, std::vector<Token>& path) const {
    path.clear();
    for (auto end = static_cast<std::uint32_t>(best.size() - 1); end > 0;) {
      const Arrival& arrival = best[end];
      if (is_unknown(arrival.id) && !path.empty() && is_unknown(path.back().id)) {
        path.back().begin = arrival.from;
      } else {
        path.push_back({arrival.id, arrival.from, end});
      }
      end = arrival.from;
    }
  }

  template <typename Sink>
  void emit(std::string_view piece, const Token& token, Sink& sink) const {
    if (!is_unknown(token.id)) return sink.add(token.id, token.begin, token.end);
    // What was joined may be a piece after all, or go byte by byte.
    const std::string_view text = piece.substr(token.begin, token.end - token.begin);
    if (const std::optional<std::uint32_t> id = vocabulary().find(text))
      return sink.add(*id, token.begin, token.end);
    if (!bytes_.covers(text)) return sink.add(token.id, token.begin, token.end);
    for (char byte : text) sink.add(bytes_.id(byte), token.begin, token.end);
  }

  std::vector<double> scores_;
  double unknown_score_ = 0.0;
  ByteTokens bytes_;
  PrefixTrie trie_;
  std::uint64_t owner_;
};

}  // namespace

std::unique_ptr<const TokenModel> make_unigram(ModelConfig config) {
  return std::make_unique<Unigram>(std::move(config));
}

}  // namespace kindred::text
