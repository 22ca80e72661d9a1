// The sum of some rows of a table: what makes a text's vector of its words'. Tested by
// row_sum_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace kindred::kernels {

/// out[j] = Σ weights[i] · table[rows[i] · columns + j] over `count` rows, in their order; zeros
/// for none. `weights`: `count` values, or null where each is 1.
void row_sum(const float* table, std::size_t columns, const std::uint32_t* rows,
             const float* weights, std::size_t count, float* out, Isa isa = best_isa());

}  // namespace kindred::kernels
