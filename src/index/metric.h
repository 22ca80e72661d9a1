// What "near" means in a collection.
#pragma once

#include <cstdint>

namespace kindred::index {

/// A score is larger for nearer, whatever the metric.
enum class Metric : std::uint8_t {
  cosine = 0,         ///< score: the cosine; vectors are normalised when they are added
  inner_product = 1,  ///< score: Σ aᵢ bᵢ
  euclidean = 2,      ///< score: -Σ (aᵢ - bᵢ)², minus the squared distance
};

}  // namespace kindred::index
