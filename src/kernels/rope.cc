// Rotary position embedding: plain loops, since it is a thousandth of a forward pass.
#include "kernels/rope.h"

#include <cmath>

#include "base/error.h"

namespace kindred::kernels {

RopeTable RopeTable::make(std::span<const float> inverse_frequencies, float factor,
                          std::size_t positions) {
  RopeTable table;
  table.half = inverse_frequencies.size();
  table.positions = positions;
  table.cos.reserve(positions * table.half);
  table.sin.reserve(positions * table.half);
  for (std::size_t p = 0; p < positions; ++p) {
    for (const float frequency : inverse_frequencies) {
      const float angle = static_cast<float>(p) * frequency;
      table.cos.push_back(static_cast<float>(std::cos(static_cast<double>(angle))) * factor);
      table.sin.push_back(static_cast<float>(std::sin(static_cast<double>(angle))) * factor);
    }
  }
  return table;
}

void rope(const RopeTable& table, std::size_t position, RopePairs pairs, float* x,
          std::size_t heads, std::size_t head_dim) {
  require(position < table.positions && 2 * table.half <= head_dim, "rope: outside the table");
  const float* cos = table.cos.data() + position * table.half;
  const float* sin = table.sin.data() + position * table.half;
  const bool halves = pairs == RopePairs::halves;
  const std::size_t step = halves ? 1 : 2;
  const std::size_t partner = halves ? table.half : 1;
  for (std::size_t h = 0; h < heads; ++h, x += head_dim) {
    for (std::size_t i = 0; i < table.half; ++i) {
      const float a = x[i * step];
      const float b = x[i * step + partner];
      x[i * step] = a * cos[i] - b * sin[i];
      x[i * step + partner] = b * cos[i] + a * sin[i];
    }
  }
}

}  // namespace kindred::kernels
