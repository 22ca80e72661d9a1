#include "estimators/moments.h"

#include <algorithm>

#include "base/error.h"
#include "estimators/double_rows.h"
#include "io/finite.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kBlockRows = 512;
/// Rows of the scatter matrix that a thread takes at once.
constexpr std::size_t kBandRows = 32;
/// Columns of it that stay in the first cache while the block's rows go by.
constexpr std::size_t kTileColumns = 256;

// scatter[i][begin, end) += Σ_r x_r[i] x_r[begin, end), two rows of the block at a time.
void add_products(const double* block, std::size_t n, std::size_t d, std::size_t i,
                  std::size_t begin, std::size_t end, double* scatter) {
  double* out = scatter + i * d + begin;
  const std::size_t count = end - begin;
  std::size_t r = 0;
  for (; r + 2 <= n; r += 2) {
    const double* a = block + r * d;
    const double* b = a + d;
    add_scaled(a + begin, a[i], b + begin, b[i], count, out);
  }
  if (r < n) add_scaled(block + r * d + begin, block[r * d + i], count, out);
}

}  // namespace

Moments::Moments(std::size_t dimensions)
    : d_(dimensions), mean_(dimensions), scatter_(dimensions * dimensions) {}

void Moments::add(const float* rows, std::size_t n, ThreadPool& pool) {
  if (const std::size_t place = io::first_not_finite(rows, n * d_); place < n * d_)
    fail(ErrorKind::bad_input,
         "row {} of the vectors has a value that is NaN or infinite in column {}; the file is "
         "damaged, or its model's numbers overflowed (float16?)",
         rows_ + place / d_, place % d_);
  for (std::size_t r = 0; r < n; r += kBlockRows)
    add_block(rows + r * d_, std::min(kBlockRows, n - r), pool);
}

void Moments::add_block(const float* rows, std::size_t n, ThreadPool& pool) {
  std::vector<double> mean(d_);
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t k = 0; k < d_; ++k) mean[k] += static_cast<double>(rows[r * d_ + k]);
  for (double& value : mean) value /= static_cast<double>(n);
  block_.resize(kBlockRows * d_);
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t k = 0; k < d_; ++k)
      block_[r * d_ + k] = static_cast<double>(rows[r * d_ + k]) - mean[k];

  const auto before = static_cast<double>(rows_);
  const auto added = static_cast<double>(n);
  const double join = before * added / (before + added);
  std::vector<double> delta(d_);
  for (std::size_t k = 0; k < d_; ++k) delta[k] = mean[k] - mean_[k];
  pool.run((d_ + kBandRows - 1) / kBandRows, [&](std::size_t band, int) {
    const std::size_t last = std::min(d_, (band + 1) * kBandRows);
    for (std::size_t begin = 0; begin < last; begin += kTileColumns) {
      for (std::size_t i = std::max(band * kBandRows, begin); i < last; ++i) {
        const std::size_t end = std::min(i + 1, begin + kTileColumns);
        add_products(block_.data(), n, d_, i, begin, end, scatter_.data());
        add_scaled(delta.data() + begin, join * delta[i], end - begin,
                   scatter_.data() + i * d_ + begin);
      }
    }
  });
  for (std::size_t k = 0; k < d_; ++k) mean_[k] += delta[k] * (added / (before + added));
  rows_ += n;
}

std::vector<double> Moments::covariance() const {
  std::vector<double> covariance(d_ * d_);
  if (rows_ < 2) return covariance;
  const double divisor = static_cast<double>(rows_ - 1);
  for (std::size_t i = 0; i < d_; ++i)
    for (std::size_t k = 0; k <= i; ++k)
      covariance[i * d_ + k] = covariance[k * d_ + i] = scatter_[i * d_ + k] / divisor;
  return covariance;
}

}  // namespace kindred::estimators
