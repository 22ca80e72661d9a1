// Pooling: plain loops, one addition a value.
#include "kernels/pooling.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kindred::kernels {
namespace {

constexpr float kSmallest = 1e-9F;

struct Rows {
  std::size_t begin, first_counted, end;
};

void take(const PoolingInput& in, std::size_t row, float* out) {
  const float* x = in.tokens + row * in.dimensions;
  std::copy(x, x + in.dimensions, out);
}

void maximum(const PoolingInput& in, const Rows& rows, float* out) {
  take(in, rows.first_counted, out);
  for (std::size_t t = rows.first_counted + 1; t < rows.end; ++t) {
    const float* x = in.tokens + t * in.dimensions;
    for (std::size_t d = 0; d < in.dimensions; ++d) out[d] = std::max(out[d], x[d]);
  }
}

void weighted_sum(const PoolingInput& in, const Rows& rows, Pooling pooling, float* out) {
  float total = 0.0F;
  for (std::size_t t = rows.first_counted; t < rows.end; ++t) {
    float weight = 1.0F;
    if (pooling == Pooling::weighted) weight = static_cast<float>(t - rows.begin + 1);
    if (pooling == Pooling::given) weight = in.weights[t];
    total += weight;
    const float* x = in.tokens + t * in.dimensions;
    for (std::size_t d = 0; d < in.dimensions; ++d) out[d] += weight * x[d];
  }
  total = std::max(total, kSmallest);
  if (pooling == Pooling::sqrt) total = std::sqrt(total);
  for (std::size_t d = 0; d < in.dimensions; ++d) out[d] /= total;
}

void pool_one(const PoolingInput& in, const Rows& rows, Pooling pooling, float* out) {
  std::fill(out, out + in.dimensions, 0.0F);
  if (rows.begin == rows.end) return;
  const bool none_counted = rows.first_counted == rows.end;
  if (pooling == Pooling::cls) return take(in, none_counted ? rows.begin : rows.first_counted, out);
  if (none_counted) return;
  if (pooling == Pooling::last) return take(in, rows.end - 1, out);
  if (pooling == Pooling::max) return maximum(in, rows, out);
  weighted_sum(in, rows, pooling, out);
}

}  // namespace

void pool_rows(const PoolingInput& in, Pooling pooling, float* out, std::size_t ldo) {
  require(pooling != Pooling::given || in.offsets.empty() || in.weights.size() >= in.offsets.back(),
          "pooling: a weight for each token");
  for (std::size_t b = 0; b + 1 < in.offsets.size(); ++b) {
    const std::size_t begin = in.offsets[b], end = in.offsets[b + 1];
    const std::size_t excluded = in.excluded.empty() ? 0 : in.excluded[b];
    pool_one(in, {begin, std::min(begin + excluded, end), end}, pooling, out + b * ldo);
  }
}

}  // namespace kindred::kernels
