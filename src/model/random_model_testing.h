// Random transformers of any spec, for tests and benchmarks.
#pragma once

#include <cmath>
#include <cstddef>
#include <deque>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/spec.h"

namespace kindred::model {

/// Owns random float32 weights for a spec. Views of them are valid while the model lives.
class RandomModel {
 public:
  /// `linear_biases`, `norm_biases`: whether those are present.
  RandomModel(model::TransformerSpec wanted, unsigned seed, bool linear_biases, bool norm_biases)
      : spec(std::move(wanted)), random_(seed) {
    const std::size_t h = spec.hidden;
    const std::size_t queries = spec.heads * spec.head_dim, keys = spec.kv_heads * spec.head_dim;
    const auto linear = [&](const std::string& name, std::size_t out, std::size_t in) {
      const float scale = 1.0F / std::sqrt(static_cast<float>(in));
      model::LinearWeights w{tensor(name + ".weight", {out, in}, 0.0F, scale), {}};
      if (linear_biases) w.bias = tensor(name + ".bias", {out}, 0.0F, 0.2F);
      return w;
    };
    const auto norm = [&](const std::string& name, std::size_t n) {
      const float center = spec.norm == model::NormKind::rms_one_plus ? 0.0F : 1.0F;
      model::NormWeights w{tensor(name + ".weight", {n}, center, 0.2F), {}};
      if (norm_biases) w.bias = tensor(name + ".bias", {n}, 0.0F, 0.2F);
      return w;
    };
    weights.word_embeddings = tensor("word", {spec.vocab_size, h}, 0.0F, 1.0F);
    if (spec.positions == model::Positions::learned ||
        spec.positions == model::Positions::relative_bias)
      weights.position_embeddings =
          tensor("position", {spec.max_positions + spec.position_offset, h}, 0.0F, 0.5F);
    if (spec.embedding_norm) {
      weights.embedding_norm = norm("embedding_norm", h);
      weights.token_type_embeddings = tensor("token_type", {2, h}, 0.0F, 0.5F);
    }
    if (spec.final_norm) weights.final_norm = norm("final_norm", h);
    if (spec.positions == model::Positions::relative_bias)
      weights.relative_bias = tensor("relative", {spec.relative_buckets, spec.heads}, 0.0F, 1.0F);
    for (std::size_t l = 0; l < spec.layers.size(); ++l) {
      const std::string in = "layer" + std::to_string(l) + ".";
      model::LayerWeights w;
      if (spec.layers[l].has_attention_norm) w.attention_norm = norm(in + "attention_norm", h);
      w.query = linear(in + "query", queries, h);
      w.key = linear(in + "key", keys, h);
      w.value = linear(in + "value", keys, h);
      w.attention_output = linear(in + "attention_output", h, queries);
      if (spec.qk_norm) {
        w.query_norm = norm(in + "query_norm", spec.head_dim);
        w.key_norm = norm(in + "key_norm", spec.head_dim);
      }
      w.feed_forward_norm = norm(in + "feed_forward_norm", h);
      if (spec.gated) w.gate = linear(in + "gate", spec.intermediate, h);
      w.up = linear(in + "up", spec.intermediate, h);
      w.down = linear(in + "down", h, spec.intermediate);
      if (spec.placement == model::NormPlacement::sandwich) {
        w.attention_post_norm = norm(in + "attention_post_norm", h);
        w.feed_forward_post_norm = norm(in + "feed_forward_post_norm", h);
      }
      weights.layers.push_back(std::move(w));
    }
  }
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;

  model::TransformerSpec spec;
  model::TransformerWeights weights;

 private:
  io::TensorView tensor(const std::string& name, std::vector<std::size_t> shape, float center,
                        float deviation) {
    const std::size_t n = std::accumulate(shape.begin(), shape.end(), std::size_t{1},
                                          [](std::size_t a, std::size_t b) { return a * b; });
    std::vector<float>& values = storage_.emplace_back(n);
    std::normal_distribution<float> normal(center, deviation);
    for (float& x : values) x = normal(random_);
    io::TensorView view;
    view.name = name;
    view.shape = std::move(shape);
    view.data = reinterpret_cast<const std::byte*>(values.data());
    view.bytes = n * sizeof(float);
    return view;
  }

  std::mt19937 random_;
  std::deque<std::vector<float>> storage_;  // a deque: its elements never move
};

}  // namespace kindred::model
