// The fast Walsh–Hadamard transform. Tested by hadamard_test.cc.
#pragma once

#include <cstddef>

#include "base/cpu.h"

namespace kindred::kernels {

/// x ← H x / √n in place, H the n × n Hadamard matrix in natural order: orthonormal and its own
/// inverse. `n` is a power of two, at least 64. Every instruction set gives the same bits.
void hadamard(float* x, std::size_t n, Isa isa = best_isa());

}  // namespace kindred::kernels
