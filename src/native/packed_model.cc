// Packing: each weight is read from its mapped file once, and its pages are given back at once, so
// that a model is never held twice.
#include "native/packed_model.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "native/relative_bias.h"
#include "native/shape_check.h"

namespace kindred::native {
namespace {

using io::TensorView;
using kernels::PackedMatrix;
using kernels::WeightType;
using model::LinearWeights;
using model::NormWeights;

WeightType weight_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return WeightType::bf16;
    case Precision::int8:
      return WeightType::int8;
    case Precision::fp32:
      break;
  }
  return WeightType::fp32;
}

std::vector<float> read_vector(const TensorView& tensor) {
  if (tensor.empty()) return {};
  std::vector<float> values = tensor.to_floats();
  tensor.release_pages();
  return values;
}

PackedNorm pack_norm(const NormWeights& norm, model::NormKind kind) {
  PackedNorm packed{read_vector(norm.weight), read_vector(norm.bias)};
  if (kind == model::NormKind::rms_one_plus)
    for (float& w : packed.weight) w += 1.0F;
  return packed;
}

/// One matrix of several with the same inputs, their rows one after another; zero for a bias that
/// only some of them have.
void pack_linear(std::initializer_list<const LinearWeights*> parts, bool gated, WeightType type,
                 Isa isa, PackedLinear& out) {
  std::vector<const LinearWeights*> owner;  // of each row
  std::vector<std::size_t> first;           // row of a part's start, in step with `owner`
  bool any_bias = false;
  for (const LinearWeights* part : parts) {
    first.insert(first.end(), part->weight.rows(), owner.size());
    owner.insert(owner.end(), part->weight.rows(), part);
    any_bias = any_bias || !part->bias.empty();
  }
  const std::function<void(std::size_t, float*)> read_row = [&](std::size_t row, float* to) {
    owner[row]->weight.read_row(row - first[row], to);
  };
  const std::size_t columns = owner.front()->weight.columns();
  out.weight = PackedMatrix::pack(owner.size(), columns, type, gated, read_row, isa);
  for (const LinearWeights* part : parts) {
    part->weight.release_pages();
    if (!any_bias) continue;
    std::vector<float> bias = read_vector(part->bias);
    bias.resize(part->weight.rows());
    out.bias.insert(out.bias.end(), bias.begin(), bias.end());
  }
}

void pack_norms(const model::LayerWeights& w, model::NormKind kind, PackedLayer& out) {
  out.attention_norm = pack_norm(w.attention_norm, kind);
  out.query_norm = pack_norm(w.query_norm, kind);
  out.key_norm = pack_norm(w.key_norm, kind);
  out.attention_post_norm = pack_norm(w.attention_post_norm, kind);
  out.feed_forward_norm = pack_norm(w.feed_forward_norm, kind);
  out.feed_forward_post_norm = pack_norm(w.feed_forward_post_norm, kind);
}

/// The matrices of a layer, for packing on several threads.
constexpr std::size_t kMatrices = 4;

void pack_matrix(const model::LayerWeights& w, bool gated, std::size_t which, WeightType type,
                 Isa isa, PackedLayer& out) {
  switch (which) {
    case 0:
      return pack_linear({&w.query, &w.key, &w.value}, false, type, isa, out.query_key_value);
    case 1:
      return pack_linear({&w.attention_output}, false, type, isa, out.attention_output);
    case 2:
      if (gated) return pack_linear({&w.gate, &w.up}, true, type, isa, out.up);
      return pack_linear({&w.up}, false, type, isa, out.up);
    default:
      return pack_linear({&w.down}, false, type, isa, out.down);
  }
}

/// The table of learned positions may be shorter than the configuration says.
std::size_t longest_sequence(const model::TransformerSpec& spec,
                             const model::TransformerWeights& weights) {
  if (weights.position_embeddings.empty()) return spec.max_positions;
  const std::size_t rows = weights.position_embeddings.rows() - spec.position_offset;
  return spec.max_positions == 0 ? rows : std::min(rows, spec.max_positions);
}

}  // namespace

PackedModel PackedModel::pack(const model::TransformerSpec& spec,
                              const model::TransformerWeights& weights, Precision precision,
                              ThreadPool& pool, Isa isa) {
  check_shapes(spec, weights);
  PackedModel m;
  m.spec = spec;
  m.source = weights;
  m.isa = isa;
  m.max_length = longest_sequence(spec, weights);
  m.embedding_norm = pack_norm(weights.embedding_norm, spec.norm);
  m.final_norm = pack_norm(weights.final_norm, spec.norm);
  if (!weights.token_type_embeddings.empty()) {
    m.token_type.resize(spec.hidden);
    weights.token_type_embeddings.read_row(0, m.token_type.data());
  }
  if (spec.positions == model::Positions::relative_bias) {
    m.relative_span = m.max_length;
    m.relative_bias =
        expand_relative_bias(weights.relative_bias, spec.relative_max_distance, m.relative_span);
  }
  m.layers.resize(spec.layers.size());
  const WeightType type = weight_type(precision);
  const auto part = [&](std::size_t index, int) {
    const std::size_t l = index / kMatrices;
    pack_matrix(weights.layers[l], spec.gated, index % kMatrices, type, isa, m.layers[l]);
  };
  pool.run(m.layers.size() * kMatrices, std::ref(part));
  for (std::size_t l = 0; l < m.layers.size(); ++l)
    pack_norms(weights.layers[l], spec.norm, m.layers[l]);
  return m;
}

std::size_t PackedModel::bytes() const {
  std::size_t total = (token_type.size() + relative_bias.size()) * sizeof(float);
  const auto add_linear = [&](const PackedLinear& linear) {
    total += linear.weight->bytes() + linear.bias.size() * sizeof(float);
  };
  const auto add_norm = [&](const PackedNorm& norm) {
    total += (norm.weight.size() + norm.bias.size()) * sizeof(float);
  };
  add_norm(embedding_norm);
  add_norm(final_norm);
  for (const PackedLayer& layer : layers) {
    for (const PackedLinear* linear :
         {&layer.query_key_value, &layer.attention_output, &layer.up, &layer.down})
      add_linear(*linear);
    for (const PackedNorm* norm :
         {&layer.attention_norm, &layer.query_norm, &layer.key_norm, &layer.attention_post_norm,
          &layer.feed_forward_norm, &layer.feed_forward_post_norm})
      add_norm(*norm);
  }
  return total;
}

}  // namespace kindred::native
