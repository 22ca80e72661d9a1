// Products between rows that lie anywhere in memory: the arithmetic of training word vectors.
// Tested by row_products_test.cc.
#pragma once

#include <cstddef>

#include "base/cpu.h"

namespace kindred::kernels {

/// Rows are padded to a multiple of this many values; what is behind a vector's end is zero and
/// stays so.
inline constexpr std::size_t kRowAlign = 16;

inline constexpr std::size_t padded_width(std::size_t columns) {
  return (columns + kRowAlign - 1) / kRowAlign * kRowAlign;
}

/// Coefficients of a product: that of rows i and j is at [i × row + j × column].
struct Coefficients {
  const float* values;
  std::size_t row;
  std::size_t column;
};

/// A list of rows, each of `width` values (a multiple of kRowAlign).
struct Rows {
  const float* const* rows;
  std::size_t count;
};

/// The three steps of a small batch. Rows may be written by other threads meanwhile (as in Hogwild,
/// Niu et al., 2011): what is read may then be a mixture, which the method is known to bear.
///
/// Threads: any.
struct RowProducts {
  /// products[i × ld + j] = a[i] · b[j]
  void (*dots)(Rows a, Rows b, std::size_t width, float* products, std::size_t ld);
  /// to[i] += Σ_j g(i, j) b[j], row after row: a row may stand in `to` twice, but not in `b` too.
  void (*add_products)(Coefficients g, Rows b, float* const* to, std::size_t count,
                       std::size_t width);
  /// values[i] = weights[i] × (label − σ(values[i])): what is left to learn of n products, times a
  /// weight. σ is 1 / (1 + exp(−x)), not read from a table.
  void (*sigmoid_residuals)(float* values, const float* weights, float label, std::size_t n);
};

const RowProducts& row_products(Isa isa = best_isa());

}  // namespace kindred::kernels
