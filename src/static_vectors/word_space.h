// The vectors of a model's words, ready to be compared. Tested by word_space_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

struct Neighbour {
  std::uint32_t id = 0;
  float score = 0.0F;
};

/// The best `k` of what is offered, ties by the lower id. NaN is worse than anything.
class BestWords {
 public:
  explicit BestWords(std::size_t k) : k_(k) {}
  /// What a score must exceed to matter.
  float threshold() const noexcept { return threshold_; }
  void offer(std::uint32_t id, float score);
  void merge(const BestWords& other);
  std::vector<Neighbour> sorted() const;

 private:
  std::size_t k_;
  float threshold_ = -kInfinity;
  std::vector<Neighbour> heap_;
  static constexpr float kInfinity = __builtin_inff();
};

/// A vector for each word of the vocabulary, [size, d]: the model's own values where it has float32
/// of words alone, else a copy with the n-grams added up; and the words' lengths.
///
/// Threads: immutable; const methods may run concurrently.
class WordSpace {
 public:
  WordSpace(std::shared_ptr<const StaticModel> model, ThreadPool& pool);

  const StaticModel& model() const noexcept { return *model_; }
  std::size_t size() const noexcept { return model_->size(); }
  std::size_t dimensions() const noexcept { return model_->dimensions(); }
  const float* vector(std::uint32_t id) const noexcept { return values_ + id * dimensions(); }
  /// 1 / |vector|; 0 of a vector of zeros, whose cosine with all is 0 then.
  float inverse_norm(std::uint32_t id) const noexcept { return inverse_norms_[id]; }
  float cosine(std::uint32_t a, std::uint32_t b) const;

  /// The `k` words of the highest cosine among the first `limit` (0: all), without the `excluded`
  /// ones. `query` has d values.
  std::vector<Neighbour> nearest(const float* query, std::size_t k, std::size_t limit,
                                 std::span<const std::uint32_t> excluded, ThreadPool& pool) const;

  /// By 3CosMul: Π (1 + cos) / 2 of the positive queries over that of the negative ones + 1e-6.
  /// `queries`: (positive + negative) × d, unit vectors, the positive ones first.
  std::vector<Neighbour> nearest_by_product(std::span<const float> queries, std::size_t positive,
                                            std::size_t k, std::size_t limit,
                                            std::span<const std::uint32_t> excluded,
                                            ThreadPool& pool) const;

  /// The same as `nearest` of many words, without each itself, as matrix products. Another order
  /// of summation: a score may differ from `nearest` by rounding.
  std::vector<std::vector<Neighbour>> nearest_of(std::span<const std::uint32_t> words,
                                                 std::size_t k, ThreadPool& pool) const;

  /// `out` (d values) becomes the word's vector of length 1, or zeros.
  void unit_vector(std::uint32_t id, float* out) const;

 private:
  std::size_t searched(std::size_t limit) const noexcept {
    return limit == 0 || limit > size() ? size() : limit;
  }

  std::shared_ptr<const StaticModel> model_;
  std::vector<float> own_;
  const float* values_ = nullptr;
  std::vector<float> inverse_norms_;
};

}  // namespace kindred::static_vectors
