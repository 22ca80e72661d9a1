// Checking a batch, cutting it into slices, and running them.
#include "native/executor.h"

#include <algorithm>

#include "base/error.h"
#include "native/forward.h"
#include "native/packed_model.h"
#include "native/rope_tables.h"

namespace kindred::native {
namespace {

/// A slice's arrays, kept from call to call.
struct SliceScratch {
  std::vector<std::uint32_t> offsets, positions;
  Workspace workspace;
};

void check_batch(const PackedTokens& tokens, const PackedModel& model) {
  require(!tokens.offsets.empty() && tokens.offsets.front() == 0 &&
              tokens.offsets.back() == tokens.ids.size(),
          "executor: offsets from 0 to the number of ids");
  require(tokens.prefix.empty() || tokens.prefix.size() + 1 == tokens.offsets.size(),
          "executor: a prefix for each sequence");
  for (std::size_t b = 0; b + 1 < tokens.offsets.size(); ++b) {
    require(tokens.offsets[b] <= tokens.offsets[b + 1], "executor: ascending offsets");
    const std::size_t length = tokens.offsets[b + 1] - tokens.offsets[b];
    if (model.max_length != 0 && length > model.max_length)
      fail(ErrorKind::bad_input,
           "text {} of the batch has {} tokens but the model takes at most {}: truncate it or cut "
           "it into windows",
           b, length, model.max_length);
  }
  for (std::size_t t = 0; t < tokens.ids.size(); ++t)
    if (tokens.ids[t] >= model.spec.vocab_size)
      fail(ErrorKind::bad_input,
           "token id {} is outside the model's vocabulary of {}: the tokenizer belongs to another "
           "model",
           tokens.ids[t], model.spec.vocab_size);
}

void check_options(const ForwardOptions& options, const PackedModel& model) {
  const std::size_t layers = model.spec.layers.size();
  require(std::is_sorted(options.layers.begin(), options.layers.end()),
          "executor: ascending layers");
  if (!options.layers.empty() && options.layers.back() > layers)
    fail(ErrorKind::bad_input, "hidden state {} was asked for but the model has {} layers",
         options.layers.back(), layers);
  if (!options.bidirectional.empty() && options.bidirectional.size() != layers)
    fail(ErrorKind::bad_input, "{} bidirectional settings for a model of {} layers",
         options.bidirectional.size(), layers);
}

/// A row of the position table for each token. A model whose positions begin behind the padding id
/// gives that id's own row to a padding token that stands in the text, and does not count it.
void append_positions(std::span<const std::uint32_t> ids, std::size_t offset,
                      std::vector<std::uint32_t>& positions) {
  auto next = static_cast<std::uint32_t>(offset);
  for (const std::uint32_t id : ids) {
    const bool padding = offset > 0 && id == offset - 1;
    positions.push_back(padding ? id : next++);
  }
}

/// Sequences [first, last) as a slice of their own.
Slice make_slice(const PackedTokens& tokens, std::size_t position_offset, std::size_t first,
                 std::size_t last, SliceScratch& scratch) {
  const std::uint32_t start = tokens.offsets[first];
  const std::uint32_t end = tokens.offsets[last];
  scratch.offsets.assign(1, 0);
  scratch.positions.clear();
  Slice slice;
  for (std::size_t b = first; b < last; ++b) {
    const std::uint32_t length = tokens.offsets[b + 1] - tokens.offsets[b];
    scratch.offsets.push_back(tokens.offsets[b + 1] - start);
    append_positions(tokens.ids.subspan(tokens.offsets[b], length), position_offset,
                     scratch.positions);
    slice.longest = std::max<std::size_t>(slice.longest, length);
  }
  slice.ids = tokens.ids.subspan(start, end - start);
  slice.offsets = scratch.offsets;
  slice.positions = scratch.positions;
  if (!tokens.prefix.empty()) slice.prefix = tokens.prefix.subspan(first, last - first);
  return slice;
}

}  // namespace

struct Executor::Impl {
  explicit Impl(PackedModel packed) : model(std::move(packed)), ropes(model.spec.ropes) {}

  PackedModel model;
  mutable RopeTables ropes;
};

Executor::Executor(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;
Executor::~Executor() = default;

Executor Executor::create(const model::TransformerSpec& spec,
                          const model::TransformerWeights& weights, Precision precision,
                          ThreadPool& pool, Isa isa) {
  return Executor(
      std::make_unique<const Impl>(PackedModel::pack(spec, weights, precision, pool, isa)));
}

void Executor::forward(const PackedTokens& tokens, const ForwardOptions& options, ThreadPool& pool,
                       std::vector<float>& out) const {
  const PackedModel& model = impl_->model;
  check_batch(tokens, model);
  check_options(options, model);
  const std::size_t hidden = model.spec.hidden;
  const std::size_t matrix = tokens.ids.size() * hidden;
  out.resize(options.layers.size() * matrix);

  thread_local SliceScratch scratch;
  // A longer sequence is a slice of its own.
  const std::size_t slice_tokens = kThreadRows * static_cast<std::size_t>(pool.threads());
  Forward pass(model, impl_->ropes, options.bidirectional, pool, scratch.workspace);
  const std::size_t sequences = tokens.offsets.size() - 1;
  for (std::size_t first = 0, last; first < sequences; first = last) {
    last = first + 1;
    while (last < sequences && tokens.offsets[last + 1] - tokens.offsets[first] <= slice_tokens)
      ++last;
    const Slice slice = make_slice(tokens, model.spec.position_offset, first, last, scratch);
    pass.run(slice, {options.layers, out.data() + tokens.offsets[first] * hidden, matrix});
  }
  scratch.workspace.trim();
}

const model::TransformerSpec& Executor::spec() const noexcept {
  return impl_->model.spec;
}

std::size_t Executor::weight_bytes() const noexcept {
  return impl_->model.bytes();
}

}  // namespace kindred::native
