// Rotary position embedding. Tested by rope_test.cc.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kindred::kernels {

/// cos and sin of every position's angles: `positions` × `half` each, where 2 · half leading values
/// of a head are rotated. An angle is the float32 product position · frequency, as the reference
/// implementations round it; `factor` multiplies both tables (YaRN).
struct RopeTable {
  std::size_t half = 0;
  std::size_t positions = 0;
  std::vector<float> cos, sin;

  static RopeTable make(std::span<const float> inverse_frequencies, float factor,
                        std::size_t positions);
};

enum class RopePairs {
  halves,       ///< values i and i + half turn together (Hugging Face)
  interleaved,  ///< values 2i and 2i + 1 turn together (GGUF's Llama)
};

/// Turns `heads` contiguous heads of one token in place.
void rope(const RopeTable& table, std::size_t position, RopePairs pairs, float* x,
          std::size_t heads, std::size_t head_dim);

}  // namespace kindred::kernels
