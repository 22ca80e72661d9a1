#include "tasks/cluster_report.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "estimators/umap.h"

namespace kindred::tasks {

std::string label_of(const Clustering& clustering, std::int32_t cluster) {
  if (cluster < 0) return "noise";
  const std::string& name = clustering.clusters[static_cast<std::size_t>(cluster)].name;
  return name.empty() ? fmt::format("{}", cluster) : fmt::format("{}: {}", cluster, name);
}

eval::Map cluster_map(const float* vectors, std::size_t rows, std::size_t dimensions,
                      std::span<const std::string> texts, const Clustering& clustering,
                      const ClusterOptions& options, std::size_t most_points, ThreadPool& pool) {
  std::vector<std::size_t> chosen(rows);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  Random random(options.seed);
  if (rows > most_points) {
    random.shuffle(std::span(chosen));
    chosen.resize(most_points);
    std::sort(chosen.begin(), chosen.end());
  }
  std::vector<float> values;
  values.reserve(chosen.size() * dimensions);
  for (const std::size_t row : chosen)
    values.insert(values.end(), vectors + row * dimensions, vectors + (row + 1) * dimensions);
  estimators::UmapOptions umap;
  umap.distance = options.distance;
  umap.seed = options.seed;
  const std::vector<float> places =
      estimators::umap(values.data(), chosen.size(), dimensions, umap, pool);
  eval::Map map{"Vectors in two dimensions, by cluster", {}};
  for (std::size_t i = 0; i < chosen.size(); ++i)
    map.points.push_back({places[2 * i], places[2 * i + 1],
                          texts.empty() ? fmt::format("row {}", chosen[i]) : texts[chosen[i]],
                          label_of(clustering, clustering.labels[chosen[i]])});
  return map;
}

eval::Report cluster_report(const std::string& title, const Clustering& clustering, eval::Map map) {
  eval::Report report;
  report.title = title;
  report.facts = {{"rows", fmt::format("{}", clustering.labels.size())},
                  {"clusters", fmt::format("{}", clustering.clusters.size())},
                  {"noise", fmt::format("{}", clustering.noise)}};
  eval::Table table;
  table.key = "clusters";
  table.title = "Clusters";
  table.columns = {"rows", "share"};
  for (std::size_t c = 0; c < clustering.clusters.size(); ++c) {
    const auto size = static_cast<double>(clustering.clusters[c].size);
    table.rows.push_back({label_of(clustering, static_cast<std::int32_t>(c)),
                          {{size}, {size / static_cast<double>(clustering.labels.size())}},
                          0});
  }
  report.tables.push_back(std::move(table));
  report.map = std::move(map);
  return report;
}

}  // namespace kindred::tasks
