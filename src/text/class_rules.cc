// What the tokenizer classes of transformers 5 build around a vocabulary.
#include "text/class_rules.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::text {

namespace {

using nlohmann::json;

json sequence(const char* list, json items) {
  return {{"type", "Sequence"}, {list, std::move(items)}};
}

json bert_normalizer(const TokenizerConfig& config) {
  const std::optional<bool> accents = config.find_flag("strip_accents");
  return {{"type", "BertNormalizer"},
          {"clean_text", true},
          {"handle_chinese_chars", config.flag("tokenize_chinese_chars", true)},
          {"strip_accents", accents ? json(*accents) : json()},
          {"lowercase", config.flag("do_lower_case", true)}};
}

json byte_level(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

json metaspace(const char* scheme, bool split) {
  return {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", split}};
}

json words_and_metaspace(const TokenizerConfig& config) {
  const char* scheme = config.flag("add_prefix_space", true) ? "always" : "never";
  return sequence("pretokenizers",
                  json::array({{{"type", "WhitespaceSplit"}}, metaspace(scheme, true)}));
}

json brackets(const Stages& s, bool trim_offsets, bool add_prefix_space) {
  const auto pair = [&](const char* key) {
    const std::string name = s.name(key);
    return json::array({name, s.ids.at(name)});
  };
  return {{"type", "RobertaProcessing"},
          {"sep", pair("sep_token")},
          {"cls", pair("cls_token")},
          {"trim_offsets", trim_offsets},
          {"add_prefix_space", add_prefix_space}};
}

// The pieces of a template are "A", "B" or the key of a special token; a digit is the type.
json template_of(const Stages& s, const std::vector<std::pair<const char*, std::uint32_t>>& single,
                 const std::vector<std::pair<const char*, std::uint32_t>>& pair) {
  json special = json::object();
  const auto pieces = [&](const std::vector<std::pair<const char*, std::uint32_t>>& list) {
    json out = json::array();
    for (const auto& [key, type] : list) {
      if (std::string_view(key).size() == 1) {
        out.push_back({{"Sequence", {{"id", key}, {"type_id", type}}}});
        continue;
      }
      const std::string name = s.name(key);
      special[name] = {
          {"id", name}, {"ids", json::array({s.ids.at(name)})}, {"tokens", json::array({name})}};
      out.push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
    }
    return out;
  };
  json result = {{"type", "TemplateProcessing"}};
  result["single"] = pieces(single);
  result["pair"] = pieces(pair);
  result["special_tokens"] = special;
  return result;
}

json bert_template(const Stages& s) {
  return template_of(s, {{"cls_token", 0}, {"A", 0}, {"sep_token", 0}},
                     {{"cls_token", 0}, {"A", 0}, {"sep_token", 0}, {"B", 1}, {"sep_token", 1}});
}

json sentence_template(const Stages& s) {
  return template_of(
      s, {{"bos_token", 0}, {"A", 0}, {"eos_token", 0}},
      {{"bos_token", 0}, {"A", 0}, {"eos_token", 0}, {"eos_token", 0}, {"B", 0}, {"eos_token", 0}});
}

void build_bert(Stages& s) {
  s.rest["normalizer"] = bert_normalizer(s.config);
  s.rest["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  s.rest["post_processor"] = bert_template(s);
}

void build_mpnet(Stages& s) {
  build_bert(s);
  s.rest["post_processor"] = brackets(s, /*trim_offsets=*/true, /*add_prefix_space=*/false);
}

void build_roberta(Stages& s) {
  const bool space = s.config.flag("add_prefix_space", false);
  const bool trim = s.config.flag("trim_offsets", true);
  s.rest["normalizer"] = nullptr;
  s.rest["pre_tokenizer"] = byte_level(space, true, true);
  s.rest["post_processor"] = brackets(s, trim, space);
}

void build_xlm_roberta(Stages& s) {
  s.rest["normalizer"] = s.charsmap;
  s.rest["pre_tokenizer"] = words_and_metaspace(s.config);
  s.rest["post_processor"] = sentence_template(s);
}

void build_albert(Stages& s) {
  const auto replace = [](const char* quotes) {
    return json{{"type", "Replace"}, {"pattern", {{"String", quotes}}}, {"content", "\""}};
  };
  json list = json::array({replace("``"), replace("''")});
  if (!s.config.flag("keep_accents", false)) {
    list.push_back({{"type", "NFKD"}});
    list.push_back({{"type", "StripAccents"}});
  }
  if (s.config.flag("do_lower_case", true)) list.push_back({{"type", "Lowercase"}});
  if (!s.charsmap.is_null()) list.push_back(s.charsmap);
  s.rest["normalizer"] = sequence("normalizers", std::move(list));
  s.rest["pre_tokenizer"] = words_and_metaspace(s.config);
  // The class makes a template first and then takes the file's, where there is one.
  if (!s.rest.contains("post_processor") || s.rest["post_processor"].is_null())
    s.rest["post_processor"] = bert_template(s);
}

void build_deberta(Stages& s) {
  json list = json::array();
  if (s.config.flag("do_lower_case", false)) list.push_back({{"type", "Lowercase"}});
  list.push_back(
      {{"type", "Replace"}, {"pattern", {{"Regex", "\\s{2,}|[\\n\\r\\t]"}}}, {"content", " "}});
  list.push_back({{"type", "NFC"}});
  list.push_back({{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}});
  s.rest["normalizer"] = sequence("normalizers", std::move(list));
  json splits = json::array();
  if (s.config.flag("split_by_punct", false))
    splits.push_back({{"type", "Punctuation"}, {"behavior", "Isolated"}});
  splits.push_back(metaspace(s.config.flag("add_prefix_space", true) ? "always" : "first", true));
  s.rest["pre_tokenizer"] = sequence("pretokenizers", std::move(splits));
  s.rest["post_processor"] = bert_template(s);
}

void build_qwen2(Stages& s) {
  constexpr const char* kWords =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  s.rest["normalizer"] = {{"type", "NFC"}};
  const json split = {{"type", "Split"},
                      {"pattern", {{"Regex", kWords}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  const bool space = s.config.flag("add_prefix_space", false);
  s.rest["pre_tokenizer"] =
      sequence("pretokenizers", json::array({split, byte_level(space, true, false)}));
}

void build_llama(Stages& s) {
  const char* scheme = !s.config.flag("add_prefix_space", true) ? "never"
                       : s.config.flag("legacy", false)         ? "always"
                                                                : "first";
  s.rest["normalizer"] = nullptr;
  s.rest["pre_tokenizer"] = metaspace(scheme, false);
}

void build_gemma(Stages& s) {
  s.rest["normalizer"] = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
  s.rest["pre_tokenizer"] = {{"type", "Split"},
                             {"pattern", {{"String", " "}}},
                             {"behavior", "MergedWithPrevious"},
                             {"invert", false}};
}

void build_gpt2(Stages& s) {
  s.rest["normalizer"] = nullptr;
  s.rest["pre_tokenizer"] = byte_level(s.config.flag("add_prefix_space", false), true, true);
}

void build_gpt_neox(Stages& s) {
  build_gpt2(s);
  s.rest["normalizer"] = {{"type", "NFC"}};
  s.rest["post_processor"] = nullptr;
}

}  // namespace

std::string Stages::name(const char* key) const {
  for (const auto& [token, value] : named)
    if (token == key) return token_content(config, value);
  fail(ErrorKind::unsupported, "{}: \"{}\" is null, and its tokenizer class needs one",
       config.origin, key);
}

namespace {

const std::vector<ClassRules>& class_rules() {
  const NamedTokens bert = {{"unk_token", "[UNK]"},
                            {"sep_token", "[SEP]"},
                            {"pad_token", "[PAD]"},
                            {"cls_token", "[CLS]"},
                            {"mask_token", "[MASK]"}};
  const NamedTokens roberta = {
      {"bos_token", "<s>"},   {"eos_token", "</s>"},  {"sep_token", "</s>"},   {"cls_token", "<s>"},
      {"unk_token", "<unk>"}, {"pad_token", "<pad>"}, {"mask_token", "<mask>"}};
  NamedTokens mpnet = roberta;
  mpnet[4].second = "[UNK]";
  NamedTokens deberta = bert;
  deberta.insert(deberta.begin(), {{"bos_token", "[CLS]"}, {"eos_token", "[SEP]"}});
  NamedTokens albert = deberta;
  albert[2].second = "<unk>";
  albert[4].second = "<pad>";
  const NamedTokens end = {{"bos_token", "<|endoftext|>"},
                           {"eos_token", "<|endoftext|>"},
                           {"unk_token", "<|endoftext|>"}};
  NamedTokens neox = end;
  neox.emplace_back("pad_token", "<|padding|>");
  const NamedTokens qwen = {{"eos_token", "<|endoftext|>"},
                            {"unk_token", "<|endoftext|>"},
                            {"pad_token", "<|endoftext|>"}};
  const NamedTokens llama = {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}};
  const NamedTokens gemma = {{"bos_token", "<bos>"},
                             {"eos_token", "<eos>"},
                             {"unk_token", "<unk>"},
                             {"pad_token", "<pad>"},
                             {"mask_token", "<mask>"}};
  using Kind = ModelKind;
  static const std::vector<ClassRules> rules = {
      {"AlbertTokenizer", Kind::unigram, albert, build_albert},
      {"BertTokenizer", Kind::word_piece, bert, build_bert},
      {"CamembertTokenizer", Kind::unigram, roberta, build_xlm_roberta,
       ClassRules::Names::camembert},
      {"DebertaV2Tokenizer", Kind::unigram, deberta, build_deberta},
      {"DistilBertTokenizer", Kind::word_piece, bert, build_bert},
      {"ElectraTokenizer", Kind::word_piece, bert, build_bert},
      {"GemmaTokenizer", Kind::bpe, gemma, build_gemma},
      {"GPT2Tokenizer", Kind::bpe, end, build_gpt2},
      {"GPTNeoXTokenizer", Kind::bpe, neox, build_gpt_neox},
      {"LlamaTokenizer", Kind::bpe, llama, build_llama},
      {"MPNetTokenizer", Kind::word_piece, mpnet, build_mpnet, ClassRules::Names::mpnet},
      {"Qwen2Tokenizer", Kind::bpe, qwen, build_qwen2, ClassRules::Names::plain, true},
      {"RobertaTokenizer", Kind::bpe, roberta, build_roberta},
      {"XLMRobertaTokenizer", Kind::unigram, roberta, build_xlm_roberta},
  };
  return rules;
}

}  // namespace

const ClassRules* find_class_rules(std::string_view class_name) {
  for (const ClassRules& rules : class_rules())
    if (rules.name == class_name) return &rules;
  return nullptr;
}

}  // namespace kindred::text
