// Products come from the encoder's matrix product with a block of queries as its packed side.
#include "kernels/topk.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"
#include "kernels/matmul.h"

namespace kindred::kernels {
namespace {

/// Queries that are packed together and rows multiplied at once: 256 KB of products.
constexpr std::size_t kQueryBlock = 256;
constexpr std::size_t kRowBlock = 256;

struct Candidate {
  float score;
  std::uint32_t index;
};

/// The order of results; a heap by it has the worst candidate in front.
bool better(const Candidate& a, const Candidate& b) {
  return a.score > b.score || (a.score == b.score && a.index < b.index);
}

/// The best k of the candidates offered.
class Best {
 public:
  explicit Best(std::size_t k) : k_(k) {}

  void offer(float score, std::uint32_t index) {
    const Candidate candidate{std::isnan(score) ? -std::numeric_limits<float>::infinity() : score,
                              index};
    if (heap_.size() < k_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), better);
    } else if (better(candidate, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end(), better);
    }
  }

  const std::vector<Candidate>& candidates() const { return heap_; }

 private:
  std::size_t k_;
  std::vector<Candidate> heap_;
};

/// One thread's share of the rows against one block of queries.
void scan(const PackedMatrix& queries, const float* matrix, std::size_t begin, std::size_t end,
          std::vector<Best>& best) {
  const std::size_t count = queries.n(), dimensions = queries.k();
  std::vector<float> products(kRowBlock * count);
  ThreadPool serial(1);
  for (std::size_t row = begin; row < end; row += kRowBlock) {
    const std::size_t rows = std::min(kRowBlock, end - row);
    matmul(matrix + row * dimensions, rows, dimensions, queries, {}, products.data(), count,
           serial);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t q = 0; q < count; ++q)
        best[q].offer(products[r * count + q], static_cast<std::uint32_t>(row + r));
  }
}

}  // namespace

Neighbors top_k(const float* queries, std::size_t query_count, const float* matrix,
                std::size_t rows, std::size_t dimensions, std::size_t k, ThreadPool& pool,
                Isa isa) {
  require(rows <= std::numeric_limits<std::uint32_t>::max(), "top_k: rows fit 32 bits");
  Neighbors result{query_count, std::min(k, rows), {}, {}};
  if (result.k == 0 || query_count == 0) return result;
  const auto threads = static_cast<std::size_t>(pool.threads());
  const std::size_t share = (rows + threads - 1) / threads;
  for (std::size_t first = 0; first < query_count; first += kQueryBlock) {
    const std::size_t count = std::min(kQueryBlock, query_count - first);
    const PackedMatrix packed = PackedMatrix::pack(
        count, dimensions, WeightType::fp32, false,
        [&](std::size_t q, float* out) {
          std::copy_n(queries + (first + q) * dimensions, dimensions, out);
        },
        isa);
    std::vector<std::vector<Best>> best(threads, std::vector<Best>(count, Best(result.k)));
    const auto part = [&](std::size_t index, int) {
      scan(packed, matrix, std::min(index * share, rows), std::min((index + 1) * share, rows),
           best[index]);
    };
    pool.run(threads, std::ref(part));
    for (std::size_t q = 0; q < count; ++q) {
      std::vector<Candidate> all;
      for (const std::vector<Best>& of_thread : best)
        all.insert(all.end(), of_thread[q].candidates().begin(), of_thread[q].candidates().end());
      std::sort(all.begin(), all.end(), better);
      for (std::size_t i = 0; i < result.k; ++i) {
        result.indices.push_back(all[i].index);
        result.scores.push_back(all[i].score);
      }
    }
  }
  return result;
}

}  // namespace kindred::kernels
