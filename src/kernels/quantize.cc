// Output quantisation, in the arithmetic of NumPy on float32.
#include "kernels/quantize.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kindred::kernels {
namespace {

/// Calls store(index, level) with each value's level 0 … 255; NaN counts as 0.
template <typename Store>
void levels(const float* x, std::size_t m, std::size_t dimensions, const ValueRanges& ranges,
            const Store& store) {
  if (ranges.minimum.size() != dimensions || ranges.maximum.size() != dimensions)
    fail(ErrorKind::bad_input,
         "quantisation ranges have {} dimensions but the vectors {}: calibrate with vectors of the "
         "same model and dimensions",
         ranges.minimum.size(), dimensions);
  std::vector<float> steps(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    const float step = (ranges.maximum[d] - ranges.minimum[d]) / 255.0F;
    steps[d] = step == 0.0F ? 1.0F : step;
  }
  for (std::size_t r = 0; r < m; ++r) {
    for (std::size_t d = 0; d < dimensions; ++d) {
      const std::size_t i = r * dimensions + d;
      const float level = std::floor((x[i] - ranges.minimum[d]) / steps[d]);
      store(i, level >= 255.0F ? 255 : level > 0.0F ? static_cast<int>(level) : 0);
    }
  }
}

template <typename Store>
void bits(const float* x, std::size_t m, std::size_t dimensions, const Store& store) {
  const std::size_t bytes = binary_bytes(dimensions);
  for (std::size_t r = 0; r < m; ++r) {
    for (std::size_t b = 0; b < bytes; ++b) {
      unsigned byte = 0;
      for (std::size_t d = 8 * b; d < std::min(8 * b + 8, dimensions); ++d)
        byte |= (x[r * dimensions + d] > 0.0F ? 0x80U : 0U) >> (d % 8);
      store(r * bytes + b, static_cast<int>(byte));
    }
  }
}

}  // namespace

ValueRanges ValueRanges::of(const float* x, std::size_t m, std::size_t dimensions) {
  if (m == 0)
    fail(ErrorKind::bad_input, "quantisation ranges need at least one vector to calibrate with");
  ValueRanges ranges{{x, x + dimensions}, {x, x + dimensions}};
  for (std::size_t r = 1; r < m; ++r) {
    for (std::size_t d = 0; d < dimensions; ++d) {
      ranges.minimum[d] = std::min(ranges.minimum[d], x[r * dimensions + d]);
      ranges.maximum[d] = std::max(ranges.maximum[d], x[r * dimensions + d]);
    }
  }
  return ranges;
}

void quantize_uint8(const float* x, std::size_t m, std::size_t dimensions,
                    const ValueRanges& ranges, std::uint8_t* out) {
  levels(x, m, dimensions, ranges,
         [out](std::size_t i, int level) { out[i] = static_cast<std::uint8_t>(level); });
}

void quantize_int8(const float* x, std::size_t m, std::size_t dimensions, const ValueRanges& ranges,
                   std::int8_t* out) {
  levels(x, m, dimensions, ranges,
         [out](std::size_t i, int level) { out[i] = static_cast<std::int8_t>(level - 128); });
}

void quantize_ubinary(const float* x, std::size_t m, std::size_t dimensions, std::uint8_t* out) {
  bits(x, m, dimensions,
       [out](std::size_t i, int byte) { out[i] = static_cast<std::uint8_t>(byte); });
}

void quantize_binary(const float* x, std::size_t m, std::size_t dimensions, std::int8_t* out) {
  bits(x, m, dimensions,
       [out](std::size_t i, int byte) { out[i] = static_cast<std::int8_t>(byte - 128); });
}

}  // namespace kindred::kernels
