// Vectors for the index's tests and their true neighbours. For tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "index/segment.h"

namespace kindred::index {

class MemorySource final : public VectorSource {
 public:
  MemorySource(std::vector<float> values, std::size_t dimension)
      : values_(std::move(values)), dimension_(dimension) {}
  std::size_t rows() const noexcept override { return values_.size() / dimension_; }
  std::size_t dimension() const noexcept override { return dimension_; }
  void read(std::size_t begin, std::size_t count, float* out) const override {
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(begin * dimension_),
                count * dimension_, out);
  }
  const std::vector<float>& values() const noexcept { return values_; }

 private:
  std::vector<float> values_;
  std::size_t dimension_;
};

inline std::vector<float> normal_vectors(std::size_t rows, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> x(rows * d);
  for (float& v : x) v = static_cast<float>(random.normal());
  return x;
}

/// Topics within clusters and rows within topics, whose spread falls from dimension to dimension as
/// that of embeddings does, turned by mixing neighbouring dimensions.
inline std::vector<float> clustered_vectors(std::size_t rows, std::size_t d, std::uint64_t seed) {
  constexpr std::size_t kClusters = 30, kTopics = 600;
  Random random(77);  // the topics are the same for every seed
  std::vector<float> clusters(kClusters * d), topics(kTopics * d), scale(d);
  for (std::size_t i = 0; i < d; ++i) scale[i] = 1.0F / std::sqrt(1.0F + static_cast<float>(i) / 4);
  for (float& v : clusters) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < topics.size(); ++i)
    topics[i] =
        clusters[i / d % kClusters * d + i % d] + 0.8F * static_cast<float>(random.normal());
  Random of_rows(seed);
  std::vector<float> x(rows * d);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* topic = topics.data() + of_rows.below(kTopics) * d;
    float* row = x.data() + r * d;
    for (std::size_t i = 0; i < d; ++i)
      row[i] = scale[i] * (topic[i] + 0.6F * static_cast<float>(of_rows.normal())) + 0.2F;
    for (std::size_t i = 1; i < d; ++i) {
      const float a = row[i - 1], b = row[i];
      row[i - 1] = 0.8F * a + 0.6F * b;
      row[i] = 0.8F * b - 0.6F * a;
    }
  }
  return x;
}

inline void normalise(std::vector<float>& x, std::size_t d) {
  for (std::size_t r = 0; r < x.size() / d; ++r) {
    double sum = 0.0;
    for (std::size_t i = 0; i < d; ++i) sum += static_cast<double>(x[r * d + i]) * x[r * d + i];
    for (std::size_t i = 0; sum > 0.0 && i < d; ++i)
      x[r * d + i] = static_cast<float>(x[r * d + i] / std::sqrt(sum));
  }
}

/// In double precision.
inline double exact_score(Metric metric, const float* query, const float* x, std::size_t d) {
  double sum = 0.0;
  for (std::size_t i = 0; i < d; ++i)
    sum += metric == Metric::euclidean
               ? -(static_cast<double>(query[i]) - x[i]) * (static_cast<double>(query[i]) - x[i])
               : static_cast<double>(query[i]) * x[i];
  return sum;
}

/// The k-th best true score over the allowed rows of a segment (whose vectors are read back from
/// it).
inline std::vector<double> kth_scores(const Segment& segment, const SegmentQuery& query) {
  const std::size_t rows = segment.rows(), d = segment.dimension();
  std::vector<std::uint32_t> all(rows);
  for (std::size_t r = 0; r < rows; ++r) all[r] = static_cast<std::uint32_t>(r);
  std::vector<float> x(rows * d);
  segment.read_vectors(all, x.data());
  std::vector<double> result;
  for (std::size_t q = 0; q < query.count; ++q) {
    std::vector<double> scores;
    for (std::size_t r = 0; r < rows; ++r)
      if (!query.allowed || query.allowed->contains(r))
        scores.push_back(exact_score(segment.metric(), query.queries + q * d, x.data() + r * d, d));
    const std::size_t k = std::min(query.k, scores.size());
    if (k == 0) {
      result.push_back(0.0);
      continue;
    }
    std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(k - 1),
                     scores.end(), std::greater<>());
    result.push_back(scores[k - 1]);
  }
  return result;
}

/// The share of true neighbours found.
inline double recall_of(const Segment& segment, const SegmentQuery& query,
                        const SegmentHits& hits) {
  const std::vector<double> kth = kth_scores(segment, query);
  double found = 0.0, wanted = 0.0;
  const std::size_t allowed = query.allowed ? query.allowed->count() : segment.rows();
  for (std::size_t q = 0; q < query.count; ++q) {
    wanted += static_cast<double>(std::min(query.k, allowed));
    for (const Hit& hit : hits.of(q))
      found += hit.score >= kth[q] - 1e-5 * std::abs(kth[q]) ? 1.0 : 0.0;
  }
  return wanted > 0.0 ? found / wanted : 1.0;
}

}  // namespace kindred::index
