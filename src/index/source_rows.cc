#include "index/source_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

constexpr float kLargestHalf = 65504.0F;
/// Neighbouring rows that a sample takes together: a source may be a file.
constexpr std::size_t kRun = 8;

}  // namespace

void read_prepared(const VectorSource& source, std::size_t begin, std::size_t count,
                   const BuildOptions& options, float* out) {
  const std::size_t d = source.dimension();
  source.read(begin, count, out);
  for (std::size_t r = 0; r < count; ++r) {
    float* x = out + r * d;
    const float squared = kernels::dot(x, x, d);
    if (!std::isfinite(squared))
      fail(ErrorKind::bad_input,
           "vector {} has a value that is not finite, or values too large to square; leave it out",
           begin + r);
    if (options.metric == Metric::cosine && squared > 0.0F && std::abs(squared - 1.0F) > 1e-6F) {
      const float inverse = 1.0F / std::sqrt(squared);
      for (std::size_t i = 0; i < d; ++i) x[i] *= inverse;
    } else if (options.stored == StoredType::float16 && squared > kLargestHalf * kLargestHalf) {
      fail(ErrorKind::bad_input,
           "vector {} has values too large for float16; store bfloat16 or float32", begin + r);
    }
  }
}

bool is_held_out(std::size_t row) noexcept {
  const std::uint64_t mixed = (row / 8 + 1) * 0x9E3779B97F4A7C15ULL;
  return row % 8 == mixed >> 61;
}

std::vector<float> sample_rows(const VectorSource& source, std::size_t wanted, bool hold_out,
                               const BuildOptions& options, ThreadPool& pool) {
  const std::size_t rows = source.rows(), d = source.dimension();
  wanted = std::min(wanted, rows);
  const bool all = wanted == rows;
  const std::size_t runs = (wanted + kRun - 1) / kRun;
  const std::size_t stride = all ? kRun : rows / runs;
  std::vector<std::size_t> begins(runs);
  Random random(options.seed);
  for (std::size_t i = 0; i < runs; ++i)
    begins[i] = i * stride + (stride > kRun ? random.below(stride - kRun + 1) : 0);
  random.shuffle(std::span(begins));
  // The last run of all rows may be short; it goes to the end.
  if (all)
    std::stable_partition(begins.begin(), begins.end(),
                          [&](std::size_t begin) { return begin + kRun <= rows; });
  std::vector<float> sample(wanted * d);
  pool.run(runs, [&](std::size_t i, int) {
    const std::size_t count = std::min(kRun, wanted - i * kRun);
    read_prepared(source, begins[i], std::min(count, rows - begins[i]), options,
                  sample.data() + i * kRun * d);
  });
  if (!hold_out) return sample;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    if (is_held_out(begins[i / kRun] + i % kRun)) continue;
    if (kept < i) std::copy_n(sample.data() + i * d, d, sample.data() + kept * d);
    ++kept;
  }
  sample.resize(kept * d);
  return sample;
}

}  // namespace kindred::index
