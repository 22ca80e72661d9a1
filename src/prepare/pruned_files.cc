#include "prepare/pruned_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "model/config.h"
#include "model/weight_files.h"
#include "prepare/model_copy.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::json;

/// Written anew, or left out because they hold the old vocabulary in a form that is not read.
constexpr std::array<std::string_view, 14> kVocabularyFiles = {
    "tokenizer.json",    "tokenizer_config.json",
    "added_tokens.json", "config.json",
    "vocab.txt",         "generation_config.json",
    "vocab.json",        "merges.txt",
    "spiece.model",      "sentencepiece.bpe.model",
    "tokenizer.model",   "unigram.json",
    "vocab.bpe",         "bpe.model"};

void write_json(const std::string& path, const Json& json) {
  io::write_text_file(path, json.dump(2) + "\n");
}

/// True of the tensors with a row a token that are not the word embeddings themselves.
bool has_row_a_token(std::string_view name) {
  constexpr std::array<std::string_view, 12> kEndings = {
      "lm_head.weight",           "lm_head.bias",           "lm_head.decoder.weight",
      "lm_head.decoder.bias",     "predictions.bias",       "predictions.decoder.weight",
      "predictions.decoder.bias", "vocab_projector.weight", "vocab_projector.bias",
      "vocab_transform_out.bias", "embed_out.weight",       "decoder.bias"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Every value under a key that ends in "token_id", also of objects within.
template <typename Visit>
void for_each_token_id(Json& config, const Visit& visit) {
  for (auto& [key, value] : config.items()) {
    if (value.is_object()) for_each_token_id(value, visit);
    if (!key.ends_with("token_id") && !key.ends_with("token_ids")) continue;
    if (value.is_array())
      for (Json& one : value) visit(one);
    else
      visit(value);
  }
}

bool is_table(const io::TensorView& tensor, const model::ModelDirectory& model,
              const std::string& embeddings) {
  if (tensor.shape.empty() || tensor.shape.front() != model.info.vocab_size) return false;
  if (tensor.name == embeddings || tensor.name == embeddings + "_scale") return true;
  if (model.is_static) return tensor.name == "weights" || tensor.name == "mapping";
  return has_row_a_token(tensor.name);
}

}  // namespace

PrunedFiles::PrunedFiles(const model::ModelDirectory& source, std::string root)
    : source_(source), root_(std::move(root)) {
  if (source.main_folder.empty())
    fail(ErrorKind::unsupported,
         "{}: the vocabulary of a GGUF file cannot be changed; give the directory that it was made "
         "from",
         source.info.path);
  main_ = main_folder_of(source);
  if (!io::is_file(old_file("tokenizer.json")))
    fail(ErrorKind::unsupported,
         "{}: has no tokenizer.json; make one with: python -c \"from transformers import "
         "AutoTokenizer as T; T.from_pretrained('{}').save_pretrained('{}')\"",
         source.main_folder, source.main_folder, source.main_folder);
  const auto main_weights = model::open_weights(source.main_folder).paths;
  copy_model(source, root_, [&](const std::string& name) {
    const std::string path = io::join_path(source_.info.path, name);
    if (std::find(main_weights.begin(), main_weights.end(), path) != main_weights.end() ||
        io::has_ending(name, ".index.json"))
      return false;
    return std::none_of(kVocabularyFiles.begin(), kVocabularyFiles.end(),
                        [&](std::string_view file) { return name == io::join_path(main_, file); });
  });
}

std::string PrunedFiles::old_file(const char* name) const {
  return io::join_path(source_.main_folder, name);
}

std::string PrunedFiles::new_file(const char* name) const {
  return io::join_path(main_.empty() ? root_ : io::join_path(root_, main_), name);
}

std::string PrunedFiles::tokenizer_path() const {
  if (source_.is_static) return new_file("tokenizer.json");
  return main_.empty() ? root_ : io::join_path(root_, main_);
}

std::vector<std::uint32_t> PrunedFiles::ids_in_settings() const {
  std::vector<std::uint32_t> ids;
  for (const char* name : {"config.json", "generation_config.json"}) {
    Json config = model::Config::read_optional(old_file(name)).json();
    for_each_token_id(config, [&](const Json& id) {
      if (id.is_number_unsigned() && id.get<std::uint64_t>() < source_.info.vocab_size)
        ids.push_back(id.get<std::uint32_t>());
    });
  }
  return ids;
}

void PrunedFiles::write_tokenizer(const std::function<bool(std::uint32_t id)>& is_used,
                                  KeptCharacters characters) {
  const std::string path = old_file("tokenizer.json");
  const Json tokenizer =
      prune_tokenizer(Json::parse(io::read_text_file(path)), is_used, characters, path);
  io::write_text_file(new_file("tokenizer.json"), tokenizer.dump());
  write_vocabulary_text(tokenizer);

  // Tokens that these files alone know are numbered behind all others, in their order.
  auto ids = ids_by_content(tokenizer);
  std::uint32_t next = 0;
  for (const auto& [content, id] : ids) next = std::max(next, id + 1);
  const auto new_id = [&](const std::string& content) {
    const auto [found, added] = ids.emplace(content, next);
    if (added) ++next;
    return found->second;
  };
  Json config = model::Config::read_optional(old_file("tokenizer_config.json")).json();
  if (config.contains("added_tokens_decoder")) {
    std::vector<std::pair<std::uint32_t, Json>> tokens;
    for (const auto& [id, token] : config["added_tokens_decoder"].items())
      tokens.emplace_back(static_cast<std::uint32_t>(std::strtoul(id.c_str(), nullptr, 10)), token);
    std::stable_sort(tokens.begin(), tokens.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Json decoder = Json::object();
    for (const auto& [old, token] : tokens)
      decoder[std::to_string(new_id(token.at("content").get<std::string>()))] = token;
    config["added_tokens_decoder"] = std::move(decoder);
  }
  if (io::is_file(old_file("tokenizer_config.json")))
    write_json(new_file("tokenizer_config.json"), config);
  if (!io::is_file(old_file("added_tokens.json"))) return;
  Json added = model::Config::read(old_file("added_tokens.json")).json();
  for (auto& [content, id] : added.items()) id = new_id(content);
  write_json(new_file("added_tokens.json"), added);
}

void PrunedFiles::write_vocabulary_text(const Json& tokenizer) const {
  const Json& model = tokenizer.at("model");
  if (!io::is_file(old_file("vocab.txt")) || !model.at("vocab").is_object()) return;
  std::vector<std::string> lines(model["vocab"].size());
  for (const auto& [text, id] : model["vocab"].items()) lines.at(id.get<std::size_t>()) = text;
  io::write_text_file(new_file("vocab.txt"), fmt::format("{}\n", fmt::join(lines, "\n")));
}

void PrunedFiles::write_settings(std::size_t rows, const IdMap& new_of_old) {
  for (const char* name : {"config.json", "generation_config.json"}) {
    if (!io::is_file(old_file(name))) continue;
    Json config = model::Config::read(old_file(name)).json();
    for_each_token_id(config, [&](Json& id) {
      if (!id.is_number_unsigned()) return;
      const auto old = id.get<std::uint64_t>();
      const auto now = old < new_of_old.size() ? new_of_old[old] : std::nullopt;
      id = now ? Json(*now) : Json(nullptr);  // a padding row that no token belonged to
    });
    if (config.contains("vocab_size")) config["vocab_size"] = rows;
    write_json(new_file(name), config);
  }
}

PrunedFiles::Written PrunedFiles::write_weights(const IdMap& old_of_new) {
  const model::WeightFiles files = model::open_weights(source_.main_folder);
  const std::string embeddings =
      source_.is_static
          ? (files.tensors.contains("embedding.weight") ? "embedding.weight" : "embeddings")
          : source_.weights.word_embeddings.name;
  Written written;
  struct Target {
    io::TensorView from, to;
    bool table;
  };
  std::vector<Target> targets;
  for (const io::TensorView& tensor : files.tensors.tensors()) {
    Target target{tensor, tensor, is_table(tensor, source_, embeddings)};
    // Rows that tokens share stay as they are: their numbers, the mapping, are what is picked.
    if (source_.is_static && tensor.name == embeddings && files.tensors.contains("mapping"))
      target.table = false;
    if (target.table) {
      target.to.shape.front() = old_of_new.size();
      target.to.bytes = tensor.bytes / tensor.shape.front() * old_of_new.size();
    }
    written.parameters_before += tensor.elements();
    written.parameters_after += target.to.elements();
    targets.push_back(std::move(target));
  }
  std::stable_sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) {
    return io::block_size(a.to.dtype).bytes > io::block_size(b.to.dtype).bytes;
  });
  std::vector<io::TensorView> views;
  for (const Target& target : targets) views.push_back(target.to);
  io::AtomicFile file = io::AtomicFile::create(new_file("model.safetensors"));
  file.write(io::safetensors_header(views, {{"format", "pt"}}));
  for (const Target& target : targets) {
    const std::span all(target.from.data, target.from.bytes);
    if (!target.table) {
      file.write(all);
    } else {
      const std::size_t row_bytes = target.from.bytes / target.from.shape.front();
      const std::vector<std::byte> zeros(row_bytes);
      for (const auto& old : old_of_new)
        if (old && *old < target.from.shape.front())
          file.write(all.subspan(*old * row_bytes, row_bytes));
        else
          file.write(zeros);
    }
    target.from.release_pages();
  }
  for (const std::string& path : files.paths) written.bytes_before += io::file_size(path);
  written.bytes_after = file.size();
  file.commit();
  return written;
}

}  // namespace kindred::prepare
