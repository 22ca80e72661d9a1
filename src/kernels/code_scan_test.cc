#include "kernels/code_scan.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

namespace kindred::kernels {
namespace {

struct Block {
  std::size_t dimensions;
  std::vector<std::uint64_t> signs;
  std::vector<float> addends, scales, query;
  std::vector<std::byte> bytes;

  Block(std::size_t n, std::size_t rows, Random& random)
      : dimensions(n), signs(rows * n / 64), addends(rows), scales(rows), query(n) {
    for (std::uint64_t& word : signs) word = random();
    for (float& x : addends) x = static_cast<float>(random.normal());
    for (float& x : scales) x = static_cast<float>(random.uniform());
    for (float& x : query) x = static_cast<float>(random.normal());
    bytes.resize(code_block_bytes(n));
    pack_code_block(signs.data(), addends.data(), scales.data(), rows, n, bytes.data());
  }
  double product(std::size_t row) const {
    double sum = 0.0;
    for (std::size_t d = 0; d < dimensions; ++d) {
      const bool positive = (signs[row * (dimensions / 64) + d / 64] >> (d % 64) & 1) != 0;
      sum += positive ? query[d] : -query[d];
    }
    return sum;
  }
};

TEST(CodeScan, EstimatesTheProductWithinTheTablesRounding) {
  Random random(1);
  for (const std::size_t n : {64, 192, 384, 1024, 1088, 4096}) {
    const Block block(n, kCodeBlock, random);
    std::vector<std::uint8_t> tables(4 * n);
    CodeQuery query{tables.data(), 0, 0, /*base=*/0.5F, 0, 0};
    make_code_tables(block.query.data(), n, tables.data(), &query.offset, &query.step, Isa::scalar);
    std::vector<float> scores(kCodeBlock);
    scan_code_block(Isa::scalar)(block.bytes.data(), n, query, scores.data());
    for (std::size_t row = 0; row < kCodeBlock; ++row) {
      const double exact = 0.5 + block.addends[row] + block.scales[row] * block.product(row);
      // Rounding of n / 4 table entries, each uniform within half a step: six standard deviations.
      const double error = 6.0 * query.step * std::sqrt(static_cast<double>(n) / 48.0) + 1e-3;
      EXPECT_NEAR(scores[row], exact, block.scales[row] * error) << n << " " << row;
    }
  }
}

TEST(CodeScan, EveryInstructionSetGivesTheSameBits) {
  Random random(2);
  for (const std::size_t n : {64, 128, 320, 768, 1024, 1088, 2112, 4096})
    for (const std::size_t rows : {1, 15, 16, 17, 31, 32}) {
      const Block block(n, rows, random);
      std::vector<std::uint8_t> expected_tables(4 * n);
      float offset, step;
      make_code_tables(block.query.data(), n, expected_tables.data(), &offset, &step, Isa::scalar);
      CodeQuery query{expected_tables.data(), offset, step, -0.25F, 0.75F, 0.125F};
      std::vector<float> expected(kCodeBlock);
      const std::uint32_t passed =
          scan_code_block(Isa::scalar)(block.bytes.data(), n, query, expected.data());
      for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (!can_run(isa)) continue;
        std::vector<std::uint8_t> tables(4 * n);
        float other_offset, other_step;
        make_code_tables(block.query.data(), n, tables.data(), &other_offset, &other_step, isa);
        EXPECT_EQ(tables, expected_tables) << to_string(isa) << n;
        EXPECT_EQ(other_offset, offset);
        EXPECT_EQ(other_step, step);
        std::vector<float> scores(kCodeBlock);
        EXPECT_EQ(scan_code_block(isa)(block.bytes.data(), n, query, scores.data()), passed)
            << to_string(isa) << n;
        EXPECT_EQ(scores, expected) << to_string(isa) << n;
      }
    }
}

TEST(CodeScan, SumsReachTheirLargestValueWithoutOverflow) {
  const std::size_t n = 4096;
  constexpr float kLargest = kLargestEntry * 1024.0F;
  const std::vector<std::uint8_t> tables(4 * n, kLargestEntry);
  const std::vector<std::byte> block(code_block_bytes(n));
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (!can_run(isa)) continue;
    // Scales and addends are zero: score is the base, so ask for the sum through the mask instead.
    std::vector<std::byte> bytes = block;
    auto* factors = reinterpret_cast<float*>(bytes.data() + n * kCodeBlock / 8);
    for (std::size_t i = 0; i < kCodeBlock; ++i) factors[kCodeBlock + i] = 1.0F;
    const CodeQuery query{tables.data(), 0.0F, 1.0F, 0.0F, 0.0F, kLargest};
    std::vector<float> scores(kCodeBlock);
    EXPECT_EQ(scan_code_block(isa)(bytes.data(), n, query, scores.data()), ~0U) << to_string(isa);
    EXPECT_EQ(scores[17], kLargest);
  }
}

TEST(CodeScan, AQueryBelowTheNormalNumbersHasTables) {
  constexpr std::size_t n = 64;
  for (const float tiny : {0.0F, 1e-45F, 1e-40F}) {
    std::vector<float> query(n, tiny);
    query[5] = 0.0F;
    std::vector<std::uint8_t> tables(4 * n);
    float offset = 1.0F, step = 1.0F;
    make_code_tables(query.data(), n, tables.data(), &offset, &step);
    for (const std::uint8_t entry : tables) EXPECT_LE(entry, kLargestEntry);
    EXPECT_NEAR(offset, 0.0F, 1e-30F);
    EXPECT_NEAR(step, 0.0F, 1e-30F);
  }
}

TEST(CodeScan, RowsThatAreNotThereScoreMinusInfinity) {
  Random random(3);
  const Block block(64, 5, random);
  std::vector<std::uint8_t> tables(256);
  CodeQuery query{tables.data(), 0, 0, 0, 1, std::numeric_limits<float>::lowest()};
  make_code_tables(block.query.data(), 64, tables.data(), &query.offset, &query.step);
  std::vector<float> scores(kCodeBlock);
  EXPECT_EQ(scan_code_block()(block.bytes.data(), 64, query, scores.data()), 31U);
}

}  // namespace
}  // namespace kindred::kernels
