// Which numbers of a column lie in an interval. Tested by number_scan_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace kindred::kernels {

/// Sets bit i of `words` (bit 0 lowest in the first word) where low ≤ values[i] ≤ high; NaN is in
/// no interval. Other bits stay. `words` holds (count + 63) / 64 words.
void scan_range(const std::int32_t* values, std::size_t count, std::int32_t low, std::int32_t high,
                std::uint64_t* words, Isa isa = best_isa());
void scan_range(const double* values, std::size_t count, double low, double high,
                std::uint64_t* words, Isa isa = best_isa());

}  // namespace kindred::kernels
