// The variants of hadamard.h's transform, one an instruction set. Internal.
#pragma once

#include <cstddef>

namespace kindred::kernels {

using HadamardFunction = void (*)(float* x, std::size_t n, float scale);

void hadamard_avx2(float* x, std::size_t n, float scale);
void hadamard_avx512(float* x, std::size_t n, float scale);

}  // namespace kindred::kernels
