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

/// Sequences [first, last) as a slice of their own.
Slice make_slice(const model::PackedTokens& tokens, std::size_t position_offset, std::size_t first,
                 std::size_t last, SliceScratch& scratch) {
  const std::uint32_t start = tokens.offsets[first];
  const std::uint32_t end = tokens.offsets[last];
  scratch.offsets.assign(1, 0);
  scratch.positions.clear();
  Slice slice;
  for (std::size_t b = first; b < last; ++b) {
    const std::uint32_t length = tokens.offsets[b + 1] - tokens.offsets[b];
    scratch.offsets.push_back(tokens.offsets[b + 1] - start);
    model::append_positions(tokens.ids.subspan(tokens.offsets[b], length), position_offset,
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
Executor::~Executor() = default;

std::unique_ptr<const Executor> Executor::create(const model::TransformerSpec& spec,
                                                 const model::TransformerWeights& weights,
                                                 Precision precision, ThreadPool& pool, Isa isa) {
  return std::unique_ptr<const Executor>(new Executor(
      std::make_unique<const Impl>(PackedModel::pack(spec, weights, precision, pool, isa))));
}

void Executor::forward(const model::PackedTokens& tokens, const model::ForwardOptions& options,
                       ThreadPool& pool, std::vector<float>& out) const {
  const PackedModel& model = impl_->model;
  model::check_forward(tokens, options, model.spec, model.max_length);
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
