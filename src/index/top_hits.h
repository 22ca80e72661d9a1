// The best k hits of those offered. Tested by exact_search_test.cc.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "index/segment.h"

namespace kindred::index {

/// The order of results: higher scores first, then lower rows. A function object: algorithms inline
/// it.
struct Better {
  bool operator()(const Hit& a, const Hit& b) const noexcept {
    return a.score > b.score || (a.score == b.score && a.row < b.row);
  }
};

/// Threads: one at a time.
class TopHits {
 public:
  explicit TopHits(std::size_t k = 0) : k_(k) {}

  /// Forgets all hits.
  void reset(std::size_t k) {
    k_ = k;
    heap_.clear();
  }
  bool full() const noexcept { return heap_.size() >= k_; }
  /// What a hit must reach to enter: the worst score kept once there are k, else minus infinity.
  float threshold() const noexcept {
    return full() && k_ > 0 ? heap_.front().score : -std::numeric_limits<float>::infinity();
  }
  void offer(float score, std::uint32_t row) {
    const Hit hit{std::isnan(score) ? -std::numeric_limits<float>::infinity() : score, row};
    if (heap_.size() < k_) {
      heap_.push_back(hit);
      std::push_heap(heap_.begin(), heap_.end(), Better());
    } else if (k_ > 0 && Better()(hit, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), Better());
      heap_.back() = hit;
      std::push_heap(heap_.begin(), heap_.end(), Better());
    }
  }
  /// In no order.
  const std::vector<Hit>& hits() const noexcept { return heap_; }
  /// Writes the hits, best first, and gives their number.
  std::size_t take(Hit* out) {
    std::sort(heap_.begin(), heap_.end(), Better());
    std::copy(heap_.begin(), heap_.end(), out);
    const std::size_t count = heap_.size();
    heap_.clear();
    return count;
  }

 private:
  std::size_t k_;
  std::vector<Hit> heap_;  // the worst in front
};

}  // namespace kindred::index
