// RaBitQ codes: rows as signs, and as few bits a dimension, whose products with a query estimate
// the score without bias. Tested by rabitq_test.cc.
//
// After Gao and Long, "RaBitQ", SIGMOD 2024 (arXiv 2405.12497), and Gao et al., "Practical and
// asymptotically optimal quantization", SIGMOD 2025 (arXiv 2409.09913). A row's residual r to its
// list's centroid, rotated at random, is replaced by a vector y of small integers (or signs);
// ⟨r, v⟩ ≈ ⟨y, v⟩ · |r|² / ⟨y, r⟩ is then unbiased over rotations for any v, with a deviation of
// about |r| |v| √(1/cos² - 1) / √D, cos the cosine between y and r.
//
// Everything here is in the rotated space with the mean of the data as its origin: row x, centroid
// g, query z, residual r = x - g; v = z - g.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/metric.h"
#include "kernels/code_scan.h"
#include "kernels/refine_code.h"

namespace kindred::index {

/// What turns a product with a code into a score: base(list, query) + addend + scale · ⟨y, z⟩.
struct CodeFactors {
  float addend = 0.0F;
  float scale = 0.0F;  ///< never negative
};

/// The part of a row's score that its codes do not hold.
/// Euclidean: 0. Others: ⟨m, x - m⟩ in the space before rotation, m the mean of the data.
using RowConstant = float;

/// Threads: immutable.
class RabitqEncoder {
 public:
  /// `dimensions`: a multiple of 64. `refine_bits`: 0 (no second code) or 2 … 8.
  RabitqEncoder(std::size_t dimensions, Metric metric, unsigned refine_bits);

  /// Signs of `residual` (dimensions / 64 words).
  CodeFactors encode_signs(const float* residual, const float* centroid, RowConstant constant,
                           std::uint64_t* signs) const;
  /// The second code: `refine_bytes()` bytes, its factors in front.
  void encode_refine(const float* residual, const float* centroid, RowConstant constant,
                     std::byte* row) const;
  /// Bytes of a row's second code with its factors; 0 without one.
  std::size_t refine_bytes() const noexcept;

 private:
  std::size_t dimensions_;
  Metric metric_;
  unsigned refine_bits_;
};

/// One standard deviation of an estimate is this · scale of the row's signs · |z - g|.
/// For signs: √(1 - cos²) with cos² → 2/π. For the second code, whose scale differs, likewise in
/// terms of the signs' scale: the relative error of the best uniform quantiser of a normal
/// variable.
float sign_error(std::size_t dimensions) noexcept;
float refine_error(unsigned bits) noexcept;

/// A query for the second code: 8-bit values and what turns integer products into ⟨y, z⟩.
struct RefineQuery {
  float step = 0.0F;  ///< of the query's values
  float sum = 0.0F;   ///< of all of them, times `step`

  /// ⟨y, z⟩ from refine_code.h's product; its values are above y by half of the largest.
  float product(unsigned bits, float sum_of_products) const noexcept {
    return step * sum_of_products - 0.5F * (static_cast<float>(1U << bits) - 1.0F) * sum;
  }
};
/// Quantises a rotated query of `dimensions` values.
RefineQuery make_refine_query(const float* query, std::size_t dimensions, std::int8_t* values);

}  // namespace kindred::index
