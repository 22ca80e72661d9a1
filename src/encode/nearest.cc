#include "encode/nearest.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/distance.h"
#include "kernels/norm.h"

namespace kindred::encode {
namespace {

constexpr std::size_t kBlockRows = 1024;

bool better(const Neighbour& a, const Neighbour& b) {
  return a.cosine > b.cosine || (a.cosine == b.cosine && a.row < b.row);
}

// The best k seen, worst on top of the heap.
class Best {
 public:
  explicit Best(std::size_t k) : k_(k) {}

  void offer(const Neighbour& neighbour) {
    if (heap_.size() == k_) {
      if (k_ == 0 || !better(neighbour, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = neighbour;
    } else {
      heap_.push_back(neighbour);
    }
    std::push_heap(heap_.begin(), heap_.end(), better);
  }

  const std::vector<Neighbour>& found() const { return heap_; }

  std::vector<Neighbour> sorted() && {
    std::sort(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  std::vector<Neighbour> heap_;
};

}  // namespace

std::vector<std::vector<Neighbour>> nearest(const VectorSource& source,
                                            std::span<const float> queries, std::size_t k,
                                            ThreadPool& pool) {
  const std::size_t d = source.dimensions;
  require(d > 0 && queries.size() % d == 0, "nearest: query length");
  const std::size_t count = queries.size() / d;
  std::vector<float> unit(queries.begin(), queries.end());
  kernels::l2_normalize(unit.data(), count, d);

  const std::size_t keep = std::min(k, source.rows);
  const std::size_t threads = static_cast<std::size_t>(pool.threads());
  std::vector<std::vector<Best>> best(threads, std::vector<Best>(count, Best(keep)));
  std::vector<std::vector<float>> blocks(threads);
  pool.run((source.rows + kBlockRows - 1) / kBlockRows, [&](std::size_t part, int thread) {
    const std::size_t begin = part * kBlockRows;
    const std::size_t rows = std::min(kBlockRows, source.rows - begin);
    std::vector<float>& block = blocks[static_cast<std::size_t>(thread)];
    block.resize(kBlockRows * d);
    source.read(begin, rows, block.data());
    kernels::l2_normalize(block.data(), rows, d);
    for (std::size_t q = 0; q < count; ++q)
      for (std::size_t r = 0; r < rows; ++r)
        best[static_cast<std::size_t>(thread)][q].offer(
            {begin + r, kernels::dot(unit.data() + q * d, block.data() + r * d, d)});
  });

  std::vector<std::vector<Neighbour>> result;
  for (std::size_t q = 0; q < count; ++q) {
    Best all(keep);
    for (const std::vector<Best>& of_thread : best)
      for (const Neighbour& neighbour : of_thread[q].found()) all.offer(neighbour);
    result.push_back(std::move(all).sorted());
  }
  return result;
}

float cosine(const float* a, const float* b, std::size_t dimensions) {
  const float norms =
      std::sqrt(kernels::dot(a, a, dimensions)) * std::sqrt(kernels::dot(b, b, dimensions));
  return norms > 0.0F ? kernels::dot(a, b, dimensions) / norms : 0.0F;
}

}  // namespace kindred::encode
