// The forward pass of a spec in double precision and plain loops, one sequence at a time: what
// model/spec.h says and nothing of how the executor does it. For tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/spec.h"

namespace kindred::model {

using Matrix = std::vector<std::vector<double>>;  // rows of values

class ReferenceForward {
 public:
  ReferenceForward(const model::TransformerSpec& spec, const model::TransformerWeights& weights)
      : s_(spec), w_(weights) {}

  /// hidden_states[0 … layers] of one sequence.
  std::vector<Matrix> run(const std::vector<std::uint32_t>& ids, std::size_t prefix,
                          const std::vector<std::uint8_t>& bidirectional) const {
    Matrix x = embed(ids);
    std::vector<Matrix> states;
    for (std::size_t l = 0; l < s_.layers.size(); ++l) {
      states.push_back(x);
      const bool switched = !bidirectional.empty() && bidirectional[l] != 0;
      x = layer(x, l, prefix, switched);
    }
    states.push_back(s_.final_norm ? norm(x, w_.final_norm) : x);
    return states;
  }

 private:
  static std::vector<double> row(const io::TensorView& t, std::size_t r) {
    std::vector<float> values(t.columns());
    t.read_row(r, values.data());
    return {values.begin(), values.end()};
  }

  Matrix embed(const std::vector<std::uint32_t>& ids) const {
    Matrix x;
    std::size_t next = s_.position_offset;
    for (const std::uint32_t id : ids) {
      std::vector<double> v = row(w_.word_embeddings, id);
      for (double& e : v) e *= s_.embedding_scale;
      if (!w_.position_embeddings.empty())
        v = sum(v, row(w_.position_embeddings,
                       s_.position_offset > 0 && id + 1 == s_.position_offset ? id : next++));
      if (!w_.token_type_embeddings.empty()) v = sum(v, row(w_.token_type_embeddings, 0));
      x.push_back(v);
    }
    return s_.embedding_norm ? norm(x, w_.embedding_norm) : x;
  }

  Matrix layer(const Matrix& x, std::size_t l, std::size_t prefix, bool switched) const {
    const model::LayerWeights& w = w_.layers[l];
    const auto attention = [&](const Matrix& in) { return attend(in, l, prefix, switched); };
    const auto first_norm = [&](const Matrix& in) {
      return s_.layers[l].has_attention_norm ? norm(in, w.attention_norm) : in;
    };
    switch (s_.placement) {
      case model::NormPlacement::post: {
        const Matrix h = norm(sum(x, attention(x)), w.attention_norm);
        return norm(sum(h, feed_forward(h, w)), w.feed_forward_norm);
      }
      case model::NormPlacement::pre: {
        const Matrix h = sum(x, attention(first_norm(x)));
        return sum(h, feed_forward(norm(h, w.feed_forward_norm), w));
      }
      case model::NormPlacement::sandwich:
        break;
    }
    const Matrix h = sum(x, norm(attention(first_norm(x)), w.attention_post_norm));
    return sum(h, norm(feed_forward(norm(h, w.feed_forward_norm), w), w.feed_forward_post_norm));
  }

  Matrix attend(const Matrix& x, std::size_t l, std::size_t prefix, bool switched) const {
    const model::LayerWeights& w = w_.layers[l];
    const std::size_t dim = s_.head_dim, n = x.size();
    Matrix q = linear(x, w.query), k = linear(x, w.key);
    const Matrix v = linear(x, w.value);
    for (std::size_t t = 0; t < n; ++t) {
      turn_heads(q[t], s_.heads, w.query_norm, l, t);
      turn_heads(k[t], s_.kv_heads, w.key_norm, l, t);
    }
    Matrix context(n, std::vector<double>(s_.heads * dim, 0.0));
    for (std::size_t h = 0; h < s_.heads; ++h) {
      const std::size_t kv = h / (s_.heads / s_.kv_heads);
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> weight(n, 0.0);
        double total = 0.0;
        for (std::size_t j = 0; j < n; ++j) {
          if (!visible(l, i, j, prefix, switched)) continue;
          double score = 0.0;
          for (std::size_t d = 0; d < dim; ++d) score += q[i][h * dim + d] * k[j][kv * dim + d];
          score *= s_.attention_scale;
          if (s_.attention_softcap > 0.0F)
            score = s_.attention_softcap * std::tanh(score / s_.attention_softcap);
          if (s_.positions == model::Positions::relative_bias)
            score += row(w_.relative_bias, bucket(i, j))[h];
          total += weight[j] = std::exp(score);
        }
        for (std::size_t j = 0; j < n; ++j)
          for (std::size_t d = 0; d < dim; ++d)
            context[i][h * dim + d] += weight[j] / total * v[j][kv * dim + d];
      }
    }
    return linear(context, w.attention_output);
  }

