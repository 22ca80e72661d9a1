#include "encode/nearest.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/distance.h"

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

// Within these the square of a length, and the squares that count in it, are exact enough in
// floats.
constexpr float kSmallestSquare = 1e-30F;
constexpr float kLargestSquare = 1e30F;

bool is_safe(float square) {
  return square >= kSmallestSquare && square <= kLargestSquare;
}

double length_in_doubles(const float* x, std::size_t d) {
  double square = 0.0;
  for (std::size_t i = 0; i < d; ++i) square += static_cast<double>(x[i]) * x[i];
  return std::sqrt(square);
}

// Rows of any finite length to length 1; zeros stay.
void make_unit(float* rows, std::size_t count, std::size_t d) {
  for (float* x = rows; x != rows + count * d; x += d) {
    const float square = kernels::dot(x, x, d);
    const double length =
        is_safe(square) ? std::sqrt(static_cast<double>(square)) : length_in_doubles(x, d);
    if (length == 0.0) continue;
    const double scale = 1.0 / length;
    for (std::size_t i = 0; i < d; ++i) x[i] = static_cast<float>(x[i] * scale);
  }
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest(const VectorSource& source,
                                            std::span<const float> queries, std::size_t k,
                                            ThreadPool& pool) {
  const std::size_t d = source.dimensions;
  require(d > 0 && queries.size() % d == 0, "nearest: query length");
  const std::size_t count = queries.size() / d;
  std::vector<float> unit(queries.begin(), queries.end());
  make_unit(unit.data(), count, d);

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
    make_unit(block.data(), rows, d);
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
  const float aa = kernels::dot(a, a, dimensions);
  const float bb = kernels::dot(b, b, dimensions);
  if (is_safe(aa) && is_safe(bb))
    return kernels::dot(a, b, dimensions) / (std::sqrt(aa) * std::sqrt(bb));
  std::vector<float> x(a, a + dimensions);
  std::vector<float> y(b, b + dimensions);
  make_unit(x.data(), 1, dimensions);
  make_unit(y.data(), 1, dimensions);
  return kernels::dot(x.data(), y.data(), dimensions);
}

}  // namespace kindred::encode
