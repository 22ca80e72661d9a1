#include "encode/batcher.h"

#include <algorithm>
#include <numeric>

namespace kindred::encode {
namespace {

// Below this many tokens a thread, reading all weights once a thread costs more than the
// synchronisation of a product split over the threads.
constexpr std::size_t kTokensThatFillAThread = 96;

// Batches a thread should get at least, so that an uneven last one costs little.
constexpr std::size_t kBatchesAThread = 3;

// A batch under this size runs the matrix products well below their best rate.
constexpr std::size_t kSmallestBudget = 128;

}  // namespace

BatchPlan plan_batches(std::span<const std::uint32_t> lengths, std::size_t token_budget,
                       int threads) {
  BatchPlan plan;
  const std::size_t workers = static_cast<std::size_t>(std::max(threads, 1));
  const std::size_t tokens = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
  plan.split_inside =
      workers == 1 || lengths.size() < workers || tokens < workers * kTokensThatFillAThread;
  std::size_t budget = std::max<std::size_t>(token_budget, 1);
  if (!plan.split_inside) {
    const std::size_t balanced = tokens / (workers * kBatchesAThread);
    budget = std::min(budget, std::max(balanced, kSmallestBudget));
  }

  std::vector<std::uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return lengths[a] > lengths[b]; });
  std::size_t filled = 0;
  for (const std::uint32_t index : order) {
    if (plan.batches.empty() || filled + lengths[index] > budget) {
      plan.batches.emplace_back();
      filled = 0;
    }
    plan.batches.back().push_back(index);
    filled += lengths[index];
  }
  // Few batches of long texts on many threads: splitting inside keeps every thread busy.
  if (plan.batches.size() < workers) plan.split_inside = true;
  return plan;
}

}  // namespace kindred::encode
