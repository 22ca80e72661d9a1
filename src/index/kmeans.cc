#include "index/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/cpu.h"
#include "base/error.h"
#include "base/random.h"
#include "index/centroid_candidates.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

/// Up to so many centroids every vector is compared with all.
constexpr std::size_t kExactCentroids = 4096;
/// Beyond, with those of so many groups nearest to it.
constexpr std::size_t kNearGroups = 8;
/// Vectors multiplied at once.
constexpr std::size_t kBlock = 256;

/// Where the processor multiplies in bfloat16 it is twice as fast, and few centroids are so near
/// that they need a closer look.
kernels::WeightType product_type() {
  return best_isa() >= Isa::avx512bf16 ? kernels::WeightType::bf16 : kernels::WeightType::fp32;
}

/// Of |vector| · |centroid|, how far two products can be wrong together: each factor is rounded to
/// eight bits, which is by 2⁻⁹ at most. Without that, only the last bits of float32 are wrong, and
/// either of two centroids is as good.
float rounding() {
  return product_type() == kernels::WeightType::bf16 ? 0x1p-7F : 0.0F;
}

std::vector<float> half_norms(const float* centroids, std::size_t count, std::size_t dimension) {
  std::vector<float> bias(count);
  for (std::size_t c = 0; c < count; ++c)
    bias[c] = -0.5F * kernels::dot(centroids + c * dimension, centroids + c * dimension, dimension);
  return bias;
}

}  // namespace

CentroidTree::Node CentroidTree::pack(const float* centroids, std::size_t count) const {
  std::vector<float> centred(count * dimension_);
  centre(centroids, count, centred.data());
  return {kernels::PackedMatrix::pack(count, dimension_, product_type(), false,
                                      [&](std::size_t row, float* out) {
                                        std::copy_n(centred.data() + row * dimension_, dimension_,
                                                    out);
                                      }),
          half_norms(centred.data(), count, dimension_)};
}

void CentroidTree::centre(const float* vectors, std::size_t rows, float* out) const {
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t d = 0; d < dimension_; ++d)
      out[r * dimension_ + d] = vectors[r * dimension_ + d] - mean_[d];
}

CentroidTree::CentroidTree(std::vector<float> centroids, std::size_t dimension,
                           std::vector<std::size_t> group_begin)
    : centroids_(std::move(centroids)),
      dimension_(dimension),
      group_begin_(std::move(group_begin)),
      mean_(dimension) {
  for (std::size_t c = 0; c < count(); ++c)
    for (std::size_t d = 0; d < dimension_; ++d)
      mean_[d] += centroids_[c * dimension_ + d] / static_cast<float>(count());
  for (std::size_t c = 0; c < count(); ++c)
    radius_ = std::max(radius_, std::sqrt(kernels::squared_l2(centroids_.data() + c * dimension_,
                                                              mean_.data(), dimension_)));
  if (count() <= kExactCentroids || group_begin_.size() - 1 <= kNearGroups) {
    groups_.push_back(pack(centroids_.data(), count()));
    return;
  }
  const std::size_t group_count = group_begin_.size() - 1;
  std::vector<float> means(group_count * dimension_);
  for (std::size_t g = 0; g < group_count; ++g) {
    const std::size_t begin = group_begin_[g], size = group_begin_[g + 1] - begin;
    groups_.push_back(pack(centroids_.data() + begin * dimension_, size));
    for (std::size_t c = begin; c < begin + size; ++c)
      for (std::size_t d = 0; d < dimension_; ++d)
        means[g * dimension_ + d] += centroids_[c * dimension_ + d] / static_cast<float>(size);
  }
  top_.push_back(pack(means.data(), group_count));
}

void CentroidTree::assign(const float* vectors, std::size_t rows, std::uint32_t* nearest,
                          std::uint32_t* second) const {
  thread_local std::vector<float> centred;
  thread_local std::vector<CentroidCandidates> candidates;
  centred.resize(std::min(kBlock, rows) * dimension_);
  candidates.assign(std::min(kBlock, rows), CentroidCandidates(dimension_));
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const std::size_t size = std::min(kBlock, rows - begin);
    const float* block = vectors + begin * dimension_;
    centre(block, size, centred.data());
    for (std::size_t r = 0; r < size; ++r) {
      const float* x = centred.data() + r * dimension_;
      candidates[r].clear(rounding() * radius_ * std::sqrt(kernels::dot(x, x, dimension_)),
                          second != nullptr);
    }
    if (top_.empty())
      multiply_all(centred.data(), size, candidates.data());
    else
      multiply_grouped(centred.data(), size, candidates.data());
    for (std::size_t r = 0; r < size; ++r) {
      const float* x = block + r * dimension_;
      nearest[begin + r] = candidates[r].nearest(x, centroids_);
      if (second) second[begin + r] = candidates[r].second(x, nearest[begin + r], centroids_);
    }
  }
}

