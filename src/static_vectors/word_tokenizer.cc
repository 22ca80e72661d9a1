#include "static_vectors/word_tokenizer.h"

#include <algorithm>

#include "text/tokenizer_impl.h"

namespace kindred::static_vectors {
namespace {

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class WordTokenizer final : public Tokenizer::Impl {
 public:
  WordTokenizer(std::shared_ptr<const StaticModel> model, WordChoice choice)
      : model_(std::move(model)), choice_(choice) {}

  Encoding encode(std::span<const std::string_view> texts,
                  const TokenizeOptions& options) const override {
    Encoding e;
    WordFinder finder(*model_, choice_);
    std::vector<FoundWord> words;
    std::vector<std::uint32_t> ids;
    for (std::uint32_t t = 0; t < texts.size(); ++t) {
      words.clear();
      finder.find(texts[t], words);
      const char* at = texts[t].data();
      std::uint32_t begin = 0;
      for (const FoundWord& word : words) {
        begin += characters({at, word.text.data()});
        at = word.text.data();
        ids.clear();
        append_ids(word, ids);
        e.ids.insert(e.ids.end(), ids.begin(), ids.end());
        e.type_ids.resize(e.ids.size(), t);
        e.offsets.resize(e.ids.size(), CharSpan{begin, begin + characters(word.text)});
      }
    }
    cut(e, options);
    e.attention_mask.assign(e.ids.size(), 1);
    e.special_tokens_mask.assign(e.ids.size(), 0);
    return e;
  }

  void encode_packed(std::span<const std::string_view> texts, const TokenizeOptions& options,
                     PackedIds& out) const override {
    out.ids.clear();
    out.offsets.assign(1, 0);
    out.truncated.clear();
    WordFinder finder(*model_, choice_);
    std::vector<FoundWord> words;
    const std::size_t most = options.max_length.value_or(TokenizeOptions::kNoTruncation);
    for (const std::string_view text : texts) {
      words.clear();
      finder.find(text, words);
      const std::size_t begin = out.ids.size();
      for (const FoundWord& word : words) append_ids(word, out.ids);
      const std::size_t count = out.ids.size() - begin;
      out.truncated.push_back(count > most ? 1 : 0);
      if (count > most) {
        const auto first = out.ids.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto dropped = static_cast<std::ptrdiff_t>(count - most);
        if (options.side.value_or(TruncationSide::right) == TruncationSide::left)
          out.ids.erase(first, first + dropped);
        else
          out.ids.resize(begin + most);
      }
      out.offsets.push_back(static_cast<std::uint32_t>(out.ids.size()));
    }
  }

  std::size_t vocab_size() const override { return model_->input->rows(); }

  std::optional<std::uint32_t> token_to_id(std::string_view token) const override {
    return model_->vocabulary.find(token);
  }

  std::string id_to_token(std::uint32_t id) const override {
    return id < model_->size() ? std::string(model_->vocabulary.word(id)) : std::string();
  }

  bool is_special(std::uint32_t) const override { return false; }
  std::size_t added_token_count() const override { return 0; }
  TruncationSide default_side() const override { return TruncationSide::right; }
  std::optional<std::size_t> default_max_length() const override { return std::nullopt; }

 private:
  void append_ids(const FoundWord& word, std::vector<std::uint32_t>& ids) const {
    if (word.id != FoundWord::kUnknown)
      ids.push_back(word.id);
    else
      model_->append_rows(word.text, ids);
  }

  static void cut(Encoding& e, const TokenizeOptions& options) {
    const std::size_t most = options.max_length.value_or(TokenizeOptions::kNoTruncation);
    e.truncated = e.ids.size() > most;
    if (!e.truncated) return;
    const bool left = options.side.value_or(TruncationSide::right) == TruncationSide::left;
    const auto keep = [&](auto& values) {
      if (left)
        values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(most));
      else
        values.resize(most);
    };
    keep(e.ids);
    keep(e.type_ids);
    keep(e.offsets);
  }

  std::shared_ptr<const StaticModel> model_;
  WordChoice choice_;
};

}  // namespace

Tokenizer make_word_tokenizer(std::shared_ptr<const StaticModel> model, WordChoice choice) {
  return Tokenizer(std::make_unique<const WordTokenizer>(std::move(model), choice));
}

}  // namespace kindred::static_vectors
