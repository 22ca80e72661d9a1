// What runs a TransformerSpec: over packed tokens, on whatever device. Implemented by
// native/executor.h and torch/executor.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/spec.h"

namespace kindred::model {

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

/// A transformer on a device, ready to run.
///
/// Threads: immutable; `forward` may run concurrently with different pools.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  /// Writes options.layers.size() matrices of T × hidden, one after another, row-major, to `out`.
  /// Errors: bad_input for an id outside the vocabulary, a sequence longer than max_positions or a
  /// layer that the model does not have.
  virtual void forward(const PackedTokens& tokens, const ForwardOptions& options, ThreadPool& pool,
                       std::vector<float>& out) const = 0;

  virtual const TransformerSpec& spec() const noexcept = 0;
  virtual std::size_t weight_bytes() const noexcept = 0;  ///< of its own copy of the weights
};

/// What every executor refuses. `max_length`: tokens of a sequence; 0: no limit. Errors: as
/// Executor::forward.
void check_forward(const PackedTokens& tokens, const ForwardOptions& options,
                   const TransformerSpec& spec, std::size_t max_length);

/// Appends a row of the position table for each token of a sequence. A model whose positions begin
/// behind the padding id gives that id's own row to a padding token that stands in the text, and
/// does not count it.
void append_positions(std::span<const std::uint32_t> ids, std::size_t offset,
                      std::vector<std::uint32_t>& positions);

/// The bucket of distance key - query, as T5 and MPNet have it for both directions: half of the
/// buckets for each; in each half one a distance up to a quarter of all, then logarithmically up to
/// `max_distance`.
std::size_t relative_bucket(std::ptrdiff_t distance, std::size_t buckets, std::size_t max_distance);

}  // namespace kindred::model