void CentroidTree::multiply_all(const float* centred, std::size_t rows,
                                CentroidCandidates* candidates) const {
  thread_local std::vector<float> products;
  products.resize(rows * count());
  ThreadPool serial(1);
  kernels::matmul(centred, rows, dimension_, groups_[0].packed, {.bias = groups_[0].bias.data()},
                  products.data(), count(), serial);
  for (std::size_t r = 0; r < rows; ++r)
    candidates[r].offer(products.data() + r * count(), count(), 0);
}

void CentroidTree::multiply_grouped(const float* centred, std::size_t rows,
                                    CentroidCandidates* candidates) const {
  thread_local std::vector<float> products, gathered;
  thread_local std::vector<std::vector<std::uint32_t>> rows_of_group;
  const std::size_t group_count = groups_.size();
  ThreadPool serial(1);
  products.resize(rows * group_count);
  kernels::matmul(centred, rows, dimension_, top_[0].packed, {.bias = top_[0].bias.data()},
                  products.data(), group_count, serial);
  rows_of_group.resize(group_count);
  for (auto& of_group : rows_of_group) of_group.clear();
  std::vector<std::uint32_t> order(group_count);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* product = products.data() + r * group_count;
    std::iota(order.begin(), order.end(), 0U);
    std::nth_element(order.begin(), order.begin() + kNearGroups, order.end(),
                     [&](std::uint32_t a, std::uint32_t b) {
                       return product[a] > product[b] || (product[a] == product[b] && a < b);
                     });
    for (std::size_t i = 0; i < kNearGroups; ++i)
      rows_of_group[order[i]].push_back(static_cast<std::uint32_t>(r));
  }
  for (std::size_t g = 0; g < group_count; ++g) {
    const std::vector<std::uint32_t>& members = rows_of_group[g];
    if (members.empty()) continue;
    const std::size_t size = group_begin_[g + 1] - group_begin_[g];
    gathered.resize(members.size() * dimension_);
    products.resize(std::max(products.size(), members.size() * size));
    for (std::size_t i = 0; i < members.size(); ++i)
      std::copy_n(centred + members[i] * dimension_, dimension_, gathered.data() + i * dimension_);
    kernels::matmul(gathered.data(), members.size(), dimension_, groups_[g].packed,
                    {.bias = groups_[g].bias.data()}, products.data(), size, serial);
    for (std::size_t i = 0; i < members.size(); ++i)
      candidates[members[i]].offer(products.data() + i * size, size, group_begin_[g]);
  }
}

