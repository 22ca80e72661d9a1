#include "kernels/number_scan.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/random.h"

namespace kindred::kernels {
namespace {

template <typename T>
void expect_right(const std::vector<T>& values, T low, T high) {
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (!can_run(isa)) continue;
    std::vector<std::uint64_t> words((values.size() + 63) / 64,
                                     0x10);  // bit 4 stays whatever it is
    scan_range(values.data(), values.size(), low, high, words.data(), isa);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool expected = (values[i] >= low && values[i] <= high) || i % 64 == 4;
      ASSERT_EQ(words[i / 64] >> (i % 64) & 1, expected ? 1 : 0) << to_string(isa) << " " << i;
    }
  }
}

TEST(NumberScan, EveryVariantFindsTheInterval) {
  Random random(11);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const std::size_t count : {1, 63, 64, 65, 200, 1000}) {
    std::vector<std::int32_t> integers(count);
    std::vector<double> reals(count);
    for (std::size_t i = 0; i < count; ++i) {
      integers[i] = static_cast<std::int32_t>(random.below(21)) - 10;
      reals[i] = integers[i] / 4.0;
      if (random.below(10) == 0) {
        integers[i] = std::numeric_limits<std::int32_t>::min();
        reals[i] = std::numeric_limits<double>::quiet_NaN();
      }
    }
    expect_right<std::int32_t>(integers, -3, 5);
    expect_right<std::int32_t>(integers, 5, -3);
    expect_right<std::int32_t>(integers, std::numeric_limits<std::int32_t>::min() + 1,
                               std::numeric_limits<std::int32_t>::max());
    expect_right<double>(reals, -0.75, 1.25);
    expect_right<double>(reals, -kInfinity, kInfinity);
  }
}

}  // namespace
}  // namespace kindred::kernels
