// A StaticEmbedding of sentence-transformers, and model2vec's directory.
#include <algorithm>
#include <cmath>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "io/safetensors.h"
#include "static_vectors/scaled_table.h"
#include "static_vectors/words_to_write.h"
#include "static_vectors/writers.h"

namespace kindred::static_vectors {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUnknown = "[UNK]";

// Whether words are kept as they come rather than in lower case: one upper-case letter shows it.
bool has_upper_case(const std::vector<WordToWrite>& words) {
  return std::any_of(words.begin(), words.end(), [](const WordToWrite& word) {
    return std::any_of(word.text.begin(), word.text.end(),
                       [](char c) { return c >= 'A' && c <= 'Z'; });
  });
}

// Whole words: texts are parted where letters and digits meet other characters.
std::string tokenizer_json(const std::vector<WordToWrite>& words, bool has_unknown) {
  std::size_t next = 0;
  std::string text;
  text += R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":)";
  text += has_upper_case(words) ? "null" : R"({"type":"Lowercase"})";
  text += R"(,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,)"
          R"("model":{"type":"WordLevel","vocab":{)";
  // Written piece by piece: a tree of millions of words would take gigabytes.
  for (const WordToWrite& word : words)
    text += fmt::format("{}{}:{}", next == 0 ? "" : ",", Json(word.text).dump(), next), ++next;
  if (!has_unknown) text += fmt::format(",\"{}\":{}", kUnknown, next);
  text += fmt::format("}},\"unk_token\":\"{}\"}}}}", kUnknown);
  return text;
}

struct Vectors {
  std::vector<float> values;  // rows × columns
  std::size_t rows = 0;
};

// A row a word, and one of zeros for what is no word.
Vectors vectors_of(const StaticModel& model, const std::vector<WordToWrite>& words,
                   bool has_unknown, const WriteOptions& options) {
  const std::size_t columns = model.dimensions();
  Vectors vectors;
  vectors.rows = words.size() + (has_unknown ? 0 : 1);
  vectors.values.resize(vectors.rows * columns);
  for (std::size_t i = 0; i < words.size(); ++i) {
    model.vector_of(words[i].id, vectors.values.data() + i * columns);
    if (i % kProgressWords == 0 && options.progress) options.progress(i);
  }
  return vectors;
}

io::TensorView tensor(std::string name, io::DType type, std::vector<std::size_t> shape,
                      std::span<const std::byte> bytes) {
  io::TensorView view;
  view.name = std::move(name);
  view.dtype = type;
  view.shape = std::move(shape);
  view.data = bytes.data();
  view.bytes = bytes.size();
  return view;
}

void write_static_embedding(const std::string& root, const std::string& tokenizer,
                            const Vectors& vectors, std::size_t columns) {
  const std::vector<io::TensorView> tensors = {tensor("embedding.weight", io::DType::f32,
                                                      {vectors.rows, columns},
                                                      std::as_bytes(std::span(vectors.values)))};
  io::write_safetensors(io::join_path(root, "model.safetensors"), tensors, {{"format", "pt"}});
  io::write_text_file(io::join_path(root, "tokenizer.json"), tokenizer);
  const Json modules = Json::array({{{"idx", 0},
                                     {"name", "0"},
                                     {"path", ""},
                                     {"type", "sentence_transformers.models.StaticEmbedding"}}});
  io::write_text_file(io::join_path(root, "modules.json"), modules.dump(2) + "\n");
  const Json settings = {{"prompts", Json::object()},
                         {"default_prompt_name", nullptr},
                         {"similarity_fn_name", "cosine"}};
  io::write_text_file(io::join_path(root, "config_sentence_transformers.json"),
                      settings.dump(2) + "\n");
}

void write_model2vec(const std::string& root, const std::string& tokenizer, const Vectors& vectors,
                     std::size_t columns) {
  const ScaledTable table = ScaledTable::of(vectors.values.data(), vectors.rows, columns);
  const std::vector<io::TensorView> tensors = {
      tensor("embeddings", io::DType::i8, {vectors.rows, columns},
             std::as_bytes(std::span(table.codes()))),
      tensor("weights", io::DType::f32, {vectors.rows}, std::as_bytes(std::span(table.scales())))};
  io::write_safetensors(io::join_path(root, "model.safetensors"), tensors, {{"format", "pt"}});
  io::write_text_file(io::join_path(root, "tokenizer.json"), tokenizer);
  const Json config = {{"model_type", "model2vec"},
                       {"architectures", Json::array({"StaticModel"})},
                       {"hidden_dim", columns},
                       {"normalize", false},
                       {"embedding_dtype", "int8"}};
  io::write_text_file(io::join_path(root, "config.json"), config.dump(2) + "\n");
}

}  // namespace

void write_vector_directory(const StaticModel& model, const std::string& path, VectorFormat format,
                            const WriteOptions& options) {
  std::deque<std::string> replacements;
  const auto words =
      words_to_write(model.vocabulary, format, options.unwritable, path, replacements);
  const auto is_unknown = [](const WordToWrite& word) { return word.text == kUnknown; };
  const bool has_unknown = std::any_of(words.begin(), words.end(), is_unknown);
  io::PartialDirectory partial(path);
  const Vectors vectors = vectors_of(model, words, has_unknown, options);
  const std::string tokenizer = tokenizer_json(words, has_unknown);
  if (format == VectorFormat::model2vec)
    write_model2vec(partial.path(), tokenizer, vectors, model.dimensions());
  else
    write_static_embedding(partial.path(), tokenizer, vectors, model.dimensions());
  partial.commit();
}

}  // namespace kindred::static_vectors
