// Choice of instruction set for sums of rows, their proof, and their scalar reference.
#include "kernels/row_sum.h"

#include <algorithm>

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

void row_sum_scalar(const float* table, std::size_t columns, const std::uint32_t* rows,
                    const float* weights, std::size_t count, float* out) {
  std::fill_n(out, columns, 0.0F);
  for (std::size_t i = 0; i < count; ++i) {
    const float* row = table + rows[i] * columns;
    const float weight = weights == nullptr ? 1.0F : weights[i];
    for (std::size_t j = 0; j < columns; ++j) out[j] += weight * row[j];
  }
}

bool is_right(RowSumFunction candidate) {
  constexpr std::size_t kRows = 5;
  constexpr std::uint32_t kAsked[] = {3, 0, 4, 3};
  const std::vector<float> weights = proof_values(std::size(kAsked), 2);
  for (const std::size_t columns : {1, 7, 8, 20, 64, 100, 300}) {
    const std::vector<float> table = proof_values(kRows * columns, 1);
    for (const float* w : {static_cast<const float*>(nullptr), weights.data()}) {
      std::vector<float> expected(columns), found(columns);
      row_sum_scalar(table.data(), columns, kAsked, w, std::size(kAsked), expected.data());
      candidate(table.data(), columns, kAsked, w, std::size(kAsked), found.data());
      if (!all_near(found, expected, 1e-5F)) return false;
    }
  }
  return true;
}

}  // namespace

constinit const Variants<RowSumFunction> kRowSumVariants("sum of rows", is_right, row_sum_scalar,
                                                         row_sum_avx2, row_sum_avx512);

void row_sum(const float* table, std::size_t columns, const std::uint32_t* rows,
             const float* weights, std::size_t count, float* out, Isa isa) {
  kRowSumVariants.choose(isa)(table, columns, rows, weights, count, out);
}

}  // namespace kindred::kernels
