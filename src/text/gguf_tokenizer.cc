#include "text/gguf_tokenizer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/gguf.h"
#include "text/models/score_merges.h"

namespace kindred::text {
namespace {

using nlohmann::json;

// U+2581, which SentencePiece writes for a space.
constexpr std::string_view kSpaceMark = "\u2581";

// `tokenizer.ggml.token_type`.
enum class TokenType : std::int64_t { normal = 1, unknown, control, user_defined, unused, byte };

std::string base64(const std::vector<std::int64_t>& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      text += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

json split(const char* regex) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", regex}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

json byte_level(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

json sequence(const char* parts, json list) {
  return {{"type", "Sequence"}, {parts, std::move(list)}};
}

// How a byte-level vocabulary was trained to be cut, by its name in `tokenizer.ggml.pre`.
struct BytePreTokenizer {
  json normalizer;
  json pre_tokenizer;
  bool ignore_merges = false;
  bool add_bos = false;
};

BytePreTokenizer byte_pre_tokenizer(std::string_view name, bool prefix, const std::string& path) {
  if (name == "smollm") {
    const json digits = {{"type", "Digits"}, {"individual_digits", true}};
    return {nullptr, sequence("pretokenizers", json::array({digits, byte_level(prefix, true)}))};
  }
  if (name == "gpt-2") return {nullptr, byte_level(prefix, true)};
  if (name == "qwen2") {
    const char* regex =
        R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re";
    return {{{"type", "NFC"}},
            sequence("pretokenizers", json::array({split(regex), byte_level(prefix, false)}))};
  }
  if (name == "llama-bpe" || name == "llama3" || name == "llama-v3") {
    const char* regex =
        R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re";
    return {nullptr,
            sequence("pretokenizers", json::array({split(regex), byte_level(prefix, false)})),
            /*ignore_merges=*/true, /*add_bos=*/true};
  }
  if (name == "default") {
    // llama.cpp's own, for files that name none: each expression cuts what the last one left.
    return {nullptr,
            sequence("pretokenizers",
                     json::array({split(R"re([\p{P}\$\+<=>\^~\|]+)re"), byte_level(prefix, true),
                                  split(R"re(\p{N}+)re"), split("[0-9][0-9][0-9]")}))};
  }
  fail(ErrorKind::unsupported,
       "{}: its tokenizer is pre-tokenized as '{}'; Kindred knows smollm, gpt-2, qwen2, llama-bpe "
       "and "
       "default: put the model's tokenizer.json beside it instead",
       path, name);
}

// Reads the metadata once, then writes the object kind by kind.
class GgufTokenizer {
 public:
  explicit GgufTokenizer(const std::string& path) : gguf_(io::Gguf::open(path)) {}

  json build() {
    // What the model was converted from, if the converter kept it.
    if (const auto original = gguf_.find_string("tokenizer.huggingface.json"))
      return parse(*original);
    const std::string_view kind = gguf_.string("tokenizer.ggml.model");
    read_vocabulary();
    json result = {
        {"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"decoder", nullptr}};
    result["added_tokens"] = added_tokens();
    if (kind == "gpt2") {
      build_byte_level(result);
    } else if (kind == "llama") {
      build_sentencepiece(result);
    } else if (kind == "bert") {
      build_word_piece(result);
    } else if (kind == "t5") {
      build_unigram(result);
    } else {
      fail(ErrorKind::unsupported,
           "{}: its tokenizer is of the kind '{}'; Kindred knows gpt2, llama, bert and t5: put the "
           "model's tokenizer.json beside it instead",
           gguf_.path(), kind);
    }
    return result;
  }

 private:
  json parse(std::string_view text) const {
    try {
      return json::parse(text);
    } catch (const json::exception& error) {
      fail(ErrorKind::corrupt, "{}: the tokenizer.json inside is not valid JSON: {}", gguf_.path(),
           error.what());
    }
  }

  void read_vocabulary() {
    tokens_ = gguf_.strings("tokenizer.ggml.tokens");
    types_.assign(tokens_.size(), TokenType::normal);
    if (!gguf_.has("tokenizer.ggml.token_type")) return;
    const std::vector<std::int64_t> types = gguf_.integers("tokenizer.ggml.token_type");
    check_count("tokenizer.ggml.token_type", types.size());
    for (std::size_t i = 0; i < types.size(); ++i) types_[i] = TokenType{types[i]};
  }

  void check_count(const char* key, std::size_t count) const {
    if (count != tokens_.size())
      fail(ErrorKind::corrupt,
           "{}: {} has {} entries for {} tokens: the file is damaged; fetch it again", gguf_.path(),
           key, count, tokens_.size());
  }

  std::vector<float> scores() const {
    std::vector<float> scores = gguf_.numbers("tokenizer.ggml.scores");
    check_count("tokenizer.ggml.scores", scores.size());
    return scores;
  }

  bool boolean(const char* key, bool otherwise) const {
    return gguf_.find_boolean(key).value_or(otherwise);
  }

  bool is_special(std::size_t i) const {
    return types_[i] == TokenType::control || types_[i] == TokenType::unknown;
  }

  json added_tokens() const {
    json list = json::array();
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!is_special(i) && types_[i] != TokenType::user_defined) continue;
      list.push_back({{"id", i},
                      {"content", tokens_[i]},
                      {"single_word", false},
                      {"lstrip", false},
                      {"rstrip", false},
                      {"normalized", false},
                      {"special", is_special(i)}});
    }
    return list;
  }

  // The token of `key`, or of the id that llama.cpp takes for granted.
  std::size_t token_id(const char* key, std::size_t otherwise) const {
    const std::size_t id = gguf_.find_size(key).value_or(otherwise);
    if (id >= tokens_.size())
      fail(ErrorKind::corrupt,
           "{}: {} is {}, but there are {} tokens: the file is damaged; fetch it again",
           gguf_.path(), key, id, tokens_.size());
    return id;
  }

  // Without the unused pieces behind the last, by which the converter fills up the embedding's
  // rows: in the original they are free for new tokens.
  std::size_t used() const {
    std::size_t count = tokens_.size();
    while (count > 0 && types_[count - 1] == TokenType::unused) --count;
    return count;
  }

  json vocabulary() const {
    json vocab = json::object();
    for (std::size_t i = 0; i < used(); ++i) vocab[std::string(tokens_[i])] = i;
    return vocab;
  }

  // ---- Templates

  static json part(const char* kind, std::string_view id, unsigned type) {
    return {{kind, {{"id", id}, {"type_id", type}}}};
  }

  // `begin`, the text, `end`; a second text after them with `type`, behind `between`.
  json text_template(std::optional<std::size_t> begin, std::optional<std::size_t> end,
                     unsigned type, std::optional<std::size_t> between) const {
    if (!begin && !end) return nullptr;
    json single = json::array();
    json special = json::object();
    const auto add = [&](json& list, std::optional<std::size_t> id, unsigned type_id) {
      if (!id) return;
      const std::string_view token = tokens_[*id];
      list.push_back(part("SpecialToken", token, type_id));
      special[std::string(token)] = {{"id", token}, {"ids", {*id}}, {"tokens", {token}}};
    };
    add(single, begin, 0);
    single.push_back(part("Sequence", "A", 0));
    add(single, end, 0);
    json pair = single;
    add(pair, between, type);
    pair.push_back(part("Sequence", "B", type));
    add(pair, end, type);
    return {{"type", "TemplateProcessing"},
            {"single", single},
            {"pair", pair},
            {"special_tokens", special}};
  }

  std::optional<std::size_t> token_if(bool wanted, const char* key, std::size_t otherwise) const {
    return wanted ? std::optional(token_id(key, otherwise)) : std::nullopt;
  }

  // Both texts with their own begin and end, as the Llama and GPT-2 families have it.
  json begin_end_template(bool add_bos, bool add_eos, std::size_t bos, std::size_t eos,
                          unsigned type) const {
    const auto begin = token_if(boolean("tokenizer.ggml.add_bos_token", add_bos),
                                "tokenizer.ggml.bos_token_id", bos);
    const auto end = token_if(boolean("tokenizer.ggml.add_eos_token", add_eos),
                              "tokenizer.ggml.eos_token_id", eos);
    return text_template(begin, end, type, begin);
  }

  // ---- Kinds

  void build_byte_level(json& result) const {
    const std::string_view name = gguf_.find_string("tokenizer.ggml.pre").value_or("default");
    BytePreTokenizer pre =
        byte_pre_tokenizer(name, boolean("tokenizer.ggml.add_space_prefix", false), gguf_.path());
    result["normalizer"] = std::move(pre.normalizer);
    result["pre_tokenizer"] = std::move(pre.pre_tokenizer);
    result["post_processor"] = begin_end_template(pre.add_bos, false, 11, 11, 1);
    result["model"] = {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", nullptr},
                       {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr},
                       {"fuse_unk", false},
                       {"byte_fallback", false},
                       {"ignore_merges", pre.ignore_merges},
                       {"vocab", vocabulary()},
                       {"merges", gguf_.strings("tokenizer.ggml.merges")}};
  }

  void build_sentencepiece(json& result) const {
    const json replace = {
        {"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kSpaceMark}};
    const json prepend = {{"type", "Prepend"}, {"prepend", kSpaceMark}};
    const bool prefix = boolean("tokenizer.ggml.add_space_prefix", true);
    result["normalizer"] =
        sequence("normalizers", prefix ? json::array({prepend, replace}) : json::array({replace}));
    result["pre_tokenizer"] = nullptr;
    result["post_processor"] = begin_end_template(true, false, 1, 2, 1);
    // Special and byte tokens are found whole or not at all.
    std::vector<bool> takes_part(tokens_.size());
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      takes_part[i] = !is_special(i) && types_[i] != TokenType::byte;
    json merges = json::array();
    for (const auto& [left, right] : merges_from_scores(tokens_, scores(), takes_part))
      merges.push_back({left, right});
    result["model"] = {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", tokens_[token_id("tokenizer.ggml.unknown_token_id", 0)]},
                       {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr},
                       {"fuse_unk", true},
                       {"byte_fallback", true},
                       {"ignore_merges", false},
                       {"vocab", vocabulary()},
                       {"merges", std::move(merges)}};
  }

  // llama.cpp writes "▁word" for "word" and "word" for "##word"; special tokens stay as they are.
  std::string word_piece(std::size_t i) const {
    const std::string_view token = tokens_[i];
    if (types_[i] == TokenType::control) return std::string(token);
    if (token.size() > kSpaceMark.size() && token.starts_with(kSpaceMark))
      return std::string(token.substr(kSpaceMark.size()));
    // Older converters left everything in brackets alone.
    if (token.size() > 1 && token.front() == '[' && token.back() == ']') return std::string(token);
    return "##" + std::string(token);
  }

  void build_word_piece(json& result) const {
    json vocab = json::object();
    bool has_capitals = false;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string piece = word_piece(i);
      has_capitals |= !piece.empty() && piece.front() >= 'A' && piece.front() <= 'Z';
      vocab[piece] = i;
    }
    // Files rarely say whether the model knows case; its vocabulary always does.
    const bool lowercase = boolean("tokenizer.ggml.normalizer.lowercase", !has_capitals);
    result["normalizer"] = {
        {"type", "BertNormalizer"},
        {"clean_text", true},
        {"handle_chinese_chars", true},
        {"strip_accents", boolean("tokenizer.ggml.normalizer.strip_accents", lowercase)},
        {"lowercase", lowercase}};
    result["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
    const char* begin_key = gguf_.has("tokenizer.ggml.cls_token_id")
                                ? "tokenizer.ggml.cls_token_id"
                                : "tokenizer.ggml.bos_token_id";
    result["post_processor"] =
        text_template(token_if(boolean("tokenizer.ggml.add_bos_token", true), begin_key, 101),
                      token_if(boolean("tokenizer.ggml.add_sep_token", true),
                               "tokenizer.ggml.seperator_token_id", 102),
                      1, std::nullopt);
    result["added_tokens"] = word_piece_added_tokens();
    result["model"] = {{"type", "WordPiece"},
                       {"unk_token", word_piece(token_id("tokenizer.ggml.unknown_token_id", 100))},
                       {"continuing_subword_prefix", "##"},
                       {"max_input_chars_per_word", 100},
                       {"vocab", std::move(vocab)}};
  }

  json word_piece_added_tokens() const {
    json list = added_tokens();
    for (json& token : list) token["content"] = word_piece(token["id"]);
    return list;
  }

  void build_unigram(json& result) const {
    json normalizers = json::array();
    if (gguf_.has("tokenizer.ggml.precompiled_charsmap"))
      normalizers.push_back({{"type", "Precompiled"},
                             {"precompiled_charsmap",
                              base64(gguf_.integers("tokenizer.ggml.precompiled_charsmap"))}});
    if (boolean("tokenizer.ggml.remove_extra_whitespaces", false))
      normalizers.push_back(
          {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}});
    result["normalizer"] = sequence("normalizers", std::move(normalizers));
    const bool prefix = boolean("tokenizer.ggml.add_space_prefix", true);
    result["pre_tokenizer"] = {{"type", "Metaspace"},
                               {"replacement", kSpaceMark},
                               {"prepend_scheme", prefix ? "always" : "never"},
                               {"split", true}};
    const auto begin = token_if(boolean("tokenizer.ggml.add_bos_token", false),
                                "tokenizer.ggml.bos_token_id", tokens_.size());
    const auto end =
        token_if(boolean("tokenizer.ggml.add_eos_token", true), "tokenizer.ggml.eos_token_id", 1);
    // XLM-R has two separators between its texts, T5 one.
    result["post_processor"] = text_template(begin, end, 0, begin ? end : std::nullopt);

    const std::vector<float> score = scores();
    json vocab = json::array();  // the low scores of unused pieces would count
    for (std::size_t i = 0; i < used(); ++i) vocab.push_back({tokens_[i], score[i]});
    result["model"] = {
        {"type", "Unigram"},
        {"unk_id", token_id("tokenizer.ggml.unknown_token_id", 2)},
        {"byte_fallback", std::find(types_.begin(), types_.end(), TokenType::byte) != types_.end()},
        {"vocab", std::move(vocab)}};
  }

  io::Gguf gguf_;
  std::vector<std::string_view> tokens_;
  std::vector<TokenType> types_;
};

}  // namespace

json gguf_tokenizer_json(const std::string& path) {
  return GgufTokenizer(path).build();
}

}  // namespace kindred::text
