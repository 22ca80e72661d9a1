// The variants of distance.h's kernels, one an instruction set. Internal.
#pragma once

#include <cstddef>

namespace kindred::kernels {

using VectorFunction = float (*)(const float* a, const float* b, std::size_t n);

float dot_avx2(const float* a, const float* b, std::size_t n);
float dot_avx512(const float* a, const float* b, std::size_t n);
float squared_l2_avx2(const float* a, const float* b, std::size_t n);
float squared_l2_avx512(const float* a, const float* b, std::size_t n);

}  // namespace kindred::kernels
