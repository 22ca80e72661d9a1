// The variants of row_sum.h's kernel, one an instruction set. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::kernels {

using RowSumFunction = void (*)(const float* table, std::size_t columns, const std::uint32_t* rows,
                                const float* weights, std::size_t count, float* out);

void row_sum_avx2(const float* table, std::size_t columns, const std::uint32_t* rows,
                  const float* weights, std::size_t count, float* out);
void row_sum_avx512(const float* table, std::size_t columns, const std::uint32_t* rows,
                    const float* weights, std::size_t count, float* out);

}  // namespace kindred::kernels
