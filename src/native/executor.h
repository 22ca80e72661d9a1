// Runs a TransformerSpec on the CPU over packed tokens. Tested by executor_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kindred/encoder.h"
#include "model/spec.h"

namespace kindred::native {

/// A batch without padding: sequence b is ids[offsets[b] .. offsets[b+1]).
struct PackedTokens {
  std::span<const std::uint32_t> ids;      ///< T
  std::span<const std::uint32_t> offsets;  ///< B + 1
  /// B entries or empty: the first prefix[b] tokens of a sequence see each other in both
  /// directions in causal layers too (UniLM).
  std::span<const std::uint32_t> prefix;
};

/// hidden_states[l] as `transformers` numbers them: 0 is the embedding output, l the output of
/// layer l, the last one after the final norm.
struct ForwardOptions {
  std::vector<std::uint32_t> layers;  ///< which hidden states to return, ascending
  std::vector<std::uint8_t>
      bidirectional;  ///< a layer each: 1 = use bidirectional_reach; empty: as the spec says
};

/// Threads: immutable after `create`; `forward` may run concurrently with different pools.
class Executor {
 public:
  /// Packs the weights (their mapped pages are given back afterwards). Errors: corrupt when a
  /// tensor's shape contradicts the spec, named in the message.
  static Executor create(const model::TransformerSpec& spec,
                         const model::TransformerWeights& weights, Precision precision,
                         ThreadPool& pool, Isa isa = best_isa());
  Executor(Executor&&) noexcept;
  Executor& operator=(Executor&&) noexcept;
  ~Executor();

  /// Writes options.layers.size() matrices of T × hidden, one after another, row-major, to `out`.
  /// Bit-equal for a sequence whatever the batch and the pool. Errors: bad_input for an id outside
  /// the vocabulary or a sequence longer than max_positions.
  void forward(const PackedTokens& tokens, const ForwardOptions& options, ThreadPool& pool,
               std::vector<float>& out) const;

  const model::TransformerSpec& spec() const noexcept;
  std::size_t weight_bytes() const noexcept;  ///< of the packed copy

  struct Impl;

 private:
  explicit Executor(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace kindred::native
