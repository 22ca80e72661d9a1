// WordLevel: a piece is a token or unknown.
#include "text/models/models.h"
#include "text/models/vocabulary_model.h"

namespace kindred::text {
namespace {

class WordLevel final : public VocabularyModel {
 public:
  explicit WordLevel(ModelConfig config)
      : VocabularyModel(
            {std::move(config.tokens), std::move(config.ids), Repeated::replaces, config.origin},
            config.origin) {
    set_unknown(vocabulary().find(*config.unk_token));
  }

  void tokenize(std::string_view piece, std::vector<Token>& out) const override {
    TokenSink{out}.add(id_of(piece), 0, piece.size());
  }
  void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const override {
    out.push_back(id_of(piece));
  }

 private:
  std::uint32_t id_of(std::string_view piece) const {
    const std::optional<std::uint32_t> id = vocabulary().find(piece);
    return id ? *id : unknown();
  }
};

}  // namespace

std::unique_ptr<const TokenModel> make_word_level(ModelConfig config) {
  return std::make_unique<WordLevel>(std::move(config));
}

}  // namespace kindred::text
