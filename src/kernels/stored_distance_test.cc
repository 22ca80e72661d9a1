#include "kernels/stored_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/random.h"

namespace kindred::kernels {
namespace {

constexpr StoredType kTypes[] = {StoredType::float32, StoredType::float16, StoredType::bfloat16,
                                 StoredType::int8};

/// A stored vector of exactly its size (so that a sanitizer sees reads past it), of random bits
/// whose values are finite.
std::vector<std::byte> random_stored(StoredType type, std::size_t n, Random& random) {
  std::vector<std::byte> stored(stored_bytes(type, n));
  const auto put = [&](std::size_t at, auto value) {
    std::memcpy(stored.data() + at, &value, sizeof(value));
  };
  if (type == StoredType::int8) put(0, 0.013F);
  for (std::size_t i = 0; i < n; ++i) {
    if (type == StoredType::float32) put(4 * i, static_cast<float>(random.normal()));
    // Below the exponents of large values; subnormals of float16 come with them.
    if (type == StoredType::float16)
      put(2 * i, static_cast<std::uint16_t>(random.below(0x4400) | random.below(2) << 15));
    if (type == StoredType::bfloat16)
      put(2 * i, static_cast<std::uint16_t>(random.below(0x4080) | random.below(2) << 15));
    if (type == StoredType::int8) put(4 + i, static_cast<std::int8_t>(random.below(256)));
  }
  return stored;
}

TEST(StoredDistance, EveryTypeAndInstructionSetAgreesWithDoublePrecision) {
  Random random(13);
  for (const StoredType type : kTypes)
    for (const std::size_t n : {1, 2, 7, 8, 15, 16, 17, 33, 64, 100, 384, 1001}) {
      const std::vector<std::byte> stored = random_stored(type, n, random);
      std::vector<float> query(n), values(n);
      for (float& q : query) q = static_cast<float>(random.normal());
      widen_stored(type, Isa::scalar)(stored.data(), n, values.data());
      double dot = 0.0, l2 = 0.0;
      for (std::size_t i = 0; i < n; ++i) {
        dot += static_cast<double>(values[i]) * query[i];
        l2 += std::pow(static_cast<double>(values[i]) - query[i], 2);
      }
      for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
        if (!can_run(isa)) continue;
        std::vector<float> widened(n);
        widen_stored(type, isa)(stored.data(), n, widened.data());
        EXPECT_EQ(widened, values) << to_string(isa) << n;
        EXPECT_NEAR(stored_dot(type, isa)(stored.data(), query.data(), n), dot, 1e-3)
            << to_string(isa) << n;
        EXPECT_NEAR(stored_squared_l2(type, isa)(stored.data(), query.data(), n), l2, 1e-5 * l2)
            << to_string(isa) << n;
      }
    }
}

TEST(StoredDistance, WidensKnownValues) {
  const std::uint16_t halves[] = {0x3C00, 0xC000, 0x0001, 0x7BFF};
  const float of_halves[] = {1.0F, -2.0F, 0x1.0p-24F, 65504.0F};
  const std::uint16_t bfloats[] = {0x3F80, 0xC000, 0x4049, 0x0000};
  const float of_bfloats[] = {1.0F, -2.0F, 3.140625F, 0.0F};
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (!can_run(isa)) continue;
    std::vector<float> out(4);
    widen_stored(StoredType::float16, isa)(halves, 4, out.data());
    EXPECT_EQ(out, std::vector<float>(of_halves, of_halves + 4));
    widen_stored(StoredType::bfloat16, isa)(bfloats, 4, out.data());
    EXPECT_EQ(out, std::vector<float>(of_bfloats, of_bfloats + 4));
  }
}

}  // namespace
}  // namespace kindred::kernels
