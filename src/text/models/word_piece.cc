// WordPiece: the longest token that fits, again and again; a piece that does not come out whole is
// unknown.
#include <cstdint>
#include <utility>

#include "text/models/models.h"
#include "text/models/prefix_trie.h"
#include "text/models/utf8.h"
#include "text/models/vocabulary_model.h"

namespace kindred::text {
namespace {

class WordPiece final : public VocabularyModel {
 public:
  explicit WordPiece(ModelConfig config)
      : VocabularyModel(
            {std::move(config.tokens), std::move(config.ids), Repeated::replaces, config.origin},
            config.origin),
        max_characters_(config.max_input_chars_per_word) {
    set_unknown(vocabulary().find(*config.unk_token));
    std::vector<std::pair<std::string_view, std::uint32_t>> keys;
    keys.reserve(vocabulary().size());
    for (std::uint32_t i = 0; i < vocabulary().size(); ++i)
      keys.emplace_back(vocabulary().entry_token(i), i + 1);
    if (keys.size() > PrefixTrie::kMaxValue)
      fail(ErrorKind::unsupported, "{}: {} tokens are more than the {} that WordPiece may have",
           origin(), keys.size(), PrefixTrie::kMaxValue);
    trie_ = PrefixTrie(std::move(keys));
    // Continuing tokens are those below the prefix ("##"), so one trie serves both.
    inside_ = trie_.root();
    continues_ = trie_.walk(inside_, config.continuing_subword_prefix);
  }

  void tokenize(std::string_view piece, std::vector<Token>& out) const override {
    split(piece, TokenSink{out});
  }
  void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const override {
    split(piece, IdSink{out});
  }

 private:
  // A failing walk costs at most the longest token's bytes, so a piece of n bytes takes O(n) steps
  // for a given vocabulary, without failure links.
  template <typename Sink>
  void split(std::string_view piece, Sink sink) const {
    const std::size_t before = sink.out.size();
    if (piece.size() > max_characters_ && count_characters(piece) > max_characters_) {
      sink.add(unknown(), 0, piece.size());
      return;
    }
    for (std::size_t begin = 0; begin < piece.size();) {
      PrefixTrie::Node node = begin == 0 ? trie_.root() : inside_;
      std::uint32_t entry = 0;
      std::size_t end = begin;
      if (begin == 0 || continues_) {
        for (std::size_t at = begin;
             at < piece.size() && trie_.step(node, static_cast<unsigned char>(piece[at]));) {
          ++at;
          if (node.value == 0) continue;
          entry = node.value;
          end = at;
        }
      }
      if (entry == 0) {
        sink.out.resize(before);
        sink.add(unknown(), 0, piece.size());
        return;
      }
      sink.add(vocabulary().entry_id(entry - 1), begin, end);
      begin = end;
    }
  }

  std::uint64_t max_characters_;
  PrefixTrie trie_;
  PrefixTrie::Node inside_;
  bool continues_ = false;
};

}  // namespace

std::unique_ptr<const TokenModel> make_word_piece(ModelConfig config) {
  return std::make_unique<WordPiece>(std::move(config));
}

}  // namespace kindred::text
