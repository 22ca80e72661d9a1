// Choice of instruction set for the norms, their proof, and their scalar reference.
#include "kernels/norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/all_variants.h"
#include "kernels/distance.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

void norm_rows_scalar(const RowNorm& norm, const NormRows& rows) {
  const float count = static_cast<float>(rows.n);
  for (std::size_t r = 0; r < rows.m; ++r) {
    const float* x = rows.x + r * rows.ldx;
    float* y = rows.y + r * rows.ldy;
    float mean = 0.0F;
    if (norm.centered) {
      for (std::size_t i = 0; i < rows.n; ++i) mean += x[i];
      mean /= count;
    }
    float variance = 0.0F;
    for (std::size_t i = 0; i < rows.n; ++i) variance += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0F / std::sqrt(variance / count + norm.eps);
    for (std::size_t i = 0; i < rows.n; ++i) {
      float v = (x[i] - mean) * scale * norm.weight[i];
      if (norm.bias != nullptr) v += norm.bias[i];
      y[i] = rows.store == NormStore::add ? y[i] + v : v;
    }
  }
}

bool is_right(NormFunction candidate) {
  constexpr std::size_t kRows = 3;
  for (const std::size_t n : {1, 8, 37, 96})
    for (const bool centered : {true, false})
      for (const NormStore store : {NormStore::overwrite, NormStore::add}) {
        const std::vector<float> x = proof_values(kRows * n, 1);
        const std::vector<float> weight = proof_values(n, 2), bias = proof_values(n, 3);
        std::vector<float> found = proof_values(kRows * n, 4), expected = found;
        const RowNorm norm{centered, weight.data(), centered ? bias.data() : nullptr, 1e-5F};
        candidate(norm, {x.data(), found.data(), kRows, n, n, n, store});
        norm_rows_scalar(norm, {x.data(), expected.data(), kRows, n, n, n, store});
        if (!all_near(found, expected, 1e-5F)) return false;
      }
  return true;
}

}  // namespace

constinit const Variants<NormFunction> kNormVariants("norm", is_right, norm_rows_scalar,
                                                     norm_rows_avx2, norm_rows_avx512);

void norm_rows(const RowNorm& norm, const float* x, std::size_t m, std::size_t n, std::size_t ldx,
               float* y, std::size_t ldy, NormStore store, Isa isa) {
  kNormVariants.choose(isa)(norm, {x, y, m, n, ldx, ldy, store});
}

void l2_normalize(float* x, std::size_t m, std::size_t n, Isa isa) {
  constexpr float kSmallest = 1e-12F;
  for (std::size_t r = 0; r < m; ++r) {
    float* row = x + r * n;
    const float length = std::max(std::sqrt(dot(row, row, n, isa)), kSmallest);
    for (std::size_t i = 0; i < n; ++i) row[i] /= length;
  }
}

}  // namespace kindred::kernels
