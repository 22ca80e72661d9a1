#include "index/centroid_candidates.h"

#include <algorithm>

#include "kernels/distance.h"

namespace kindred::index {
namespace {

/// A second is chosen from so many.
constexpr std::size_t kSecondOf = 8;
/// Products that are passed over together when none of them is large enough.
constexpr std::size_t kChunk = 128;

float largest_of(const float* values, std::size_t count) {
  // Eight maxima side by side do not wait for one another.
  constexpr std::size_t kSide = 8;
  float side[kSide];
  std::fill_n(side, kSide, values[0]);
  std::size_t at = 0;
  for (; at + kSide <= count; at += kSide)
    for (std::size_t j = 0; j < kSide; ++j) side[j] = std::max(side[j], values[at + j]);
  for (; at < count; ++at) side[0] = std::max(side[0], values[at]);
  return *std::max_element(side, side + kSide);
}

}  // namespace

void CentroidCandidates::clear(float margin, bool second) {
  margin_ = margin;
  cut_ = best_ = kNothing;
  largest_.assign(second ? kSecondOf : 0, kNothing);
  near_.clear();
}

void CentroidCandidates::offer(const float* products, std::size_t count, std::size_t first) {
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t end = std::min(begin + kChunk, count);
    const float largest = largest_of(products + begin, end - begin);
    if (largest < cut_) continue;
    best_ = std::max(best_, largest);
    set_cut();
    for (std::size_t i = begin; i < end; ++i) {
      if (!(products[i] >= cut_)) continue;
      near_.push_back({products[i], static_cast<std::uint32_t>(first + i)});
      keep(products[i]);
    }
  }
}

void CentroidCandidates::keep(float value) {
  if (largest_.empty() || value <= largest_.back()) return;
  largest_.back() = value;
  for (std::size_t i = largest_.size() - 1; i > 0 && largest_[i] > largest_[i - 1]; --i)
    std::swap(largest_[i], largest_[i - 1]);
  set_cut();
}

void CentroidCandidates::set_cut() {
  cut_ = best_ - margin_;
  if (!largest_.empty()) cut_ = std::min(cut_, largest_.back());
}

std::uint32_t CentroidCandidates::nearest(const float* vector,
                                          const std::vector<float>& centroids) const {
  std::uint32_t chosen = 0;  // kept for NaN only
  float least = std::numeric_limits<float>::infinity();
  for (const Product& p : near_) {
    if (!(p.value >= best_ - margin_)) continue;
    const float* c = centroids.data() + p.centroid * dimension_;
    const float distance = margin_ > 0.0F ? kernels::squared_l2(vector, c, dimension_) : -p.value;
    if (distance > least || (distance == least && p.centroid > chosen)) continue;
    least = distance;
    chosen = p.centroid;
  }
  return chosen;
}

std::uint32_t CentroidCandidates::second(const float* vector, std::uint32_t nearest,
                                         const std::vector<float>& centroids) const {
  const float* g = centroids.data() + nearest * dimension_;
  const float residual = kernels::squared_l2(vector, g, dimension_);
  std::uint32_t chosen = nearest;
  float least = std::numeric_limits<float>::infinity();
  for (const Product& p : near_) {
    if (p.centroid == nearest || !(p.value >= cut_)) continue;
    const float* c = centroids.data() + p.centroid * dimension_;
    const float distance = kernels::squared_l2(vector, c, dimension_);
    // ⟨x - g, x - c⟩, from the sides of the triangle.
    const float along = 0.5F * (residual + distance - kernels::squared_l2(g, c, dimension_));
    const float loss = distance + (residual > 0.0F ? along * along / residual : 0.0F);
    if (loss > least || (loss == least && p.centroid > chosen)) continue;
    least = loss;
    chosen = p.centroid;
  }
  return chosen;
}

}  // namespace kindred::index
