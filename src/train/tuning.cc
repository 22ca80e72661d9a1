#include "train/tuning.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "train/initial.h"

namespace kindred::train {
namespace {

using recipe::TuningMode;

std::string recipe_name(const std::string& linear) {
  static const std::map<std::string, std::string> names = {
      {"query", "q"},   {"key", "k"}, {"value", "v"},  {"attention_output", "o"},
      {"gate", "gate"}, {"up", "up"}, {"down", "down"}};
  return names.at(linear);
}

std::string linear_name(std::size_t layer, const char* name) {
  return "layers." + std::to_string(layer - 1) + "." + name;
}

void add_low_rank(torch::Transformer& transformer, const recipe::TuningRecipe& tuning,
                  std::uint64_t seed) {
  std::set<std::string> unused(tuning.targets.begin(), tuning.targets.end());
  torch::for_each_linear(
      transformer.weights(), [&](torch::Linear& linear, const char* name, std::size_t layer) {
        const std::string target = recipe_name(name);
        if (std::find(tuning.targets.begin(), tuning.targets.end(), target) == tuning.targets.end())
          return;
        unused.erase(target);
        const auto rank = static_cast<std::int64_t>(tuning.rank);
        const at::Device device = linear.weight.device();
        torch::LowRank change;
        change.a = random_projection(rank, linear.weight.size(1), seed,
                                     linear_name(layer, name) + ".lora_a")
                       .to(device)
                       .requires_grad_(true);
        change.b = zeros_of({linear.weight.size(0), rank}, device).requires_grad_(true);
        change.scale = tuning.alpha / static_cast<double>(tuning.rank);
        linear.low_rank = change;
      });
  unused.erase("gate");  // of models without gates there is nothing to say: it is in the default
  if (!unused.empty())
    fail(ErrorKind::bad_input, "[tuning] targets: the model has no linear layer \"{}\"",
         *unused.begin());
}

torch::Bottleneck bottleneck(std::int64_t width, std::size_t inner, std::uint64_t seed,
                             const std::string& name, at::Device device) {
  // Near the identity at first, as Houlsby et al. have it: nothing comes up yet.
  const auto size = static_cast<std::int64_t>(inner);
  torch::Bottleneck adapter;
  adapter.down.weight = random_projection(size, width, seed, name).to(device).requires_grad_(true);
  adapter.down.bias = zeros_of({size}, device).requires_grad_(true);
  adapter.up.weight = zeros_of({width, size}, device).requires_grad_(true);
  adapter.up.bias = zeros_of({width}, device).requires_grad_(true);
  return adapter;
}

void add_adapters(torch::Transformer& transformer, const recipe::TuningRecipe& tuning,
                  std::uint64_t seed) {
  const auto width = static_cast<std::int64_t>(transformer.spec().hidden);
  for (std::size_t l = 0; l < transformer.weights().layers.size(); ++l) {
    torch::Layer& layer = transformer.weights().layers[l];
    const at::Device device = layer.up.weight.device();
    layer.attention_adapter =
        bottleneck(width, tuning.bottleneck, seed, linear_name(l + 1, "attention_adapter"), device);
    layer.feed_forward_adapter = bottleneck(width, tuning.bottleneck, seed,
                                            linear_name(l + 1, "feed_forward_adapter"), device);
  }
}

/// Adds the parameters of a linear layer's additions.
void append_added(const torch::Layer& layer, std::size_t index, std::vector<Parameter>& out) {
  const auto adapter = [&](const char* name, const std::optional<torch::Bottleneck>& a) {
    if (!a) return;
    const std::string prefix = linear_name(index, name);
    out.push_back({prefix + ".down.weight", a->down.weight, Part::head, index, true});
    out.push_back({prefix + ".down.bias", a->down.bias, Part::head, index, false});
    out.push_back({prefix + ".up.weight", a->up.weight, Part::head, index, true});
    out.push_back({prefix + ".up.bias", a->up.bias, Part::head, index, false});
  };
  adapter("attention_adapter", layer.attention_adapter);
  adapter("feed_forward_adapter", layer.feed_forward_adapter);
}

}  // namespace

void prepare_tuning(torch::Transformer& transformer, const recipe::TuningRecipe& tuning,
                    recipe::EmbeddingUpdate embeddings, std::uint64_t seed) {
  const std::size_t depth = transformer.spec().layers.size();
  std::size_t first = depth + 2;  // the lowest layer that is trained in full
  switch (tuning.mode) {
    case TuningMode::full:
      first = 0;
      break;
    case TuningMode::last_layers:
      first = depth + 1 - std::min(tuning.layers, depth);
      break;
    case TuningMode::lora:
      add_low_rank(transformer, tuning, seed);
      break;
    case TuningMode::adapters:
      add_adapters(transformer, tuning, seed);
      break;
    case TuningMode::head:
      break;
  }
  torch::for_each_weight(transformer.weights(), [&](at::Tensor& weight, std::size_t layer) {
    if (layer >= first) weight.requires_grad_(true);
  });
  transformer.weights().word_embeddings.train(tuning.mode == TuningMode::full &&
                                              embeddings != recipe::EmbeddingUpdate::frozen);
}

std::vector<Parameter> tuned_parameters(torch::Transformer& transformer) {
  std::vector<Parameter> result;
  std::size_t number = 0;
  torch::for_each_weight(transformer.weights(), [&](at::Tensor& weight, std::size_t layer) {
    const std::string name = "weight." + std::to_string(number++);
    if (weight.requires_grad())
      // Vectors are biases and norms.
      result.push_back({name, weight, Part::body, layer, weight.dim() > 1});
  });
  torch::for_each_linear(
      transformer.weights(), [&](torch::Linear& linear, const char* name, std::size_t layer) {
        if (!linear.low_rank) return;
        const std::string prefix = linear_name(layer, name);
        result.push_back({prefix + ".lora_a", linear.low_rank->a, Part::head, layer, true});
        result.push_back({prefix + ".lora_b", linear.low_rank->b, Part::head, layer, true});
      });
  for (std::size_t l = 0; l < transformer.weights().layers.size(); ++l)
    append_added(transformer.weights().layers[l], l + 1, result);
  return result;
}

}  // namespace kindred::train
