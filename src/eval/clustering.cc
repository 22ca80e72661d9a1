#include "eval/clustering.h"

#include <cmath>
#include <map>
#include <utility>

#include "base/error.h"

namespace kindred::eval {
namespace {

template <typename Key>
using Counts = std::map<Key, double>;

template <typename Key>
double entropy(const Counts<Key>& counts, double n) {
  double sum = 0.0;
  for (const auto& [key, count] : counts) sum -= count / n * std::log(count / n);
  return sum;
}

// Pairs of the things that are in one part together.
template <typename Key>
double pairs(const Counts<Key>& counts) {
  double sum = 0.0;
  for (const auto& [key, count] : counts) sum += 0.5 * count * (count - 1.0);
  return sum;
}

}  // namespace

ClusterAgreement compare_clusters(std::span<const std::int64_t> classes,
                                  std::span<const std::int64_t> clusters) {
  require(classes.size() == clusters.size(), "classes and clusters of unequal number");
  ClusterAgreement agreement;
  if (classes.empty()) return agreement;
  Counts<std::int64_t> of_class, of_cluster;
  Counts<std::pair<std::int64_t, std::int64_t>> of_both;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    ++of_class[classes[i]];
    ++of_cluster[clusters[i]];
    ++of_both[{classes[i], clusters[i]}];
  }
  const auto n = static_cast<double>(classes.size());
  const double class_entropy = entropy(of_class, n);
  const double cluster_entropy = entropy(of_cluster, n);
  double shared = 0.0;  // mutual information
  for (const auto& [both, count] : of_both)
    shared += count / n * std::log(count * n / (of_class[both.first] * of_cluster[both.second]));
  if (class_entropy > 0.0) agreement.homogeneity = shared / class_entropy;
  if (cluster_entropy > 0.0) agreement.completeness = shared / cluster_entropy;
  const double sum = agreement.homogeneity + agreement.completeness;
  agreement.v_measure =
      sum > 0.0 ? 2.0 * agreement.homogeneity * agreement.completeness / sum : 0.0;

  const double together = pairs(of_both);
  const double by_class = pairs(of_class);
  const double by_cluster = pairs(of_cluster);
  const double all = 0.5 * n * (n - 1.0);
  const double expected = all > 0.0 ? by_class * by_cluster / all : 0.0;
  const double most = 0.5 * (by_class + by_cluster);
  // Equal where both are one part, or one part a thing.
  if (most != expected) agreement.adjusted_rand = (together - expected) / (most - expected);
  return agreement;
}

}  // namespace kindred::eval
