#include "model/module_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "model/tensor_file.h"

namespace kindred::model {
namespace {

using Json = nlohmann::ordered_json;

struct ModeName {
  PoolingMode mode;
  const char* flag;
  const char* name;
};

// In the order in which sentence-transformers concatenates those whose flag is set.
constexpr std::array<ModeName, 6> kModes = {{
    {PoolingMode::cls, "pooling_mode_cls_token", "cls"},
    {PoolingMode::max, "pooling_mode_max_tokens", "max"},
    {PoolingMode::mean, "pooling_mode_mean_tokens", "mean"},
    {PoolingMode::sqrt, "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
    {PoolingMode::weighted, "pooling_mode_weightedmean_tokens", "weightedmean"},
    {PoolingMode::last, "pooling_mode_lasttoken", "lasttoken"},
}};

std::size_t place_of(PoolingMode mode) {
  const auto found = std::find_if(kModes.begin(), kModes.end(),
                                  [&](const ModeName& known) { return known.mode == mode; });
  if (found == kModes.end()) {
    fail(
        ErrorKind::unsupported,
        "pooling \"{}\" cannot be written: sentence-transformers has no weights of tokens; pool by "
        "mean, weighted, last, cls or max",
        to_string(PoolingSpec{{mode}}));
  }
  return static_cast<std::size_t>(found - kModes.begin());
}

std::string_view class_of(DenseActivation activation) {
  switch (activation) {
    case DenseActivation::identity:
      return "torch.nn.modules.linear.Identity";
    case DenseActivation::tanh:
      return "torch.nn.modules.activation.Tanh";
    case DenseActivation::relu:
      return "torch.nn.modules.activation.ReLU";
    case DenseActivation::gelu:
      return "torch.nn.modules.activation.GELU";
    case DenseActivation::silu:
      return "torch.nn.modules.activation.SiLU";
    case DenseActivation::sigmoid:
      return "torch.nn.modules.activation.Sigmoid";
  }
  return "";
}

void write_json(const std::string& folder, const char* name, const Json& json) {
  io::write_text_file(io::join_path(folder, name), json.dump(2) + "\n");
}

Json pooling_config(std::size_t hidden, const PoolingSpec& pooling) {
  Json config;
  if (!is_flag_order(pooling.modes)) {
    config["embedding_dimension"] = hidden;
    for (const PoolingMode mode : pooling.modes)
      config["pooling_mode"].push_back(kModes[place_of(mode)].name);
  } else {
    config["word_embedding_dimension"] = hidden;
    for (const ModeName& known : kModes) {
      config[known.flag] =
          std::find(pooling.modes.begin(), pooling.modes.end(), known.mode) != pooling.modes.end();
    }
  }
  config["include_prompt"] = pooling.include_prompt;
  return config;
}

TensorToWrite whole(const char* name, const io::TensorView& tensor) {
  return {name, tensor.shape, io::DType::f32, {tensor}};
}

void write_dense(const std::string& folder, const DenseSpec& dense, std::size_t width) {
  const io::TensorView& weight = dense.linear.weight;
  const bool bias = !dense.linear.bias.empty();
  const bool fits = weight.shape.size() == 2 && weight.columns() == width &&
                    (!bias || dense.linear.bias.elements() == weight.rows()) &&
                    (!dense.residual || weight.rows() == weight.columns());
  if (!fits) {
    fail(ErrorKind::corrupt, "a dense layer [{}] of the head follows {} values",
         fmt::join(weight.shape, ", "), width);
  }
  Json config = {{"in_features", weight.columns()},
                 {"out_features", weight.rows()},
                 {"bias", bias},
                 {"activation_function", class_of(dense.activation)}};
  if (dense.residual) config["use_residual"] = true;  // older versions do not know the key
  write_json(folder, "config.json", config);
  std::vector<TensorToWrite> tensors = {whole("linear.weight", weight)};
  if (bias) tensors.push_back(whole("linear.bias", dense.linear.bias));
  write_tensors(std::move(tensors), io::join_path(folder, "model.safetensors"));
}

}  // namespace

bool is_flag_order(const std::vector<PoolingMode>& modes) {
  std::vector<std::size_t> places;
  for (const PoolingMode mode : modes) places.push_back(place_of(mode));
  return std::is_sorted(places.begin(), places.end());
}

std::size_t write_modules(const std::string& root, std::size_t hidden, const PoolingSpec& pooling,
                          const std::vector<HeadStep>& head) {
  Json modules = Json::array();
  const auto add = [&](const std::string& path, std::string_view kind) {
    modules.push_back({{"idx", modules.size()},
                       {"name", std::to_string(modules.size())},
                       {"path", path},
                       {"type", fmt::format("sentence_transformers.models.{}", kind)}});
  };
  const auto add_folder = [&](std::string_view kind) {
    const std::string name = fmt::format("{}_{}", modules.size(), kind);
    add(name, kind);
    const std::string folder = io::join_path(root, name);
    std::filesystem::create_directories(folder);
    return folder;
  };
  add("", "Transformer");
  write_json(add_folder("Pooling"), "config.json", pooling_config(hidden, pooling));
  std::size_t width = hidden * pooling.modes.size();
  for (const HeadStep& step : head) {
    if (step.kind == HeadStep::Kind::normalize) {
      add_folder("Normalize");
      continue;
    }
    write_dense(add_folder("Dense"), step.dense, width);
    width = step.dense.linear.weight.rows();
  }
  write_json(root, "modules.json", modules);
  return width;
}

}  // namespace kindred::model
