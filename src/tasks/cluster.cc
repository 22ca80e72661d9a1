#include "tasks/cluster.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "base/error.h"
#include "catalog/language.h"
#include "estimators/k_means.h"
#include "estimators/umap.h"
#include "search/analyzer.h"

namespace kindred::tasks {
namespace {

using estimators::MetricSpace;

constexpr std::int32_t kNoise = -1;

// Part of the work, as `first` to `last` thousandths of what is reported.
estimators::Report part_of(const estimators::Report& report, std::size_t first, std::size_t last) {
  if (!report) return {};
  return [&report, first, last](std::size_t done, std::size_t total) {
    report(first + (last - first) * done / std::max<std::size_t>(total, 1), 1000);
  };
}

estimators::DensityClusters by_density(const MetricSpace& space, const float* vectors,
                                       std::size_t dimensions, const ClusterOptions& options,
                                       ThreadPool& pool, const estimators::Report& report) {
  if (options.reduce == 0 || options.reduce >= dimensions)
    return estimators::density_clusters(space, options.density, pool, report);
  estimators::UmapOptions umap;
  umap.dimensions = options.reduce;
  umap.min_dist = 0.0;
  umap.seed = options.seed;
  umap.distance = options.distance;
  const std::vector<float> reduced =
      estimators::umap(vectors, space.rows(), dimensions, umap, pool, part_of(report, 0, 800));
  const MetricSpace flat(reduced.data(), space.rows(), options.reduce,
                         estimators::Distance::euclidean, pool);
  return estimators::density_clusters(flat, options.density, pool, part_of(report, 800, 1000));
}

// Clusters numbered anew, the largest first; of equal ones that with the lower first row.
void number_by_size(std::vector<std::int32_t>& labels, std::vector<ClusterSummary>& clusters) {
  std::vector<std::size_t> first(clusters.size(), labels.size()), order(clusters.size());
  for (std::size_t row = labels.size(); row-- > 0;) {
    if (labels[row] == kNoise) continue;
    ++clusters[static_cast<std::size_t>(labels[row])].size;
    first[static_cast<std::size_t>(labels[row])] = row;
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return clusters[a].size > clusters[b].size ||
           (clusters[a].size == clusters[b].size && first[a] < first[b]);
  });
  std::vector<std::int32_t> number(clusters.size());
  for (std::size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<std::int32_t>(i);
  for (std::int32_t& label : labels)
    if (label != kNoise) label = number[static_cast<std::size_t>(label)];
  std::sort(clusters.begin(), clusters.end(),
            [](const ClusterSummary& a, const ClusterSummary& b) { return a.size > b.size; });
}

// Of each row, to the mean of its cluster (of length 1 for the cosine).
std::vector<float> distances_to_means(const MetricSpace& space,
                                      const std::vector<std::int32_t>& labels,
                                      std::size_t clusters) {
  const std::size_t d = space.width();
  std::vector<double> means(clusters * d);
  std::vector<std::size_t> sizes(clusters);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] == kNoise) continue;
    const auto c = static_cast<std::size_t>(labels[row]);
    ++sizes[c];
    for (std::size_t i = 0; i < d; ++i) means[c * d + i] += space.row(row)[i];
  }
  for (std::size_t c = 0; c < clusters; ++c) {
    auto scale = static_cast<double>(sizes[c]);
    if (space.distance() == estimators::Distance::cosine) {
      double square = 0.0;
      for (std::size_t i = 0; i < d; ++i) square += means[c * d + i] * means[c * d + i];
      scale = std::max(std::sqrt(square), 1e-12);
    }
    for (std::size_t i = 0; i < d; ++i) means[c * d + i] /= scale;
  }
  std::vector<float> distances(labels.size(), 0.0F);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] == kNoise) continue;
    const double* mean = means.data() + static_cast<std::size_t>(labels[row]) * d;
    double square = 0.0;
    for (std::size_t i = 0; i < d; ++i)
      square += (space.row(row)[i] - mean[i]) * (space.row(row)[i] - mean[i]);
    distances[row] = space.of_square(static_cast<float>(square));
  }
  return distances;
}

void choose_examples(Clustering& result, std::span<const std::string> texts, std::size_t count) {
  std::vector<std::vector<std::size_t>> rows(result.clusters.size());
  for (std::size_t row = 0; row < result.labels.size(); ++row)
    if (result.labels[row] != kNoise)
      rows[static_cast<std::size_t>(result.labels[row])].push_back(row);
  for (std::size_t c = 0; c < rows.size(); ++c) {
    std::stable_sort(rows[c].begin(), rows[c].end(), [&](std::size_t a, std::size_t b) {
      return result.distances[a] < result.distances[b];
    });
    std::set<std::string_view> seen;
    for (const std::size_t row : rows[c]) {
      if (result.clusters[c].examples.size() == count) break;
      if (texts.empty() || seen.insert(texts[row]).second)
        result.clusters[c].examples.push_back(row);
    }
  }
}

void name_clusters(Clustering& result, std::span<const std::string> texts, std::size_t most,
                   ThreadPool& pool) {
  constexpr std::size_t kPart = 256;
  std::vector<std::vector<std::string>> terms(texts.size());
  pool.run((texts.size() + kPart - 1) / kPart, [&](std::size_t part, int) {
    for (std::size_t i = part * kPart; i < std::min((part + 1) * kPart, texts.size()); ++i)
      search::analyze(texts[i], catalog::identify_language(texts[i]).language, terms[i]);
  });
  auto found = estimators::cluster_terms(terms, result.labels, result.clusters.size(), most);
  for (std::size_t c = 0; c < found.size(); ++c) {
    result.clusters[c].name = estimators::name_of(found[c]);
    result.clusters[c].terms = std::move(found[c]);
  }
}

}  // namespace

Clustering cluster(const float* vectors, std::size_t rows, std::size_t dimensions,
                   std::span<const std::string> texts, const ClusterOptions& options,
                   ThreadPool& pool, const estimators::Report& report) {
  require(texts.empty() || texts.size() == rows, "a text a vector");
  const MetricSpace space(vectors, rows, dimensions, options.distance, pool);
  Clustering result;
  std::size_t count = 0;
  if (options.method == ClusterMethod::kmeans) {
    if (options.k == 0)
      fail(ErrorKind::bad_input, "k-means must be told how many clusters to make: say -k");
    estimators::KMeans found = estimators::k_means(
        space, {.k = options.k, .restarts = options.restarts, .seed = options.seed}, pool, report);
    count = found.clusters;
    result.labels = std::move(found.labels);
  } else {
    estimators::DensityClusters found =
        by_density(space, vectors, dimensions, options, pool, report);
    count = found.clusters;
    result.labels = std::move(found.labels);
    result.probabilities = std::move(found.probabilities);
  }
  result.clusters.resize(count);
  number_by_size(result.labels, result.clusters);
  result.noise =
      static_cast<std::size_t>(std::count(result.labels.begin(), result.labels.end(), kNoise));
  result.distances = distances_to_means(space, result.labels, count);
  choose_examples(result, texts, options.examples);
  if (!texts.empty()) name_clusters(result, texts, options.terms, pool);
  return result;
}

}  // namespace kindred::tasks