  bool visible(std::size_t l, std::size_t i, std::size_t j, std::size_t prefix,
               bool switched) const {
    const auto reaches = [&](const model::AttentionReach& reach) {
      return (j > i || i - j <= reach.left) && (j < i || j - i <= reach.right);
    };
    const model::LayerSpec& layer = s_.layers[l];
    if (switched) return reaches(layer.bidirectional_reach);
    return reaches(layer.reach) || (i < prefix && j < prefix && reaches(layer.bidirectional_reach));
  }

  /// The original's comparison chain rather than its closed form.
  std::size_t bucket(std::size_t i, std::size_t j) const {
    const std::size_t half = s_.relative_buckets / 2, exact = half / 2;
    const std::size_t away = i > j ? i - j : j - i;
    std::size_t b = away;
    if (away >= exact) {
      const double ratio =
          std::log(static_cast<double>(away) / static_cast<double>(exact)) /
          std::log(static_cast<double>(s_.relative_max_distance) / static_cast<double>(exact));
      b = std::min(
          exact + static_cast<std::size_t>(ratio * static_cast<double>(half - exact) + 1e-9),
          half - 1);
    }
    return j > i ? half + b : b;
  }

  /// Norm and rotation of each head of one token.
  void turn_heads(std::vector<double>& x, std::size_t heads, const model::NormWeights& norm_weights,
                  std::size_t l, std::size_t position) const {
    const std::size_t dim = s_.head_dim;
    for (std::size_t h = 0; h < heads; ++h) {
      std::vector<double> head(x.begin() + static_cast<std::ptrdiff_t>(h * dim),
                               x.begin() + static_cast<std::ptrdiff_t>((h + 1) * dim));
      if (s_.qk_norm) head = norm({head}, norm_weights)[0];
      if (s_.positions == model::Positions::rotary) rotate(head, l, position);
      std::copy(head.begin(), head.end(), x.begin() + static_cast<std::ptrdiff_t>(h * dim));
    }
  }

  void rotate(std::vector<double>& head, std::size_t l, std::size_t position) const {
    const model::RopeSpec& rope = s_.ropes[s_.layers[l].rope];
    const std::size_t half = rope.inverse_frequencies.size();
    for (std::size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position) * rope.inverse_frequencies[i];
      const double c = std::cos(angle) * rope.attention_factor;
      const double s = std::sin(angle) * rope.attention_factor;
      double& a = head[rope.interleaved ? 2 * i : i];
      double& b = head[rope.interleaved ? 2 * i + 1 : i + half];
      const double turned = a * c - b * s;
      b = b * c + a * s;
      a = turned;
    }
  }

  Matrix feed_forward(const Matrix& x, const model::LayerWeights& w) const {
    Matrix inner = linear(x, w.up);
    const Matrix gate = s_.gated ? linear(x, w.gate) : inner;
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t i = 0; i < s_.intermediate; ++i)
        inner[t][i] = activate(gate[t][i]) * (s_.gated ? inner[t][i] : 1.0);
    return linear(inner, w.down);
  }

  double activate(double x) const {
    switch (s_.activation) {
      case model::Activation::gelu_erf:
        return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
      case model::Activation::gelu_tanh:
        return 0.5 * x *
               (1.0 +
                std::tanh(std::sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
      case model::Activation::relu:
        return std::max(x, 0.0);
      case model::Activation::silu:
        break;
    }
    return x / (1.0 + std::exp(-x));
  }

  Matrix norm(const Matrix& x, const model::NormWeights& w) const {
    const std::vector<double> weight = row(w.weight, 0);
    Matrix y = x;
    for (std::vector<double>& v : y) {
      const auto n = static_cast<double>(v.size());
      double mean = 0.0, variance = 0.0;
      if (s_.norm == model::NormKind::layer)
        for (const double e : v) mean += e / n;
      for (const double e : v) variance += (e - mean) * (e - mean) / n;
      for (std::size_t i = 0; i < v.size(); ++i) {
        const double factor =
            s_.norm == model::NormKind::rms_one_plus ? 1.0 + weight[i] : weight[i];
        v[i] = (v[i] - mean) / std::sqrt(variance + s_.norm_eps) * factor;
        if (!w.bias.empty()) v[i] += row(w.bias, 0)[i];
      }
    }
    return y;
  }

  static Matrix linear(const Matrix& x, const model::LinearWeights& w) {
    Matrix y(x.size(), std::vector<double>(w.weight.rows(), 0.0));
    for (std::size_t o = 0; o < w.weight.rows(); ++o) {
      const std::vector<double> weight = row(w.weight, o);
      const double bias = w.bias.empty() ? 0.0 : row(w.bias, 0)[o];
      for (std::size_t t = 0; t < x.size(); ++t) {
        for (std::size_t i = 0; i < weight.size(); ++i) y[t][o] += x[t][i] * weight[i];
        y[t][o] += bias;
      }
    }
    return y;
  }

  static std::vector<double> sum(std::vector<double> a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }
  static Matrix sum(Matrix a, const Matrix& b) {
    for (std::size_t t = 0; t < a.size(); ++t) a[t] = sum(a[t], b[t]);
    return a;
  }

  const model::TransformerSpec& s_;
  const model::TransformerWeights& w_;
};

}  // namespace kindred::model
