#include "text/bert_vocab.h"

#include <filesystem>

#include "base/error.h"
#include "io/lfs_pointer.h"
#include "io/mapped_file.h"
#include "text/json_field.h"

namespace kindred::text {
namespace {

namespace fs = std::filesystem;

nlohmann::json read_vocabulary(const std::string& path) {
  const std::shared_ptr<const io::MappedFile> file = io::MappedFile::open(path);
  io::refuse_lfs_pointer(file->text(), path);
  nlohmann::json vocabulary = nlohmann::json::object();
  std::string_view rest = file->text();
  for (std::uint32_t id = 0; !rest.empty(); ++id) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view token = rest.substr(0, end);
    if (token.ends_with('\r')) token.remove_suffix(1);
    vocabulary[std::string(token)] = id;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (vocabulary.empty())
    fail(ErrorKind::corrupt, "{}: an empty vocabulary; fetch the file again", path);
  return vocabulary;
}

nlohmann::json read_config(const std::string& path) {
  if (!fs::exists(path)) return nlohmann::json::object();
  const std::shared_ptr<const io::MappedFile> file = io::MappedFile::open(path);
  nlohmann::json config = nlohmann::json::parse(file->text(), nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) fail(ErrorKind::corrupt, "{}: not a JSON object", path);
  return config;
}

// A special token's name: a string, or an object with its `content`.
std::string token_name(const JsonField& config, std::string_view key, std::string_view otherwise) {
  if (!config.has(key)) return std::string(otherwise);
  const JsonField token = config.at(key);
  return token.value().is_object() ? token.string("content") : token.string();
}

}  // namespace

nlohmann::json bert_vocab_json(const std::string& path) {
  nlohmann::json vocabulary = read_vocabulary(path);
  const std::string config_path = (fs::path(path).parent_path() / "tokenizer_config.json").string();
  const nlohmann::json config_json = read_config(config_path);
  const JsonField config(config_json, config_path);
  const std::string unknown = token_name(config, "unk_token", "[UNK]");
  const std::string cls = token_name(config, "cls_token", "[CLS]");
  const std::string sep = token_name(config, "sep_token", "[SEP]");

  const auto id_of = [&](const std::string& token) {
    const auto found = vocabulary.find(token);
    if (found == vocabulary.end())
      fail(ErrorKind::corrupt, "{}: the special token '{}' is not in the vocabulary", path, token);
    return found->get<std::uint32_t>();
  };
  nlohmann::json added = nlohmann::json::array();
  for (const std::string& token : {token_name(config, "pad_token", "[PAD]"), unknown, cls, sep,
                                   token_name(config, "mask_token", "[MASK]")}) {
    if (!vocabulary.contains(token)) continue;
    added.push_back({{"id", id_of(token)},
                     {"content", token},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  nlohmann::json normalizer = {
      {"type", "BertNormalizer"},
      {"clean_text", true},
      {"handle_chinese_chars", config.boolean("tokenize_chinese_chars", true)},
      {"strip_accents", nullptr},
      {"lowercase", config.boolean("do_lower_case", true)}};
  if (config.has("strip_accents")) normalizer["strip_accents"] = config.boolean("strip_accents");
  nlohmann::json json;
  json["version"] = "1.0";
  json["added_tokens"] = std::move(added);
  json["normalizer"] = std::move(normalizer);
  json["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  json["post_processor"] = {{"type", "BertProcessing"},
                            {"sep", nlohmann::json::array({sep, id_of(sep)})},
                            {"cls", nlohmann::json::array({cls, id_of(cls)})}};
  json["model"] = {{"type", "WordPiece"},
                   {"unk_token", unknown},
                   {"continuing_subword_prefix", "##"},
                   {"max_input_chars_per_word", 100},
                   {"vocab", std::move(vocabulary)}};
  return json;
}

}  // namespace kindred::text
