// From the vectors of a sequence's tokens to one vector. Tested by pooling_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kindred::kernels {

/// As sentence-transformers defines them. A sequence's counted tokens are those behind its excluded
/// ones.
enum class Pooling {
  cls,       ///< the first counted token, or the first where none is counted
  max,       ///< per dimension
  mean,      ///< sum / max(count, 1e-9)
  sqrt,      ///< sum / sqrt(max(count, 1e-9))
  weighted,  ///< weighted mean; token i of the whole sequence weighs i + 1
  last,      ///< the last counted token
  given,     ///< weighted mean with the token weights of the input
};

struct PoolingInput {
  const float* tokens = nullptr;  ///< T × dimensions, row-major
  std::size_t dimensions = 0;
  std::span<const std::uint32_t> offsets;  ///< B + 1
  /// B entries or empty: the first excluded[b] tokens (the prompt's) are not counted.
  std::span<const std::uint32_t> excluded;
  std::span<const float>
      weights;  ///< T values for `given`, not negative; a token of weight 0 is not counted
};

/// Writes B rows of `dimensions` values with stride ldo. Weighted means divide by max(Σ weights,
/// 1e-9). A sequence without counted tokens gives zeros.
void pool_rows(const PoolingInput& input, Pooling pooling, float* out, std::size_t ldo);

}  // namespace kindred::kernels
