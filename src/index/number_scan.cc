// Choice of instruction set for the scan, and its scalar reference.
#include "index/number_scan.h"

#include "index/number_scan_isa.h"

namespace kindred::index {
namespace {

template <typename T>
void scan(const T* values, std::size_t count, T low, T high, std::uint64_t* words, Isa isa) {
  std::size_t whole = 0;  // words
  if (isa >= Isa::avx2) {
    whole = count / 64;
    if (isa >= Isa::avx512) {
      scan_words_avx512(values, whole, low, high, words);
    } else {
      scan_words_avx2(values, whole, low, high, words);
    }
  }
  for (std::size_t i = whole * 64; i < count; ++i) {
    const bool inside = values[i] >= low && values[i] <= high;
    words[i / 64] |= static_cast<std::uint64_t>(inside) << (i % 64);
  }
}

}  // namespace

void scan_range(const std::int32_t* values, std::size_t count, std::int32_t low, std::int32_t high,
                std::uint64_t* words, Isa isa) {
  scan(values, count, low, high, words, isa);
}

void scan_range(const double* values, std::size_t count, double low, double high,
                std::uint64_t* words, Isa isa) {
  scan(values, count, low, high, words, isa);
}

}  // namespace kindred::index
