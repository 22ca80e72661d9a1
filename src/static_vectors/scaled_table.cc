#include "static_vectors/scaled_table.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "io/finite.h"

namespace kindred::static_vectors {

ScaledTable::ScaledTable(std::size_t rows, std::size_t columns, std::vector<std::int8_t> codes,
                         std::vector<float> scales)
    : RowTable(rows, columns), codes_(std::move(codes)), scales_(std::move(scales)) {
  require(codes_.size() == rows * columns && scales_.size() == rows,
          "ScaledTable: codes or scales do not fit");
}

ScaledTable ScaledTable::of(const float* values, std::size_t rows, std::size_t columns) {
  constexpr float kMost = 127.0F;
  std::vector<std::int8_t> codes(rows * columns);
  std::vector<float> scales(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* from = values + row * columns;
    if (io::first_not_finite(from, columns) < columns)
      fail(ErrorKind::bad_input,
           "the vector of word {} has values that are NaN or infinite, which cannot be quantised; "
           "leave the word out",
           row + 1);
    float most = 0.0F;
    for (std::size_t i = 0; i < columns; ++i) most = std::max(most, std::fabs(from[i]));
    // So small a scale would be no normal number, and its inverse infinite.
    scales[row] = most < 1e-30F ? 0.0F : most / kMost;
    if (scales[row] == 0.0F) continue;
    for (std::size_t i = 0; i < columns; ++i)
      codes[row * columns + i] = static_cast<std::int8_t>(
          std::clamp(std::nearbyint(from[i] / scales[row]), -kMost, kMost));
  }
  return {rows, columns, std::move(codes), std::move(scales)};
}

void ScaledTable::read_row(std::size_t row, float* out) const {
  const std::int8_t* codes = codes_.data() + row * columns();
  for (std::size_t i = 0; i < columns(); ++i) out[i] = scales_[row] * static_cast<float>(codes[i]);
}

void ScaledTable::add_row(std::size_t row, float weight, float* out) const {
  const std::int8_t* codes = codes_.data() + row * columns();
  const float factor = weight * scales_[row];
  for (std::size_t i = 0; i < columns(); ++i) out[i] += factor * static_cast<float>(codes[i]);
}

float ScaledTable::dot_row(std::size_t row, const float* x) const {
  const std::int8_t* codes = codes_.data() + row * columns();
  float sum = 0.0F;
  for (std::size_t i = 0; i < columns(); ++i) sum += x[i] * static_cast<float>(codes[i]);
  return sum * scales_[row];
}

}  // namespace kindred::static_vectors
