// Choice of instruction set for the scan, its proof, and its scalar reference.
#include "kernels/number_scan.h"

#include <limits>

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

template <typename T>
void scan_values(const T* values, std::size_t count, T low, T high, std::uint64_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool inside = values[i] >= low && values[i] <= high;
    out[i / 64] |= static_cast<std::uint64_t>(inside) << (i % 64);
  }
}

template <typename T>
void scan_words_scalar(const T* values, std::size_t words, T low, T high, std::uint64_t* out) {
  scan_values(values, words * 64, low, high, out);
}

template <typename T>
bool is_right(ScanWords<T> candidate) {
  constexpr std::size_t kWords = 3;
  std::vector<T> values;
  for (const float x : proof_values(kWords * 64, 1)) values.push_back(static_cast<T>(8 * x));
  if constexpr (std::numeric_limits<T>::has_quiet_NaN)
    values[70] = std::numeric_limits<T>::quiet_NaN();
  std::vector<std::uint64_t> found(kWords, 1), expected(found);
  candidate(values.data(), kWords, T{-3}, T{5}, found.data());
  scan_words_scalar(values.data(), kWords, T{-3}, T{5}, expected.data());
  return found == expected;
}

template <typename T>
void scan(const Variants<ScanWords<T>>& variants, const T* values, std::size_t count, T low, T high,
          std::uint64_t* words, Isa isa) {
  const std::size_t whole = count / 64;
  variants.choose(isa)(values, whole, low, high, words);
  scan_values(values + whole * 64, count - whole * 64, low, high, words + whole);
}

}  // namespace

constinit const Variants<ScanWords<std::int32_t>> kIntegerScanVariants(
    "integer scan", is_right<std::int32_t>, scan_words_scalar<std::int32_t>, scan_words_avx2,
    scan_words_avx512);
constinit const Variants<ScanWords<double>> kRealScanVariants("number scan", is_right<double>,
                                                              scan_words_scalar<double>,
                                                              scan_words_avx2, scan_words_avx512);

void scan_range(const std::int32_t* values, std::size_t count, std::int32_t low, std::int32_t high,
                std::uint64_t* words, Isa isa) {
  scan(kIntegerScanVariants, values, count, low, high, words, isa);
}

void scan_range(const double* values, std::size_t count, double low, double high,
                std::uint64_t* words, Isa isa) {
  scan(kRealScanVariants, values, count, low, high, words, isa);
}

}  // namespace kindred::kernels
