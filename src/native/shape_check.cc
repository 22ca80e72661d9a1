// Every tensor that the forward pass reads is looked at once here, so that it need not look again.
#include "native/shape_check.h"

#include <string_view>

#include <fmt/ranges.h>

#include "base/error.h"

namespace kindred::native {
namespace {

using io::TensorView;
using model::LayerWeights;
using model::LinearWeights;
using model::NormWeights;
using model::TransformerSpec;
using model::TransformerWeights;

/// `role` names a tensor that is missing, since then it has no name of its own.
void check(const TensorView& tensor, std::string_view role, std::vector<std::size_t> expected) {
  if (tensor.empty())
    fail(ErrorKind::corrupt,
         "the model has no tensor for {} (expected shape [{}]): its weight file is incomplete or "
         "belongs to another configuration",
         role, fmt::join(expected, ", "));
  if (tensor.shape != expected)
    fail(ErrorKind::corrupt,
         "tensor {} ({}) has shape [{}] but the configuration asks for [{}]: weights and "
         "configuration are of different models",
         tensor.name, role, fmt::join(tensor.shape, ", "), fmt::join(expected, ", "));
}

void check_linear(const LinearWeights& linear, std::string_view role, std::size_t out,
                  std::size_t in) {
  check(linear.weight, role, {out, in});
  if (!linear.bias.empty()) check(linear.bias, role, {out});
}

void check_norm(const NormWeights& norm, std::string_view role, std::size_t n) {
  check(norm.weight, role, {n});
  if (!norm.bias.empty()) check(norm.bias, role, {n});
}

void check_layer(const TransformerSpec& spec, const model::LayerSpec& layer,
                 const LayerWeights& w) {
  const std::size_t queries = spec.heads * spec.head_dim;
  const std::size_t keys = spec.kv_heads * spec.head_dim;
  if (layer.has_attention_norm) check_norm(w.attention_norm, "an attention norm", spec.hidden);
  check_linear(w.query, "a query projection", queries, spec.hidden);
  check_linear(w.key, "a key projection", keys, spec.hidden);
  check_linear(w.value, "a value projection", keys, spec.hidden);
  check_linear(w.attention_output, "an attention output projection", spec.hidden, queries);
  if (spec.qk_norm) {
    check_norm(w.query_norm, "a query norm", spec.head_dim);
    check_norm(w.key_norm, "a key norm", spec.head_dim);
  }
  check_norm(w.feed_forward_norm, "a feed-forward norm", spec.hidden);
  if (spec.gated) check_linear(w.gate, "a gate projection", spec.intermediate, spec.hidden);
  check_linear(w.up, "an up projection", spec.intermediate, spec.hidden);
  check_linear(w.down, "a down projection", spec.hidden, spec.intermediate);
  if (spec.placement == model::NormPlacement::sandwich) {
    check_norm(w.attention_post_norm, "a norm behind attention", spec.hidden);
    check_norm(w.feed_forward_post_norm, "a norm behind the feed-forward part", spec.hidden);
  }
}

void check_spec(const TransformerSpec& spec, const TransformerWeights& weights) {
  const auto wrong = [&](std::string_view what) {
    fail(ErrorKind::corrupt, "the configuration of this {} model is inconsistent: {}", spec.family,
         what);
  };
  if (spec.vocab_size == 0 || spec.hidden == 0 || spec.heads == 0 || spec.kv_heads == 0 ||
      spec.head_dim == 0 || spec.intermediate == 0)
    wrong("vocabulary, hidden, heads, key heads, head and intermediate sizes must be positive");
  if (spec.heads % spec.kv_heads != 0) wrong("heads is not a multiple of key heads");
  if (weights.layers.size() != spec.layers.size()) wrong("a layer without weights");
  if (!(spec.attention_scale > 0.0F)) wrong("the attention scale must be positive");
  for (const model::RopeSpec& rope : spec.ropes)
    if (2 * rope.inverse_frequencies.size() > spec.head_dim)
      wrong("rotary dimensions exceed the head's");
  if (spec.positions == model::Positions::rotary)
    for (const model::LayerSpec& layer : spec.layers)
      if (layer.rope >= spec.ropes.size())
        wrong("a layer names rotary frequencies that are not there");
  if (spec.positions == model::Positions::relative_bias &&
      (spec.relative_buckets < 4 || spec.relative_buckets % 2 != 0 ||
       spec.relative_max_distance <= spec.relative_buckets / 4))
    wrong("relative position buckets");
}

}  // namespace

void check_shapes(const TransformerSpec& spec, const TransformerWeights& weights) {
  check_spec(spec, weights);
  check(weights.word_embeddings, "the word embeddings", {spec.vocab_size, spec.hidden});
  const bool learned = spec.positions == model::Positions::learned ||
                       spec.positions == model::Positions::relative_bias;
  if (learned) {
    const TensorView& table = weights.position_embeddings;
    const std::size_t rows = table.shape.empty() ? 0 : table.shape.front();
    const std::size_t needed =
        spec.position_offset + (spec.max_positions > 0 ? spec.max_positions : 1);
    check(table, "the position embeddings", {rows > needed ? rows : needed, spec.hidden});
  }
  if (const TensorView& types = weights.token_type_embeddings; !types.empty())
    check(types, "the token type embeddings",
          {types.shape.empty() || types.shape[0] == 0 ? 1 : types.shape[0], spec.hidden});
  if (spec.positions == model::Positions::relative_bias)
    check(weights.relative_bias, "the relative attention bias",
          {spec.relative_buckets, spec.heads});
  if (spec.embedding_norm) check_norm(weights.embedding_norm, "the embedding norm", spec.hidden);
  if (spec.final_norm) check_norm(weights.final_norm, "the final norm", spec.hidden);
  for (std::size_t l = 0; l < spec.layers.size(); ++l)
    check_layer(spec, spec.layers[l], weights.layers[l]);
}

}  // namespace kindred::native
