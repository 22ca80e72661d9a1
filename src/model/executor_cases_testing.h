// The specs that every executor is tested by, and the comparison with the plain reference.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/executor.h"
#include "model/random_model_testing.h"
#include "model/reference_forward_testing.h"

namespace kindred::model {

inline TransformerSpec bert() {
  TransformerSpec s;
  s.family = "test";
  s.vocab_size = 97;
  s.hidden = 24;
  s.heads = s.kv_heads = 3;
  s.head_dim = 8;
  s.intermediate = 52;
  s.max_positions = 512;
  s.positions = Positions::learned;
  s.embedding_norm = true;
  s.attention_scale = 1.0F / std::sqrt(8.0F);
  s.layers.resize(3);
  return s;
}

inline RopeSpec rope(std::size_t half, float base, bool interleaved = false) {
  RopeSpec r;
  for (std::size_t i = 0; i < half; ++i)
    r.inverse_frequencies.push_back(
        std::pow(base, -static_cast<float>(i) / static_cast<float>(half)));
  r.interleaved = interleaved;
  return r;
}

inline void make_causal(TransformerSpec& s) {
  for (LayerSpec& layer : s.layers) layer.reach.right = 0;
}

inline TransformerSpec llama() {
  TransformerSpec s = bert();
  s.heads = 4;
  s.kv_heads = 2;
  s.head_dim = 10;  // 4 × 10 is not hidden
  s.attention_scale = 1.0F / std::sqrt(10.0F);
  s.max_positions = 0;
  s.positions = Positions::rotary;
  s.embedding_norm = false;
  s.norm = NormKind::rms;
  s.norm_eps = 1e-6F;
  s.placement = NormPlacement::pre;
  s.final_norm = true;
  s.activation = Activation::silu;
  s.gated = true;
  s.ropes = {rope(5, 10000.0F)};
  make_causal(s);
  return s;
}

struct Case {
  std::string name;
  TransformerSpec spec;
  bool biases = true;
};

inline Case changed(std::string name, TransformerSpec spec,
                    const std::function<void(TransformerSpec&)>& change, bool biases = true) {
  change(spec);
  return {std::move(name), std::move(spec), biases};
}

inline std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"bert", bert(), true});
  all.push_back(changed("roberta", bert(), [](auto& s) {
    s.position_offset = 2;
    s.activation = Activation::gelu_tanh;
  }));
  all.push_back(changed("mpnet", bert(), [](auto& s) {
    s.positions = Positions::relative_bias;
    s.relative_buckets = 32;
    s.relative_max_distance = 128;
    s.activation = Activation::relu;
  }));
  all.push_back({"llama", llama(), false});
  all.push_back(changed(
      "interleaved", llama(),
      [](auto& s) {
        s.ropes = {rope(5, 500.0F, true)};
        s.ropes[0].attention_factor = 1.2F;
      },
      false));
  all.push_back(changed("partial rotary", llama(), [](auto& s) { s.ropes = {rope(2, 100.0F)}; }));
  all.push_back(changed(
      "qwen3", llama(), [](auto& s) { s.qk_norm = true; }, false));
  all.push_back(changed(
      "modernbert", llama(),
      [](auto& s) {
        s.norm = NormKind::layer;
        s.embedding_norm = true;
        s.activation = Activation::gelu_erf;
        s.kv_heads = s.heads;
        s.ropes = {rope(5, 160000.0F), rope(5, 10000.0F)};
        for (std::size_t l = 0; l < s.layers.size(); ++l) {
          s.layers[l] = {};
          if (l > 0) s.layers[l].reach = s.layers[l].bidirectional_reach = {4, 4};
          s.layers[l].rope = l > 0 ? 1 : 0;
        }
        s.layers[0].has_attention_norm = false;
      },
      false));
  all.push_back(changed(
      "gemma", llama(),
      [](auto& s) {
        s.norm = NormKind::rms_one_plus;
        s.placement = NormPlacement::sandwich;
        s.embedding_scale = std::sqrt(24.0F);
        s.qk_norm = true;
        s.attention_softcap = 3.0F;
        s.activation = Activation::gelu_tanh;
        s.kv_heads = 1;
        s.layers[1].reach.left = 6;
        s.layers[1].bidirectional_reach = {6, 6};
      },
      false));
  return all;
}

