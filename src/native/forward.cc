// A layer in order: norm and projections, rotary positions, attention, output projection with the
// residual sum and its norm, feed-forward part. All but attention is done a block of rows at a time
// so that a long text's activations take no more memory than a short one's.
#include "native/forward.h"

#include <algorithm>
#include <functional>

#include "kernels/attention.h"

namespace kindred::native {
namespace {

using kernels::Epilogue;
using kernels::NormStore;
using model::NormPlacement;

/// Floats below which a pass over rows is not worth waking threads.
constexpr std::size_t kWorthThreads = 32 * 1024;
/// What a workspace may keep between calls.
constexpr std::size_t kKeepBytes = 64U << 20U;

/// Calls fn(begin, count) for all rows, on several threads when there are many.
template <typename Fn>
void for_rows(ThreadPool& pool, std::size_t rows, std::size_t columns, const Fn& fn) {
  const auto threads = static_cast<std::size_t>(pool.threads());
  if (threads == 1 || rows * columns < kWorthThreads) return fn(std::size_t{0}, rows);
  const std::size_t share = (rows + threads - 1) / threads;
  const auto part = [&](std::size_t index, int) {
    const std::size_t begin = std::min(index * share, rows);
    fn(begin, std::min(share, rows - begin));
  };
  pool.run(threads, std::ref(part));
}

kernels::MatmulActivation matmul_activation(model::Activation activation) {
  switch (activation) {
    case model::Activation::gelu_erf:
      return kernels::MatmulActivation::gelu_erf;
    case model::Activation::gelu_tanh:
      return kernels::MatmulActivation::gelu_tanh;
    case model::Activation::relu:
      return kernels::MatmulActivation::relu;
    case model::Activation::silu:
      break;
  }
  return kernels::MatmulActivation::silu;
}

kernels::Reach reach_of(const model::AttentionReach& reach) {
  return {reach.left, reach.right};
}

kernels::RowNorm row_norm(const model::TransformerSpec& spec, const PackedNorm& norm) {
  return {.centered = spec.norm == model::NormKind::layer,
          .weight = norm.weight.data(),
          .bias = norm.bias.empty() ? nullptr : norm.bias.data(),
          .eps = spec.norm_eps};
}

}  // namespace

void Workspace::trim() {
  std::vector<float>* const all[] = {&hidden, &query_key_value, &context, &normed, &inner};
  std::size_t bytes = 0;
  for (const std::vector<float>* buffer : all) bytes += buffer->capacity() * sizeof(float);
  if (bytes <= kKeepBytes) return;
  for (std::vector<float>* buffer : all) std::vector<float>().swap(*buffer);
}

Forward::Forward(const PackedModel& model, RopeTables& ropes,
                 std::span<const std::uint8_t> bidirectional, ThreadPool& pool,
                 Workspace& workspace)
    : model_(model),
      spec_(model.spec),
      block_rows_(kThreadRows * static_cast<std::size_t>(pool.threads())),
      ropes_(ropes),
      bidirectional_(bidirectional),
      pool_(pool),
      w_(workspace) {}

void Forward::run(const Slice& slice, const HiddenStates& states) {
  if (states.layers.empty() || slice.ids.empty()) return;
  const std::size_t tokens = slice.ids.size();
  const std::size_t block = std::min(tokens, block_rows_);
  const auto grow = [](std::vector<float>& buffer, std::size_t size) {
    if (buffer.size() < size) buffer.resize(size);
  };
  grow(w_.hidden, tokens * spec_.hidden);
  grow(w_.query_key_value, tokens * model_.query_key_value_columns());
  grow(w_.context, tokens * model_.query_columns());
  grow(w_.normed, block * spec_.hidden);
  grow(w_.inner, block * spec_.intermediate);

  embed(slice);
  std::size_t next = 0;
  for (std::size_t l = 0;; ++l) {
    for (; next < states.layers.size() && states.layers[next] == l; ++next)
      emit(slice, l, states.out + next * states.stride);
    if (next == states.layers.size()) return;
    layer(slice, l);
  }
}

void Forward::emit(const Slice& slice, std::size_t index, float* out) {
  const std::size_t rows = slice.ids.size();
  if (index == spec_.layers.size() && spec_.final_norm) {
    normalize(model_.final_norm, w_.hidden.data(), rows, out);
  } else {
    std::copy_n(w_.hidden.data(), rows * spec_.hidden, out);
  }
}

void Forward::embed(const Slice& slice) {
  const model::TransformerWeights& tables = model_.source;
  const bool learned = !tables.position_embeddings.empty();
  for_rows(pool_, slice.ids.size(), spec_.hidden, [&](std::size_t begin, std::size_t count) {
    thread_local std::vector<float> position;
    position.resize(spec_.hidden);
    for (std::size_t t = begin; t < begin + count; ++t) {
      float* x = hidden_row(t);
      tables.word_embeddings.read_row(slice.ids[t], x);
      if (spec_.embedding_scale != 1.0F)
        for (std::size_t i = 0; i < spec_.hidden; ++i) x[i] *= spec_.embedding_scale;
      if (!model_.token_type.empty())
        for (std::size_t i = 0; i < spec_.hidden; ++i) x[i] += model_.token_type[i];
      if (learned) {
        tables.position_embeddings.read_row(slice.positions[t], position.data());
        for (std::size_t i = 0; i < spec_.hidden; ++i) x[i] += position[i];
      }
    }
  });
  if (spec_.embedding_norm)
    normalize(model_.embedding_norm, w_.hidden.data(), slice.ids.size(), w_.hidden.data());
}

void Forward::layer(const Slice& slice, std::size_t index) {
  project(slice, index);
  attend(slice, index);
  const PackedLayer& layer = model_.layers[index];
  for (std::size_t begin = 0; begin < slice.ids.size(); begin += block_rows_) {
    const std::size_t rows = std::min(block_rows_, slice.ids.size() - begin);
    finish_attention(layer, begin, rows);
    feed_forward(layer, begin, rows);
  }
}

/// Queries, keys and values of all tokens.
void Forward::project(const Slice& slice, std::size_t index) {
  const PackedLayer& layer = model_.layers[index];
  const std::size_t columns = model_.query_key_value_columns();
  const bool norm_first =
      spec_.placement != NormPlacement::post && spec_.layers[index].has_attention_norm;
  for (std::size_t begin = 0; begin < slice.ids.size(); begin += block_rows_) {
    const std::size_t rows = std::min(block_rows_, slice.ids.size() - begin);
    const float* x = hidden_row(begin);
    if (norm_first) {
      normalize(layer.attention_norm, x, rows, w_.normed.data());
      x = w_.normed.data();
    }
    multiply(x, rows, layer.query_key_value, w_.query_key_value.data() + begin * columns, columns,
             layer.query_key_value.epilogue());
    if (spec_.qk_norm || spec_.positions == model::Positions::rotary)
      rotate(slice, index, begin, rows);
  }
}

/// Norm and rotation of each query and key head, in place.
void Forward::rotate(const Slice& slice, std::size_t index, std::size_t begin, std::size_t rows) {
  const PackedLayer& layer = model_.layers[index];
  const std::size_t columns = model_.query_key_value_columns();
  const std::size_t dim = spec_.head_dim;
  std::shared_ptr<const kernels::RopeTable> table;
  kernels::RopePairs pairs = kernels::RopePairs::halves;
  if (spec_.positions == model::Positions::rotary) {
    const std::uint32_t rope = spec_.layers[index].rope;
    table = ropes_.get(rope, slice.longest);
    if (spec_.ropes[rope].interleaved) pairs = kernels::RopePairs::interleaved;
  }
  for_rows(pool_, rows, columns, [&](std::size_t first, std::size_t count) {
    for (std::size_t t = begin + first; t < begin + first + count; ++t) {
      float* query = w_.query_key_value.data() + t * columns;
      float* key = query + model_.query_columns();
      if (spec_.qk_norm) {
        kernels::norm_rows(row_norm(spec_, layer.query_norm), query, spec_.heads, dim, dim, query,
                           dim, NormStore::overwrite, model_.isa);
        kernels::norm_rows(row_norm(spec_, layer.key_norm), key, spec_.kv_heads, dim, dim, key, dim,
                           NormStore::overwrite, model_.isa);
      }
      // Keys lie right behind the queries: one run of heads.
      if (table)
        kernels::rope(*table, slice.positions[t], pairs, query, spec_.heads + spec_.kv_heads, dim);
    }
  });
}

void Forward::attend(const Slice& slice, std::size_t index) {
  const model::LayerSpec& layer = spec_.layers[index];
  const bool switched = !bidirectional_.empty() && bidirectional_[index] != 0;
  kernels::AttentionInput in;
  in.q = w_.query_key_value.data();
  in.k = in.q + model_.query_columns();
  in.v = in.k + model_.key_columns();
  in.ld = model_.query_key_value_columns();
  in.heads = spec_.heads;
  in.kv_heads = spec_.kv_heads;
  in.head_dim = spec_.head_dim;
  in.offsets = slice.offsets;
  in.reach = reach_of(switched ? layer.bidirectional_reach : layer.reach);
  in.prefix = slice.prefix;
  in.prefix_reach = reach_of(layer.bidirectional_reach);
  in.scale = spec_.attention_scale;
  in.softcap = spec_.attention_softcap;
  if (!model_.relative_bias.empty()) {
    in.relative_bias = model_.relative_bias.data();
    in.relative_span = model_.relative_span;
  }
  kernels::attention(in, w_.context.data(), model_.query_columns(), pool_, model_.isa);
}

/// Output projection, residual sum and the norm that goes with them.
void Forward::finish_attention(const PackedLayer& layer, std::size_t begin, std::size_t rows) {
  const float* context = w_.context.data() + begin * model_.query_columns();
  float* x = hidden_row(begin);
  Epilogue epilogue = layer.attention_output.epilogue();
  if (spec_.placement == NormPlacement::sandwich) {
    multiply(context, rows, layer.attention_output, w_.normed.data(), spec_.hidden, epilogue);
    return normalize(layer.attention_post_norm, w_.normed.data(), rows, x, NormStore::add);
  }
  epilogue.residual = x;
  multiply(context, rows, layer.attention_output, x, spec_.hidden, epilogue);
  if (spec_.placement == NormPlacement::post) normalize(layer.attention_norm, x, rows, x);
}

void Forward::feed_forward(const PackedLayer& layer, std::size_t begin, std::size_t rows) {
  float* x = hidden_row(begin);
  const float* in = x;
  if (spec_.placement != NormPlacement::post) {
    normalize(layer.feed_forward_norm, x, rows, w_.normed.data());
    in = w_.normed.data();
  }
  Epilogue up = layer.up.epilogue();
  up.activation = matmul_activation(spec_.activation);
  up.gated = spec_.gated;
  multiply(in, rows, layer.up, w_.inner.data(), spec_.intermediate, up);
  Epilogue down = layer.down.epilogue();
  if (spec_.placement == NormPlacement::sandwich) {
    multiply(w_.inner.data(), rows, layer.down, w_.normed.data(), spec_.hidden, down);
    return normalize(layer.feed_forward_post_norm, w_.normed.data(), rows, x, NormStore::add);
  }
  down.residual = x;
  multiply(w_.inner.data(), rows, layer.down, x, spec_.hidden, down);
  if (spec_.placement == NormPlacement::post) normalize(layer.feed_forward_norm, x, rows, x);
}

void Forward::multiply(const float* x, std::size_t rows, const PackedLinear& w, float* y,
                       std::size_t ldy, const Epilogue& epilogue) {
  kernels::matmul(x, rows, w.weight->k(), *w.weight, epilogue, y, ldy, pool_);
}

void Forward::normalize(const PackedNorm& norm, const float* x, std::size_t rows, float* y,
                        NormStore store) {
  const std::size_t n = spec_.hidden;
  for_rows(pool_, rows, n, [&](std::size_t begin, std::size_t count) {
    kernels::norm_rows(row_norm(spec_, norm), x + begin * n, count, n, n, y + begin * n, n, store,
                       model_.isa);
  });
}

}  // namespace kindred::native
