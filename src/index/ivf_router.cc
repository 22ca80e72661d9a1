#include "index/ivf_router.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "index/rabitq.h"
#include "kernels/code_scan.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

/// Centroids of so many values in all (512 KB, half a second-level cache) are compared one by one.
constexpr std::size_t kExactValues = std::size_t{1} << 17;
/// For each list asked for, so many are looked at closely.
constexpr std::size_t kChosen = 2;
constexpr std::size_t kChosenMore = 64;
/// Scores that the threshold of the choice is taken from.
constexpr std::size_t kSampledScores = 256;

/// A threshold that about `wanted` of the scores reach, from every so-manieth of them.
float threshold_for(const std::vector<float>& scores, std::size_t wanted) {
  const std::size_t stride = std::max<std::size_t>(scores.size() / kSampledScores, 1);
  thread_local std::vector<float> sample;
  sample.clear();
  for (std::size_t i = 0; i < scores.size(); i += stride) sample.push_back(scores[i]);
  const double expected = static_cast<double>(wanted) / static_cast<double>(stride);
  const auto rank = static_cast<std::size_t>(expected + std::sqrt(expected) + 1.0);
  if (rank >= sample.size()) return std::numeric_limits<float>::lowest();
  const auto at = sample.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(sample.begin(), at, sample.end(), std::greater<>());
  return *at;
}

}  // namespace

IvfRouter::IvfRouter(const ListTable& table, Metric metric, std::size_t padded,
                     const std::vector<float>& rotated_mean)
    : table_(table), metric_(metric), padded_(padded) {
  const std::size_t lists = table.lists.size();
  for (std::size_t l = 0; l < lists; ++l) {
    const float* g = table.centroids.data() + l * padded;
    squared_norms_.push_back(kernels::dot(g, g, padded));
    mean_products_.push_back(kernels::dot(g, rotated_mean.data(), padded));
  }
  if (lists * padded <= kExactValues) return;
  const RabitqEncoder encoder(
      padded, metric == Metric::inner_product ? Metric::inner_product : Metric::euclidean, 0);
  const std::size_t block_bytes = kernels::code_block_bytes(padded);
  const std::size_t blocks = (lists + kernels::kCodeBlock - 1) / kernels::kCodeBlock;
  std::vector<std::uint64_t> signs(kernels::kCodeBlock * padded / 64);
  std::vector<float> addends(kernels::kCodeBlock), scales(kernels::kCodeBlock), residual(padded);
  codes_.resize(blocks * block_bytes);
  block_means_.resize(blocks * padded);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t begin = block * kernels::kCodeBlock;
    const std::size_t count = std::min(kernels::kCodeBlock, lists - begin);
    float* mean = block_means_.data() + block * padded;
    for (std::size_t i = 0; i < count * padded; ++i)
      mean[i % padded] += table.centroids[begin * padded + i] / static_cast<float>(count);
    block_squares_.push_back(kernels::dot(mean, mean, padded));
    for (std::size_t i = 0; i < count; ++i) {
      const float* g = table.centroids.data() + (begin + i) * padded;
      for (std::size_t d = 0; d < padded; ++d) residual[d] = g[d] - mean[d];
      const CodeFactors factors = encoder.encode_signs(
          residual.data(), mean, mean_products_[begin + i], signs.data() + i * padded / 64);
      addends[i] = factors.addend;
      scales[i] = factors.scale;
    }
    kernels::pack_code_block(signs.data(), addends.data(), scales.data(), count, padded,
                             codes_.data() + block * block_bytes);
  }
}

std::uint64_t IvfRouter::memory_bytes() const noexcept {
  return codes_.size() + 8 * squared_norms_.size() + 4 * block_means_.size() +
         4 * block_squares_.size();
}

Probe IvfRouter::probe_of(const IvfQuery& query, std::uint32_t list, float product,
                          float spread) const {
  Probe probe{list, 0.0F, 0.0F, 0.0F};
  const float radius = table_.lists[list].radius;
  const float squared = std::max(query.squared_norm + squared_norms_[list] - 2.0F * product, 0.0F);
  probe.distance = std::sqrt(squared);
  const float nearest = squared + radius * radius - 2.0F * spread * radius * probe.distance;
  switch (metric_) {
    case Metric::euclidean:
      probe.base = -squared;
      probe.potential = -nearest;
      break;
    case Metric::cosine:
      probe.base = query.mean_product + product;
      probe.potential = 1.0F - 0.5F * nearest;  // of unit vectors
      break;
    case Metric::inner_product:
      probe.base = query.mean_product + product;
      probe.potential = probe.base + mean_products_[list] + spread * radius * query.original_norm;
      break;
  }
  return probe;
}

/// Estimates of -|z - g|², or of ⟨q, c⟩ for inner products; exact without codes.
void IvfRouter::score(const IvfQuery& query, std::vector<float>& scores) const {
  const std::size_t lists = table_.lists.size();
  const bool inner = metric_ == Metric::inner_product;
  if (codes_.empty()) {
    scores.resize(lists);
    for (std::size_t l = 0; l < lists; ++l) {
      const float product =
          kernels::dot(query.rotated.data(), table_.centroids.data() + l * padded_, padded_);
      scores[l] = inner ? product + mean_products_[l] : 2.0F * product - squared_norms_[l];
    }
    return;
  }
  scores.resize(block_squares_.size() * kernels::kCodeBlock);
  kernels::CodeQuery code{query.tables.data(),
                          query.table_offset,
                          query.table_step,
                          0.0F,
                          0.0F,
                          std::numeric_limits<float>::lowest()};
  const kernels::ScanCodeBlock scan = kernels::scan_code_block();
  const std::size_t block_bytes = kernels::code_block_bytes(padded_);
  for (std::size_t block = 0; block < block_squares_.size(); ++block) {
    const float product =
        kernels::dot(query.rotated.data(), block_means_.data() + block * padded_, padded_);
    code.base = inner ? product : 2.0F * product - block_squares_[block] - query.squared_norm;
    scan(codes_.data() + block * block_bytes, padded_, code,
         scores.data() + block * kernels::kCodeBlock);
  }
  scores.resize(lists);
}

bool IvfRouter::route(const IvfQuery& query, std::size_t count, float spread,
                      std::vector<Probe>& probes) const {
  const std::size_t lists = table_.lists.size();
  const std::size_t wanted = kChosen * count + kChosenMore;
  thread_local std::vector<float> scores;
  thread_local std::vector<std::uint32_t> chosen;
  chosen.clear();
  float threshold = std::numeric_limits<float>::lowest();
  if (wanted < lists) {
    score(query, scores);
    threshold = threshold_for(scores, wanted);
  }
  const bool all = threshold == std::numeric_limits<float>::lowest();
  for (std::uint32_t l = 0; l < lists; ++l)
    if ((all || scores[l] >= threshold) && table_.lists[l].rows > 0) chosen.push_back(l);
  probes.clear();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i + 4 < chosen.size())
      for (std::size_t line = 0; line < padded_; line += 16)
        __builtin_prefetch(table_.centroids.data() + chosen[i + 4] * padded_ + line);
    const std::uint32_t l = chosen[i];
    const float product =
        kernels::dot(query.rotated.data(), table_.centroids.data() + l * padded_, padded_);
    probes.push_back(probe_of(query, l, product, spread));
  }
  return all;
}

}  // namespace kindred::index
