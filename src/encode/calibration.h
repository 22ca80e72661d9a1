// The ranges by which vectors become int8 or uint8: made once from a sample, stored, used for every
// vector of an index. Tested by calibration_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/quantize.h"

namespace kindred::encode {

/// The smallest and largest value of each dimension over `rows` vectors of one encoder.
///
/// File: one JSON object: "kindred_calibration": 1 (the version), "fingerprint", "rows", "min" and
/// "max" (arrays of one number a dimension).
struct Calibration {
  std::string fingerprint;  ///< of the encoder whose vectors were seen
  std::uint64_t rows = 0;
  kernels::ValueRanges ranges;

  std::size_t dimensions() const noexcept { return ranges.minimum.size(); }

  /// Widens the ranges by rows of `dimensions()` values (of the first call: of any number).
  void observe(std::span<const float> values, std::size_t dimensions);

  /// What makes the ranges doubtful for other texts, a sentence each: few rows, dimensions that
  /// never varied. Empty where nothing does.
  std::vector<std::string> doubts() const;

  /// Errors: not_found; corrupt; unsupported for a newer version.
  static Calibration load(const std::string& path);
  /// Writes atomically. Errors: bad_input when no row was observed.
  void save(const std::string& path) const;
  /// Errors: bad_input when it was made with another encoder, with both fingerprints.
  void check_maker(const std::string& encoder_fingerprint, const std::string& path) const;
};

}  // namespace kindred::encode
