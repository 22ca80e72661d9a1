#include "index/ivf_router.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include "index/rabitq.h"
#include "kernels/code_scan.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

/// For each list asked for two are looked at closely, and some more.
constexpr std::size_t kChosenMore = 48;
/// Scores that the threshold of the choice is taken from.
constexpr std::size_t kSampledScores = 128;
constexpr unsigned kCentroidBits = 8;
/// Standard deviations of a base that its list is thought to be better.
constexpr float kErrors = 2.0F;

/// A threshold that about `wanted` of the scores reach, from every so-manieth of them.
float threshold_for(const std::vector<float>& scores, std::size_t wanted) {
  const std::size_t stride = std::max<std::size_t>(scores.size() / kSampledScores, 1);
  thread_local std::vector<float> sample;
  sample.clear();
  for (std::size_t i = 0; i < scores.size(); i += stride) sample.push_back(scores[i]);
  const double expected = static_cast<double>(wanted) / static_cast<double>(stride);
  const auto rank = static_cast<std::size_t>(expected + 1.5 * std::sqrt(expected) + 1.5);
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
  const RabitqEncoder products(padded, Metric::inner_product, kCentroidBits);
  const std::vector<float> origin(padded);
  centroids_ = AlignedBytes(lists * products.refine_bytes());
  for (std::size_t l = 0; l < lists; ++l)
    products.encode_refine(table.centroids.data() + l * padded, origin.data(), 0.0F,
                           centroids_.data() + l * products.refine_bytes());
  const RabitqEncoder encoder(
      padded, metric == Metric::inner_product ? Metric::inner_product : Metric::euclidean, 0);
  const std::size_t block_bytes = kernels::code_block_bytes(padded);
  const std::size_t blocks = (lists + kernels::kCodeBlock - 1) / kernels::kCodeBlock;
  std::vector<std::uint64_t> signs(kernels::kCodeBlock * padded / 64);
  std::vector<float> addends(kernels::kCodeBlock), scales(kernels::kCodeBlock), residual(padded);
  signs_ = AlignedBytes(blocks * block_bytes);
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
                             signs_.data() + block * block_bytes);
  }
}

std::uint64_t IvfRouter::memory_bytes() const noexcept {
  return signs_.size() + centroids_.size() + 8 * squared_norms_.size() + 4 * block_means_.size() +
         4 * block_squares_.size();
}

Probe IvfRouter::probe_of(const IvfQuery& query, std::uint32_t list, float product,
                          float spread) const {
  Probe probe{list, 0.0F, 0.0F, 0.0F, 0.0F, 0};
  const float radius = table_.lists[list].radius;
  const float squared = std::max(query.squared_norm + squared_norms_[list] - 2.0F * product, 0.0F);
  probe.distance = std::sqrt(squared);
  // Of the centroid's rounding, and of the query's, uniform within a step.
  const float of_code = refine_error(kCentroidBits) / 0.7979F;
  const float step = query.refine.step;
  probe.error = std::sqrt(
      squared_norms_[list] *
      (of_code * of_code * query.squared_norm / static_cast<float>(padded_) + step * step / 12.0F));
  const float nearest = squared + radius * radius - 2.0F * spread * radius * probe.distance;
  switch (metric_) {
    case Metric::euclidean:
      probe.base = -squared;
      probe.error *= 2.0F;
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
  probe.potential += kErrors * probe.error;
  return probe;
}

/// Estimates of -|z - g|², or of ⟨q, c⟩ for inner products.
void IvfRouter::score(const IvfQuery& query, std::vector<float>& scores) const {
  const bool inner = metric_ == Metric::inner_product;
  scores.resize(block_squares_.size() * kernels::kCodeBlock);
  kernels::CodeQuery code{query.tables(),
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
    scan(signs_.data() + block * block_bytes, padded_, code,
         scores.data() + block * kernels::kCodeBlock);
  }
  scores.resize(table_.lists.size());
}

bool IvfRouter::route(const IvfQuery& query, std::size_t count, float spread,
                      std::vector<Probe>& probes) const {
  const std::size_t lists = table_.lists.size();
  const std::size_t wanted = 2 * count + kChosenMore;
  thread_local std::vector<float> scores;
  thread_local std::vector<std::uint32_t> chosen;
  float threshold = std::numeric_limits<float>::lowest();
  if (wanted < lists) {
    score(query, scores);
    threshold = threshold_for(scores, wanted);
  }
  const bool all = threshold == std::numeric_limits<float>::lowest();
  chosen.resize(lists);
  std::size_t kept = lists;
  if (all) {
    std::iota(chosen.begin(), chosen.end(), 0U);
  } else {
    kept = 0;
    for (std::uint32_t l = 0; l < lists; ++l) {  // without a branch that is hard to foresee
      chosen[kept] = l;
      kept += scores[l] >= threshold ? 1 : 0;
    }
  }
  probes.clear();
  for (std::size_t i = 0; i < kept; ++i)
    if (table_.lists[chosen[i]].rows > 0)
      probes.push_back(probe_of(query, chosen[i], product(query, chosen[i]), spread));
  return all;
}

float IvfRouter::product(const IvfQuery& query, std::uint32_t list) const {
  const std::byte* code = centroids_.data() + list * (sizeof(CodeFactors) + padded_);
  CodeFactors factors;
  std::memcpy(&factors, code, sizeof(factors));
  const int sum = kernels::refine_product(kCentroidBits)(code + sizeof(factors),
                                                         query.eight_bit.data(), padded_);
  return factors.scale * query.refine.product(kCentroidBits, static_cast<float>(sum));
}

Probe IvfRouter::probe(const IvfQuery& query, std::uint32_t list) const {
  return probe_of(query, list, product(query, list), 0.0F);
}

}  // namespace kindred::index
