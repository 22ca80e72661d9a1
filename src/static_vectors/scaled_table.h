// Vectors as bytes with one scale a row. Tested by scaled_table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "static_vectors/row_table.h"

namespace kindred::static_vectors {

/// A value is its byte × the scale of its row.
class ScaledTable final : public RowTable {
 public:
  /// `codes`: rows × columns; `scales`: a row. Errors: internal where sizes do not fit.
  ScaledTable(std::size_t rows, std::size_t columns, std::vector<std::int8_t> codes,
              std::vector<float> scales);
  /// Each row scaled so that its largest value by magnitude becomes ±127, values rounded to the
  /// nearest. `values`: rows × columns. Errors: bad_input for values that are not finite.
  static ScaledTable of(const float* values, std::size_t rows, std::size_t columns);

  void read_row(std::size_t row, float* out) const override;
  void add_row(std::size_t row, float weight, float* out) const override;
  float dot_row(std::size_t row, const float* x) const override;
  std::uint64_t bytes() const noexcept override { return codes_.size() + scales_.size() * 4; }

  const std::vector<std::int8_t>& codes() const noexcept { return codes_; }
  const std::vector<float>& scales() const noexcept { return scales_; }

 private:
  std::vector<std::int8_t> codes_;
  std::vector<float> scales_;
};

}  // namespace kindred::static_vectors
