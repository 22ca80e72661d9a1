#include "kernels/hadamard.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace kindred::kernels {
namespace {

TEST(Hadamard, MultipliesByTheMatrixWithTheSameBitsOnEveryInstructionSet) {
  Random random(11);
  for (std::size_t n = 64; n <= 4096; n *= 2) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(random.normal());
    std::vector<float> reference = x;
    hadamard(reference.data(), n, Isa::scalar);
    for (const std::size_t row : {std::size_t{0}, std::size_t{1}, n / 2 + 3, n - 1}) {
      double sum = 0.0;  // entry (row, i) is the parity of their common bits
      for (std::size_t i = 0; i < n; ++i) sum += std::popcount(row & i) % 2 == 0 ? x[i] : -x[i];
      EXPECT_NEAR(reference[row], sum / std::sqrt(static_cast<double>(n)), 1e-4);
    }
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
      if (!can_run(isa)) continue;
      std::vector<float> other = x;
      hadamard(other.data(), n, isa);
      EXPECT_EQ(other, reference) << to_string(isa) << n;
    }
  }
}

}  // namespace
}  // namespace kindred::kernels
