#include "kernels/refine_code.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace kindred::kernels {
namespace {

TEST(RefineCode, UnpacksWhatWasPackedAndMultipliesExactlyOnEveryInstructionSet) {
  Random random(7);
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const std::size_t n : {64, 128, 192, 768, 4096}) {
      std::vector<std::uint8_t> values(n), unpacked(n);
      std::vector<std::int8_t> query(n);
      for (std::uint8_t& v : values) v = static_cast<std::uint8_t>(random.below(1U << bits));
      for (std::int8_t& q : query) q = static_cast<std::int8_t>(random.below(255));
      for (std::int8_t& q : query) q = q == -128 ? std::int8_t{-127} : q;
      std::vector<std::byte> code(refine_code_bytes(n, bits));
      pack_refine_code(values.data(), n, bits, code.data());
      unpack_refine_code(code.data(), n, bits, unpacked.data());
      EXPECT_EQ(unpacked, values) << bits;
      std::int32_t expected = 0;
      for (std::size_t i = 0; i < n; ++i) expected += values[i] * query[i];
      for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
        if (!can_run(isa)) continue;
        EXPECT_EQ(refine_product(bits, isa)(code.data(), query.data(), n), expected)
            << to_string(isa) << " " << bits << " " << n;
      }
    }
}

TEST(RefineCode, LargestProductsDoNotSaturate) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const int sign : {1, -1}) {
      const std::size_t n = 4096;
      const std::vector<std::uint8_t> values(n, static_cast<std::uint8_t>((1U << bits) - 1));
      const std::vector<std::int8_t> query(n, static_cast<std::int8_t>(sign * 127));
      std::vector<std::byte> code(refine_code_bytes(n, bits));
      pack_refine_code(values.data(), n, bits, code.data());
      for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
        if (!can_run(isa)) continue;
        EXPECT_EQ(refine_product(bits, isa)(code.data(), query.data(), n),
                  sign * 127 * 4096 * ((1 << bits) - 1));
      }
    }
}

}  // namespace
}  // namespace kindred::kernels