namespace {

constexpr std::size_t kTopIterations = 12;
constexpr std::size_t kGroupIterations = 8;
constexpr std::size_t kJointIterations = 4;
/// Sample vectors a centroid that its position is worth reading.
constexpr std::size_t kTopSample = 256;

/// Parts of equal size for the pool: the same for every number of threads.
constexpr std::size_t kPart = 4096;

std::vector<std::uint32_t> assign_parallel(const CentroidTree& tree, const float* x,
                                           std::size_t rows, ThreadPool& pool) {
  std::vector<std::uint32_t> nearest(rows);
  pool.run((rows + kPart - 1) / kPart, [&](std::size_t part, int) {
    const std::size_t begin = part * kPart;
    tree.assign(x + begin * tree.dimension(), std::min(kPart, rows - begin),
                nearest.data() + begin);
  });
  return nearest;
}

/// The means of the vectors assigned to each centroid; one without vectors takes half of the
/// largest.
std::vector<float> means_of(const float* x, std::size_t rows, std::size_t d,
                            const std::vector<std::uint32_t>& nearest,
                            const std::vector<float>& before, Random& random) {
  const std::size_t count = before.size() / d;
  std::vector<float> means(before.size());
  std::vector<std::size_t> sizes(count);
  for (std::size_t r = 0; r < rows; ++r) {
    float* mean = means.data() + nearest[r] * d;
    for (std::size_t i = 0; i < d; ++i) mean[i] += x[r * d + i];
    ++sizes[nearest[r]];
  }
  for (std::size_t c = 0; c < count; ++c) {
    if (sizes[c] == 0) continue;
    const float inverse = 1.0F / static_cast<float>(sizes[c]);
    for (std::size_t i = 0; i < d; ++i) means[c * d + i] *= inverse;
  }
  std::vector<std::pair<std::size_t, std::size_t>> largest;  // a heap of size and centroid
  for (std::size_t c = 0; c < count; ++c) largest.emplace_back(sizes[c], c);
  std::make_heap(largest.begin(), largest.end());
  for (std::size_t c = 0; c < count; ++c) {
    if (sizes[c] != 0) continue;
    std::pop_heap(largest.begin(), largest.end());
    auto& [size, from] = largest.back();
    for (std::size_t i = 0; i < d; ++i) {
      // Apart by a thousandth of the value, which the next iteration pulls further apart.
      const float shift = (random() >> 63) != 0 ? 1.0F / 1024.0F : -1.0F / 1024.0F;
      const float value = means[from * d + i];
      means[c * d + i] = value * (1.0F + shift);
      means[from * d + i] = value * (1.0F - shift);
    }
    size -= size / 2;
    std::push_heap(largest.begin(), largest.end());
  }
  return means;
}

std::vector<std::size_t> one_group(std::size_t count) {
  return {0, count};
}

/// Plain Lloyd over `rows` ≥ `count` vectors, starting from `count` of them chosen at random.
std::vector<float> lloyd(const float* x, std::size_t rows, std::size_t d, std::size_t count,
                         std::size_t iterations, Random random, ThreadPool& pool) {
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<float> centroids(count * d);
  for (std::size_t c = 0; c < count; ++c) {  // the first `count` of a shuffle
    std::swap(order[c], order[c + random.below(rows - c)]);
    std::copy_n(x + order[c] * d, d, centroids.data() + c * d);
  }
  if (count == 1) iterations = 1;
  for (std::size_t i = 0; i < iterations; ++i) {
    const CentroidTree tree(centroids, d, one_group(count));
    centroids = means_of(x, rows, d, assign_parallel(tree, x, rows, pool), centroids, random);
  }
  return centroids;
}

/// How many of `count` centroids each group gets: in proportion to its size, at least one where it
/// has vectors, never more than it has.
std::vector<std::size_t> share_out(const std::vector<std::size_t>& sizes, std::size_t count) {
  const std::size_t total = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  require(total > 0, "vectors to cluster");
  std::vector<std::size_t> shares(sizes.size());
  std::size_t given = 0;
  for (std::size_t g = 0; g < sizes.size(); ++g) {
    if (sizes[g] > 0) shares[g] = std::clamp<std::size_t>(count * sizes[g] / total, 1, sizes[g]);
    given += shares[g];
  }
  const auto load = [&](std::size_t g) {  // vectors a centroid
    return static_cast<double>(sizes[g]) / static_cast<double>(std::max<std::size_t>(shares[g], 1));
  };
  while (given != count) {
    std::size_t chosen = sizes.size();
    for (std::size_t g = 0; g < sizes.size(); ++g) {
      if (given < count ? shares[g] >= sizes[g] : shares[g] <= 1) continue;
      if (chosen == sizes.size() ||
          (given < count ? load(g) > load(chosen) : load(g) < load(chosen)))
        chosen = g;
    }
    require(chosen != sizes.size(), "as many vectors as centroids");
    given < count ? (++shares[chosen], ++given) : (--shares[chosen], --given);
  }
  return shares;
}

/// Splits each cluster of the first level on its own.
CentroidTree split_groups(const float* x, std::size_t d, std::size_t count,
                          const std::vector<std::vector<std::uint32_t>>& members,
                          const Random& random, ThreadPool& pool) {
  std::vector<std::size_t> sizes;
  sizes.reserve(members.size());
  for (const auto& group : members) sizes.push_back(group.size());
  const std::vector<std::size_t> shares = share_out(sizes, count);
  std::vector<std::vector<float>> split(members.size());
  pool.run(members.size(), [&](std::size_t g, int) {
    if (shares[g] == 0) return;
    std::vector<float> rows(sizes[g] * d);
    for (std::size_t i = 0; i < sizes[g]; ++i)
      std::copy_n(x + members[g][i] * d, d, rows.data() + i * d);
    ThreadPool serial(1);
    split[g] =
        lloyd(rows.data(), sizes[g], d, shares[g], kGroupIterations, random.split(g + 1), serial);
  });
  std::vector<float> centroids;
  std::vector<std::size_t> group_begin = {0};
  for (std::size_t g = 0; g < members.size(); ++g) {
    if (shares[g] == 0) continue;
    centroids.insert(centroids.end(), split[g].begin(), split[g].end());
    group_begin.push_back(centroids.size() / d);
  }
  return CentroidTree(std::move(centroids), d, std::move(group_begin));
}

}  // namespace

CentroidTree train_centroids(const float* sample, std::size_t rows, std::size_t dimension,
                             std::size_t count, std::uint64_t seed, ThreadPool& pool,
                             const KmeansProgress& progress) {
  require(count >= 1 && rows >= count, "as many sample vectors as centroids");
  Random random(seed);
  const auto report = [&](std::size_t done) {
    if (progress) progress(done, kJointIterations + 2);
  };
  const auto top_count = std::max<std::size_t>(1, static_cast<std::size_t>(std::sqrt(count)));
  report(0);
  const std::size_t top_rows = std::min(rows, std::max(top_count * kTopSample, top_count));
  const CentroidTree top(
      lloyd(sample, top_rows, dimension, top_count, kTopIterations, random.split(0), pool),
      dimension, one_group(top_count));
  std::vector<std::vector<std::uint32_t>> members(top_count);
  const std::vector<std::uint32_t> group = assign_parallel(top, sample, rows, pool);
  for (std::size_t r = 0; r < rows; ++r) members[group[r]].push_back(static_cast<std::uint32_t>(r));
  report(1);
  CentroidTree tree = split_groups(sample, dimension, count, members, random, pool);
  for (std::size_t i = 0; i < kJointIterations; ++i) {
    report(i + 2);
    const std::vector<std::uint32_t> nearest = assign_parallel(tree, sample, rows, pool);
    tree = CentroidTree(means_of(sample, rows, dimension, nearest, tree.centroids(), random),
                        dimension, tree.group_begin());
  }
  report(kJointIterations + 2);
  return tree;
}

}  // namespace kindred::index
