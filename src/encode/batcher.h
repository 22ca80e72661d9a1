// Packs tokenised texts into micro-batches by tokens. Tested by batcher_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kindred::encode {

/// How the sequences of one call are run.
struct BatchPlan {
  /// Indices into the lengths. Every index is in exactly one batch; the longest come first, so that
  /// the threads end together.
  std::vector<std::vector<std::uint32_t>> batches;
  /// True: the batches are run one after another, each split inside by all threads (few tokens, or
  /// one thread). False: each is run whole by one thread.
  bool split_inside = true;
};

/// A batch holds at most `token_budget` tokens unless a single sequence is longer. Sequences of
/// alike length share a batch only to balance the work: a batch has no padding.
BatchPlan plan_batches(std::span<const std::uint32_t> lengths, std::size_t token_budget,
                       int threads);

}  // namespace kindred::encode
