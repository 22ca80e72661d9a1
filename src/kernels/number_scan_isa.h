// The variants of number_scan.h, one an instruction set, for whole words of 64 values. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::kernels {

template <typename T>
using ScanWords = void (*)(const T* values, std::size_t words, T low, T high, std::uint64_t* out);

void scan_words_avx2(const std::int32_t* values, std::size_t words, std::int32_t low,
                     std::int32_t high, std::uint64_t* out);
void scan_words_avx2(const double* values, std::size_t words, double low, double high,
                     std::uint64_t* out);
void scan_words_avx512(const std::int32_t* values, std::size_t words, std::int32_t low,
                       std::int32_t high, std::uint64_t* out);
void scan_words_avx512(const double* values, std::size_t words, double low, double high,
                       std::uint64_t* out);

}  // namespace kindred::kernels
