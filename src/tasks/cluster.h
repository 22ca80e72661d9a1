// Texts or vectors to clusters with names and examples. Tested by cluster_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/cluster_names.h"
#include "estimators/density_clusters.h"
#include "estimators/metric_space.h"

namespace kindred::tasks {

enum class ClusterMethod : std::uint8_t { density, kmeans };

struct ClusterOptions {
  ClusterMethod method = ClusterMethod::density;
  estimators::Distance distance = estimators::Distance::cosine;
  std::size_t k = 0;         ///< of k-means, which needs it
  std::size_t restarts = 4;  ///< of k-means
  estimators::DensityOptions density = {.min_size = 10};
  /// Density in so many dimensions of a UMAP of the vectors (15 neighbours, no least distance): in
  /// the hundreds of a model's own nothing is dense and most rows are noise. 0: in the vectors'
  /// own.
  std::size_t reduce = 5;
  std::uint64_t seed = 1;
  std::size_t terms = 10;    ///< kept of each cluster
  std::size_t examples = 3;  ///< different texts nearest to each cluster's centre
};

struct ClusterSummary {
  std::size_t size = 0;
  std::string name;  ///< its first terms; empty without texts
  std::vector<estimators::ClusterTerm> terms;
  std::vector<std::size_t> examples;  ///< rows
};

struct Clustering {
  std::vector<std::int32_t> labels;  ///< of each row: its cluster, the largest being 0; −1 noise
  std::vector<float> probabilities;  ///< of density: how central, 0 of noise; empty of k-means
  std::vector<float> distances;      ///< to the mean of the cluster's vectors; 0 of noise
  std::vector<ClusterSummary> clusters;  ///< the largest first
  std::size_t noise = 0;
};

/// `vectors`: rows × dimensions. `texts` name the clusters by the words of search::analyze, each in
/// the language that it is found to be in; empty: no names. The same for every number of threads.
/// Errors: those of estimators::k_means and density_clusters; bad_input for k-means without k.
Clustering cluster(const float* vectors, std::size_t rows, std::size_t dimensions,
                   std::span<const std::string> texts, const ClusterOptions& options,
                   ThreadPool& pool, const estimators::Report& report = {});

}  // namespace kindred::tasks
