// A query as the codes of an ivf segment want it. Internal; tested by segment_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/rabitq.h"
#include "index/rotation.h"

namespace kindred::index {

/// Rotated, with the mean of the data as origin. Its memory is kept from query to query.
///
/// Threads: one at a time.
struct IvfQuery {
  const float* original = nullptr;   ///< dimension values
  std::vector<float> rotated;        ///< z, padded values
  std::vector<std::uint8_t> tables;  ///< of code_scan.h
  float table_offset = 0.0F, table_step = 0.0F;
  std::vector<std::int8_t> eight_bit;  ///< z for the second codes
  RefineQuery refine;
  float squared_norm = 0.0F;   ///< |z|²
  float original_norm = 0.0F;  ///< |q|
  float mean_product = 0.0F;   ///< ⟨q, m⟩

  /// `refine_bits`: 0 without second codes.
  void prepare(const float* query, const std::vector<float>& mean, const Rotation& rotation,
               unsigned refine_bits);

 private:
  std::vector<float> centred_;
};

}  // namespace kindred::index
