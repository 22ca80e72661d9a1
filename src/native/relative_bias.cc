// The bucket formula is that of `transformers` in float32, rounding at the buckets' borders
// included.
#include "native/relative_bias.h"

#include <algorithm>
#include <cmath>

namespace kindred::native {

std::size_t relative_bucket(std::ptrdiff_t distance, std::size_t buckets,
                            std::size_t max_distance) {
  const std::size_t half = buckets / 2;
  const std::size_t exact = half / 2;
  const std::size_t later = distance > 0 ? half : 0;  // the key comes after the query
  const auto away = static_cast<std::size_t>(distance > 0 ? distance : -distance);
  if (away < exact) return later + away;
  const auto range =
      static_cast<float>(std::log(static_cast<double>(max_distance) / static_cast<double>(exact)));
  const float steps = std::log(static_cast<float>(away) / static_cast<float>(exact)) / range *
                      static_cast<float>(half - exact);
  return later + std::min(exact + static_cast<std::size_t>(steps), half - 1);
}

std::vector<float> expand_relative_bias(const io::TensorView& table, std::size_t max_distance,
                                        std::size_t span) {
  const std::size_t buckets = table.rows(), heads = table.columns();
  const std::vector<float> values = table.to_floats();
  const std::size_t width = 2 * span - 1;
  std::vector<float> bias(heads * width);
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t bucket =
        relative_bucket(static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(span - 1),
                        buckets, max_distance);
    for (std::size_t h = 0; h < heads; ++h) bias[h * width + i] = values[bucket * heads + h];
  }
  return bias;
}

}  // namespace kindred::native
