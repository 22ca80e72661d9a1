// Choice of instruction set for the norms, and their scalar reference.
#include "kernels/norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/distance.h"
#include "kernels/norm_isa.h"

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

}  // namespace

void norm_rows(const RowNorm& norm, const float* x, std::size_t m, std::size_t n, std::size_t ldx,
               float* y, std::size_t ldy, NormStore store, Isa isa) {
  const NormRows rows{x, y, m, n, ldx, ldy, store};
  if (isa >= Isa::avx512) return norm_rows_avx512(norm, rows);
  if (isa == Isa::avx2) return norm_rows_avx2(norm, rows);
  norm_rows_scalar(norm, rows);
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
