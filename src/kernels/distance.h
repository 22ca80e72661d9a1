// Inner product and squared Euclidean distance of two vectors. Tested by distance_test.cc.
#pragma once

#include <cstddef>

#include "base/cpu.h"

namespace kindred::kernels {

/// Σ aᵢ bᵢ over n values, in one fixed order for an instruction set.
float dot(const float* a, const float* b, std::size_t n, Isa isa = best_isa());

/// Σ (aᵢ - bᵢ)².
float squared_l2(const float* a, const float* b, std::size_t n, Isa isa = best_isa());

}  // namespace kindred::kernels
