// The matrices that training changes. Tested by parameters_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/random.h"

namespace kindred::static_vectors {

/// Rows of floats for reading and writing at random: each starts a cache line and is padded to
/// kernels::kRowAlign values with zeros; huge pages where the system has them, since every row is
/// another page otherwise.
///
/// Threads: rows may be read and written by several at once; who needs more must see to it.
class Parameters {
 public:
  /// All zeros. Errors: exhausted.
  Parameters(std::size_t rows, std::size_t columns);
  ~Parameters();
  Parameters(Parameters&& other) noexcept;
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }
  std::size_t width() const noexcept { return width_; }  ///< of a row with its padding
  float* row(std::size_t i) noexcept { return values_ + i * width_; }
  const float* row(std::size_t i) const noexcept { return values_ + i * width_; }
  /// All rows with their padding.
  float* data() noexcept { return values_; }
  const float* data() const noexcept { return values_; }
  std::size_t size() const noexcept { return rows_ * width_; }

  /// Values in (-bound, bound), the same for a seed.
  void fill_uniform(float bound, const Random& random);

  /// Asks for the row's cache lines.
  void prefetch(std::size_t i) const noexcept {
    const float* p = row(i);
    for (std::size_t k = 0; k < width_; k += 16) __builtin_prefetch(p + k, 1, 2);
  }

 private:
  std::size_t rows_;
  std::size_t columns_;
  std::size_t width_;
  float* values_ = nullptr;
};

}  // namespace kindred::static_vectors
