#include "static_vectors/word_space.h"

#include <algorithm>
#include <cmath>

#include "kernels/distance.h"
#include "kernels/matmul.h"

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kRowsAPart = 4096;
constexpr std::size_t kQueryBlock = 256;
constexpr std::size_t kRowBlock = 256;

// The order of results; a heap by it has the worst in front.
bool better(const Neighbour& a, const Neighbour& b) {
  return a.score > b.score || (a.score == b.score && a.id < b.id);
}

// Offers the words of each part to the best of the thread that has it.
template <typename Score>
std::vector<Neighbour> best_of_parts(std::size_t rows, std::size_t k,
                                     std::span<const std::uint32_t> excluded, ThreadPool& pool,
                                     const Score& score) {
  std::vector<BestWords> best(static_cast<std::size_t>(pool.threads()), BestWords(k));
  pool.run((rows + kRowsAPart - 1) / kRowsAPart, [&](std::size_t part, int thread) {
    BestWords& mine = best[static_cast<std::size_t>(thread)];
    const std::size_t end = std::min((part + 1) * kRowsAPart, rows);
    for (std::size_t row = part * kRowsAPart; row < end; ++row) {
      const auto id = static_cast<std::uint32_t>(row);
      const float s = score(id);
      if (s < mine.threshold()) continue;
      if (std::find(excluded.begin(), excluded.end(), id) == excluded.end()) mine.offer(id, s);
    }
  });
  for (std::size_t t = 1; t < best.size(); ++t) best[0].merge(best[t]);
  return best[0].sorted();
}

}  // namespace

void BestWords::offer(std::uint32_t id, float score) {
  if (k_ == 0) return;
  const Neighbour candidate{id, std::isnan(score) ? -kInfinity : score};
  if (heap_.size() < k_) {
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end(), better);
  } else if (better(candidate, heap_.front())) {
    std::pop_heap(heap_.begin(), heap_.end(), better);
    heap_.back() = candidate;
    std::push_heap(heap_.begin(), heap_.end(), better);
  }
  if (heap_.size() == k_) threshold_ = heap_.front().score;
}

void BestWords::merge(const BestWords& other) {
  for (const Neighbour& n : other.heap_) offer(n.id, n.score);
}

std::vector<Neighbour> BestWords::sorted() const {
  std::vector<Neighbour> found = heap_;
  std::sort(found.begin(), found.end(), better);
  return found;
}

WordSpace::WordSpace(std::shared_ptr<const StaticModel> model, ThreadPool& pool)
    : model_(std::move(model)), inverse_norms_(model_->size()) {
  const std::size_t d = dimensions();
  const bool shared = !model_->subwords && model_->input->floats() != nullptr;
  if (!shared) own_.resize(size() * d);
  values_ = shared ? model_->input->floats() : own_.data();
  pool.run((size() + kRowsAPart - 1) / kRowsAPart, [&](std::size_t part, int) {
    const std::size_t end = std::min((part + 1) * kRowsAPart, size());
    for (std::size_t row = part * kRowsAPart; row < end; ++row) {
      const auto id = static_cast<std::uint32_t>(row);
      if (!shared) model_->vector_of(id, own_.data() + row * d);
      const float square = kernels::dot(vector(id), vector(id), d);
      inverse_norms_[row] = square > 0.0F ? 1.0F / std::sqrt(square) : 0.0F;
    }
  });
}

float WordSpace::cosine(std::uint32_t a, std::uint32_t b) const {
  return kernels::dot(vector(a), vector(b), dimensions()) * inverse_norm(a) * inverse_norm(b);
}

void WordSpace::unit_vector(std::uint32_t id, float* out) const {
  const float* values = vector(id);
  for (std::size_t i = 0; i < dimensions(); ++i) out[i] = values[i] * inverse_norm(id);
}

std::vector<Neighbour> WordSpace::nearest(const float* query, std::size_t k, std::size_t limit,
                                          std::span<const std::uint32_t> excluded,
                                          ThreadPool& pool) const {
  const std::size_t d = dimensions();
  const float square = kernels::dot(query, query, d);
  const float scale = square > 0.0F ? 1.0F / std::sqrt(square) : 0.0F;
  return best_of_parts(searched(limit), k, excluded, pool, [&](std::uint32_t id) {
    return kernels::dot(vector(id), query, d) * scale * inverse_norm(id);
  });
}

std::vector<Neighbour> WordSpace::nearest_by_product(std::span<const float> queries,
                                                     std::size_t positive, std::size_t k,
                                                     std::size_t limit,
                                                     std::span<const std::uint32_t> excluded,
                                                     ThreadPool& pool) const {
  constexpr float kFloor = 1e-6F;
  const std::size_t d = dimensions();
  const std::size_t terms = queries.size() / d;
  return best_of_parts(searched(limit), k, excluded, pool, [&](std::uint32_t id) {
    float above = 1.0F;
    float below = 1.0F;
    for (std::size_t t = 0; t < terms; ++t) {
      const float cosine = kernels::dot(vector(id), queries.data() + t * d, d) * inverse_norm(id);
      (t < positive ? above : below) *= (1.0F + cosine) / 2.0F;
    }
    return above / (below + kFloor);
  });
}

std::vector<std::vector<Neighbour>> WordSpace::nearest_of(std::span<const std::uint32_t> words,
                                                          std::size_t k, ThreadPool& pool) const {
  const std::size_t d = dimensions();
  const auto threads = static_cast<std::size_t>(pool.threads());
  std::vector<std::vector<Neighbour>> found;
  found.reserve(words.size());
  for (std::size_t first = 0; first < words.size(); first += kQueryBlock) {
    const auto block = words.subspan(first, std::min(kQueryBlock, words.size() - first));
    const kernels::PackedMatrix packed =
        kernels::PackedMatrix::pack(block.size(), d, kernels::WeightType::fp32, false,
                                    [&](std::size_t q, float* out) { unit_vector(block[q], out); });
    std::vector<std::vector<BestWords>> best(threads,
                                             std::vector<BestWords>(block.size(), BestWords(k)));
    pool.run((size() + kRowBlock - 1) / kRowBlock, [&](std::size_t part, int thread) {
      thread_local std::vector<float> products;
      products.resize(kRowBlock * kQueryBlock);
      ThreadPool serial(1);
      const std::size_t begin = part * kRowBlock;
      const std::size_t rows = std::min(kRowBlock, size() - begin);
      kernels::matmul(values_ + begin * d, rows, d, packed, {}, products.data(), block.size(),
                      serial);
      std::vector<BestWords>& mine = best[static_cast<std::size_t>(thread)];
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t q = 0; q < block.size(); ++q) {
          const float score = products[r * block.size() + q] * inverse_norms_[begin + r];
          if (score >= mine[q].threshold() && block[q] != begin + r)
            mine[q].offer(static_cast<std::uint32_t>(begin + r), score);
        }
    });
    for (std::size_t q = 0; q < block.size(); ++q) {
      for (std::size_t t = 1; t < threads; ++t) best[0][q].merge(best[t][q]);
      found.push_back(best[0][q].sorted());
    }
  }
  return found;
}

}  // namespace kindred::static_vectors
