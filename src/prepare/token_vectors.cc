#include "prepare/token_vectors.h"

#include <filesystem>
#include <vector>

#include "io/file.h"
#include "io/safetensors.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::ordered_json;

void write_json(const std::string& root, const char* name, const Json& json) {
  io::write_text_file(io::join_path(root, name), json.dump(2) + "\n");
}

void write_modules(const std::string& root) {
  constexpr const char* kNormalize = "1_Normalize";
  std::filesystem::create_directories(io::join_path(root, kNormalize));
  write_json(root, "modules.json",
             Json::array({{{"idx", 0},
                           {"name", "0"},
                           {"path", ""},
                           {"type", "sentence_transformers.models.StaticEmbedding"}},
                          {{"idx", 1},
                           {"name", "1"},
                           {"path", kNormalize},
                           {"type", "sentence_transformers.models.Normalize"}}}));
  write_json(root, "config_sentence_transformers.json",
             {{"prompts", Json::object()},
              {"default_prompt_name", nullptr},
              {"similarity_fn_name", "cosine"}});
}

}  // namespace

void write_token_vectors(const std::string& root, const nlohmann::json& tokenizer,
                         const TokenVectorTable& table) {
  constexpr std::size_t kLongest = 1'000'000;  // tokens: there is no limit
  const bool model2vec = table.format == DistilledFormat::model2vec;
  io::TensorView tensor;
  tensor.name = model2vec ? "embeddings" : "embedding.weight";
  tensor.shape = {table.rows, table.dimensions};
  tensor.data = reinterpret_cast<const std::byte*>(table.values);
  tensor.bytes = table.rows * table.dimensions * sizeof(float);
  const std::vector<io::TensorView> tensors = {tensor};
  io::write_safetensors(io::join_path(root, "model.safetensors"), tensors, {{"format", "pt"}});
  io::write_text_file(io::join_path(root, "tokenizer.json"), tokenizer.dump());
  if (!model2vec) return write_modules(root);
  write_json(root, "config.json",
             {{"model_type", "model2vec"},
              {"architectures", Json::array({"StaticModel"})},
              {"tokenizer_name", table.source},
              {"apply_pca", table.dimensions},
              {"sif_coefficient", table.sif},
              {"hidden_dim", table.dimensions},
              {"seq_length", kLongest},
              {"normalize", true}});
}

}  // namespace kindred::prepare
