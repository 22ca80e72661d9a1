// Layout and tables of 1-bit codes, the choice of instruction set, its proof, and the scalar
// reference.
#include "kernels/code_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/all_variants.h"
#include "kernels/inverse.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

void fill_code_tables_scalar(const float* query, std::size_t dimensions, float inverse_step,
                             std::uint8_t* tables) {
  for (std::size_t d = 0; d < dimensions; d += 4) {
    const float* q = query + d;
    const float bias = std::abs(q[0]) + std::abs(q[1]) + std::abs(q[2]) + std::abs(q[3]);
    for (unsigned signs = 0; signs < 16; ++signs) {
      float sum = bias;
      for (unsigned j = 0; j < 4; ++j) sum += (signs >> j & 1U) != 0 ? q[j] : -q[j];
      const float entry = std::nearbyint(std::max(sum, 0.0F) * inverse_step);
      tables[d * 4 + signs] = static_cast<std::uint8_t>(entry);
    }
  }
}

std::uint32_t scan_code_block_scalar(const std::byte* block, std::size_t dimensions,
                                     const CodeQuery& query, float* scores) {
  const std::size_t code_bytes = dimensions * kCodeBlock / 8;
  std::array<std::uint32_t, kCodeBlock> sums{};
  for (std::size_t at = 0; at < code_bytes; at += 16) {
    const std::uint8_t* table = query.tables + at;
    for (std::size_t j = 0; j < 16; ++j) {
      const auto code = std::to_integer<unsigned>(block[at + j]);
      sums[j] += table[code & 15U];
      sums[j + 16] += table[code >> 4];
    }
  }
  std::array<float, 2 * kCodeBlock> factors;
  std::memcpy(factors.data(), block + code_bytes, sizeof(factors));
  std::uint32_t passed = 0;
  for (std::size_t row = 0; row < kCodeBlock; ++row) {
    const float product = std::fma(static_cast<float>(sums[row]), query.step, query.offset);
    const float scale = factors[kCodeBlock + row];
    scores[row] = std::fma(scale, product, query.base + factors[row]);
    if (std::fma(query.error, scale, scores[row]) >= query.threshold) passed |= 1U << row;
  }
  return passed;
}

bool is_right_tables(FillCodeTables candidate) {
  constexpr std::size_t kDimensions = 128;
  const std::vector<float> query = proof_values(kDimensions, 1);
  std::vector<std::uint8_t> found(4 * kDimensions), expected(found);
  candidate(query.data(), kDimensions, 3.875F, found.data());
  fill_code_tables_scalar(query.data(), kDimensions, 3.875F, expected.data());
  return found == expected;
}

bool is_right_scan(ScanCodeBlock candidate) {
  for (const std::size_t dimensions : {64, 192, 320}) {
    std::vector<std::byte> block(code_block_bytes(dimensions));
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::byte>(i * 37 + 11);
    const std::vector<float> factors = proof_values(2 * kCodeBlock, 1);
    std::memcpy(block.data() + dimensions * kCodeBlock / 8, factors.data(),
                factors.size() * sizeof(float));
    std::vector<std::uint8_t> tables(4 * dimensions);
    for (std::size_t i = 0; i < tables.size(); ++i)
      tables[i] = static_cast<std::uint8_t>(i * 29 % (kLargestEntry + 1));
    const CodeQuery query{tables.data(), -7.0F, 0.125F, 0.25F, 0.5F, 1.0F};
    std::array<float, kCodeBlock> found{}, expected{};
    const std::uint32_t passed = candidate(block.data(), dimensions, query, found.data());
    if (passed != scan_code_block_scalar(block.data(), dimensions, query, expected.data()) ||
        found != expected)
      return false;
  }
  return true;
}

}  // namespace

constinit const Variants<FillCodeTables> kCodeTableVariants("code tables", is_right_tables,
                                                            fill_code_tables_scalar,
                                                            fill_code_tables_avx2,
                                                            fill_code_tables_avx512);
constinit const Variants<ScanCodeBlock> kCodeScanVariants("code scan", is_right_scan,
                                                          scan_code_block_scalar,
                                                          scan_code_block_avx2,
                                                          scan_code_block_avx512);

void pack_code_block(const std::uint64_t* signs, const float* addends, const float* scales,
                     std::size_t rows, std::size_t dimensions, std::byte* block) {
  const std::size_t code_bytes = dimensions * kCodeBlock / 8;
  std::memset(block, 0, code_bytes);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t* words = signs + row * (dimensions / 64);
    const std::size_t byte = row % 16;
    const unsigned shift = row < 16 ? 0 : 4;
    for (std::size_t d = 0; d < dimensions; d += 4) {
      const auto four = static_cast<unsigned>(words[d / 64] >> (d % 64) & 15U);
      block[d * 4 + byte] |= static_cast<std::byte>(four << shift);
    }
  }
  std::array<float, 2 * kCodeBlock> factors;
  factors.fill(0.0F);
  std::fill_n(factors.begin(), kCodeBlock, -std::numeric_limits<float>::infinity());
  std::copy_n(addends, rows, factors.begin());
  std::copy_n(scales, rows, factors.begin() + kCodeBlock);
  std::memcpy(block + code_bytes, factors.data(), sizeof(factors));
}

void make_code_tables(const float* query, std::size_t dimensions, std::uint8_t* tables,
                      float* offset, float* step, Isa isa) {
  float largest = 0.0F, total = 0.0F;
  for (std::size_t d = 0; d < dimensions; d += 4) {
    const float* q = query + d;
    const float sum = std::abs(q[0]) + std::abs(q[1]) + std::abs(q[2]) + std::abs(q[3]);
    largest = std::max(largest, sum);
    total += sum;
  }
  *offset = -total;
  *step = 2.0F * largest / static_cast<float>(kLargestEntry);
  kCodeTableVariants.choose(isa)(query, dimensions, inverse_of(*step), tables);
}

ScanCodeBlock scan_code_block(Isa isa) noexcept {
  return kCodeScanVariants.choose(isa);
}

}  // namespace kindred::kernels
