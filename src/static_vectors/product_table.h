// Vectors as codes of product quantisation (Jégou et al., 2011), laid out as fastText's quantised
// models have them (Joulin et al., 2016). Tested by product_table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "static_vectors/row_table.h"

namespace kindred::static_vectors {

/// 256 centroids for each part of a vector. All parts have `part` dimensions but the last, which
/// has the rest.
struct Codebooks {
  static constexpr std::size_t kCentroids = 256;

  std::size_t dimensions = 0;
  std::size_t part = 0;
  /// Part after part, each its centroids row-major: 256 × dimensions values.
  std::vector<float> centroids;

  std::size_t parts() const noexcept { return (dimensions + part - 1) / part; }
  std::size_t width(std::size_t p) const noexcept {
    return p + 1 < parts() ? part : dimensions - p * part;
  }
  const float* centroid(std::size_t p, std::uint8_t code) const noexcept {
    return centroids.data() + p * kCentroids * part + code * width(p);
  }
};

/// A byte a part and row; with `norms`, the codes are of unit vectors and a further byte a row is
/// its length.
class ProductTable final : public RowTable {
 public:
  struct Norms {
    Codebooks books;                  ///< of one dimension
    std::vector<std::uint8_t> codes;  ///< a row
  };

  /// `codes`: rows × books.parts(). Errors: internal where sizes do not fit.
  ProductTable(std::size_t rows, Codebooks books, std::vector<std::uint8_t> codes,
               std::optional<Norms> norms);

  void read_row(std::size_t row, float* out) const override;
  void add_row(std::size_t row, float weight, float* out) const override;
  float dot_row(std::size_t row, const float* x) const override;
  std::uint64_t bytes() const noexcept override;

  const Codebooks& books() const noexcept { return books_; }
  const std::vector<std::uint8_t>& codes() const noexcept { return codes_; }
  const std::optional<Norms>& norms() const noexcept { return norms_; }

 private:
  float norm(std::size_t row) const noexcept {
    return norms_ ? *norms_->books.centroid(0, norms_->codes[row]) : 1.0F;
  }

  Codebooks books_;
  std::vector<std::uint8_t> codes_;
  std::optional<Norms> norms_;
};

}  // namespace kindred::static_vectors
