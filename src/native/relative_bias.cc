#include "native/relative_bias.h"

#include "model/executor.h"

namespace kindred::native {

std::vector<float> expand_relative_bias(const io::TensorView& table, std::size_t max_distance,
                                        std::size_t span) {
  const std::size_t buckets = table.rows(), heads = table.columns();
  const std::vector<float> values = table.to_floats();
  const std::size_t width = 2 * span - 1;
  std::vector<float> bias(heads * width);
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t bucket = model::relative_bucket(
        static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(span - 1), buckets,
        max_distance);
    for (std::size_t h = 0; h < heads; ++h) bias[h * width + i] = values[bucket * heads + h];
  }
  return bias;
}

}  // namespace kindred::native