/// Any combination of features, odd sizes included.
inline Case random_case(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t from, std::size_t to) {
    return std::uniform_int_distribution<std::size_t>(from, to)(random);
  };
  TransformerSpec s = pick(0, 1) == 0 ? bert() : llama();
  s.kv_heads = pick(1, 3);
  s.heads = s.kv_heads * pick(1, 3);
  s.head_dim = 2 * pick(1, 24);
  s.hidden = pick(13, 70);  // fewer, and a layer norm may blow rounding errors up
  s.intermediate = pick(3, 130);
  s.attention_scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
  s.norm = static_cast<NormKind>(pick(0, 2));
  s.norm_eps = 1e-5F;
  s.placement = static_cast<NormPlacement>(pick(0, 2));
  s.final_norm = pick(0, 1) == 1;
  s.activation = static_cast<Activation>(pick(0, 3));
  s.gated = pick(0, 1) == 1;
  s.qk_norm = pick(0, 2) == 0;
  s.attention_softcap = pick(0, 3) == 0 ? 4.0F : 0.0F;
  if (s.positions == Positions::rotary)
    s.ropes = {rope(pick(1, s.head_dim / 2), 1000.0F, pick(0, 1) == 1)};
  for (LayerSpec& layer : s.layers) {
    if (pick(0, 1) == 0) layer.reach.left = static_cast<std::uint32_t>(pick(0, 20));
    if (pick(0, 2) > 0) layer.reach.right = static_cast<std::uint32_t>(pick(0, 2));
    layer.bidirectional_reach.left = layer.bidirectional_reach.right = layer.reach.left;
  }
  return {"random " + std::to_string(seed), std::move(s), pick(0, 1) == 1};
}

struct Batch {
  Batch(const std::vector<std::size_t>& lengths, std::size_t vocabulary, unsigned seed = 5) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::uint32_t> id(0, static_cast<std::uint32_t>(vocabulary - 1));
    for (const std::size_t n : lengths) {
      for (std::size_t i = 0; i < n; ++i) ids.push_back(id(random));
      offsets.push_back(static_cast<std::uint32_t>(ids.size()));
    }
  }
  PackedTokens tokens() const { return {ids, offsets, prefix}; }
  std::vector<std::uint32_t> sequence(std::size_t b) const {
    return {ids.begin() + offsets[b], ids.begin() + offsets[b + 1]};
  }

  std::vector<std::uint32_t> ids, offsets = {0}, prefix;
};

inline ForwardOptions all_layers(const TransformerSpec& spec) {
  ForwardOptions options;
  for (std::uint32_t l = 0; l <= spec.layers.size(); ++l) options.layers.push_back(l);
  return options;
}

inline void expect_reference(const Case& c, const RandomModel& random, const Batch& batch,
                             const ForwardOptions& options, const std::vector<float>& out,
                             const std::string& what) {
  const ReferenceForward reference(random.spec, random.weights);
  const std::size_t hidden = c.spec.hidden;
  for (std::size_t b = 0; b + 1 < batch.offsets.size(); ++b) {
    const std::size_t prefix = batch.prefix.empty() ? 0 : batch.prefix[b];
    const auto states = reference.run(batch.sequence(b), prefix, options.bidirectional);
    for (std::size_t i = 0; i < options.layers.size(); ++i) {
      const Matrix& expected = states[options.layers[i]];
      for (std::size_t t = 0; t < expected.size(); ++t)
        for (std::size_t d = 0; d < hidden; ++d) {
          const float got = out[(i * batch.ids.size() + batch.offsets[b] + t) * hidden + d];
          ASSERT_NEAR(got, expected[t][d], 2e-5 * (1.0 + std::abs(expected[t][d])))
              << c.name << " " << what << " sequence " << b << " layer " << options.layers[i]
              << " token " << t << " dimension " << d;
        }
    }
  }
}

}  // namespace kindred::model
