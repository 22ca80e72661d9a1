// A query as the codes of an ivf segment want it. Internal; tested by segment_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/aligned_bytes.h"
#include "index/rabitq.h"
#include "index/rotation.h"

namespace kindred::index {

/// Rotated, with the mean of the data as origin. Its memory is kept from query to query.
///
/// Threads: one at a time.
struct IvfQuery {
  const float* original = nullptr;  ///< dimension values
  std::vector<float> rotated;       ///< z, padded values
  float table_offset = 0.0F, table_step = 0.0F;
  std::vector<std::int8_t> eight_bit;  ///< z for codes of several bits
  RefineQuery refine;
  float squared_norm = 0.0F;   ///< |z|²
  float original_norm = 0.0F;  ///< |q|
  float mean_product = 0.0F;   ///< ⟨q, m⟩

  void prepare(const float* query, const std::vector<float>& mean, const Rotation& rotation);
  /// Of code_scan.h.
  const std::uint8_t* tables() const noexcept {
    return reinterpret_cast<const std::uint8_t*>(tables_.data());
  }

 private:
  std::vector<float> centred_;
  AlignedBytes tables_;
};

}  // namespace kindred::index
