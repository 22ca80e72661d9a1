#include "tasks/vector_map.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.h"
#include "estimators/umap.h"
#include "tasks/retrieval_report.h"

namespace kindred::tasks {
namespace {

std::vector<std::size_t> drawn(std::size_t rows, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> places(rows);
  std::iota(places.begin(), places.end(), std::size_t{0});
  Random random(seed);
  random.shuffle(std::span(places));
  places.resize(std::min(rows, count));
  std::sort(places.begin(), places.end());
  return places;
}

std::string group_of(const eval::Record& record, const char* role, bool by_language) {
  const std::string language = language_of(record);
  return by_language && !language.empty() ? language + ' ' + role : role;
}

class Points {
 public:
  explicit Points(bool by_language) : by_language_(by_language) {}

  template <typename VectorOf>
  void add(const std::vector<eval::Record>& records, const VectorOf& vector_of, const char* role,
           const std::vector<std::size_t>& places) {
    for (const std::size_t place : places) {
      const std::span<const float> row = vector_of(place);
      values_.insert(values_.end(), row.begin(), row.end());
      points_.push_back(
          {0.0F, 0.0F, passage_of(records[place]), group_of(records[place], role, by_language_)});
    }
  }
  const std::vector<float>& values() const noexcept { return values_; }
  std::vector<eval::Map::Point>& points() noexcept { return points_; }

 private:
  bool by_language_;
  std::vector<float> values_;
  std::vector<eval::Map::Point> points_;
};

}  // namespace

eval::Map vector_map(const eval::Dataset& dataset, const VectorRetrieval& retrieval,
                     const std::string& title, const VectorMapOptions& options, ThreadPool& pool) {
  Points points(languages_of(dataset.corpus).size() > 1);
  const std::size_t queries = std::min(options.points / 5, dataset.queries.size());
  points.add(
      dataset.corpus, [&](std::size_t place) { return retrieval.document(place); }, "documents",
      drawn(dataset.corpus.size(), options.points - queries, options.seed));
  points.add(
      dataset.queries, [&](std::size_t place) { return retrieval.query(place); }, "queries",
      drawn(dataset.queries.size(), queries, options.seed + 1));
  estimators::UmapOptions umap;
  umap.seed = options.seed;
  const std::vector<float> places = estimators::umap(points.values().data(), points.points().size(),
                                                     retrieval.dimensions(), umap, pool);
  eval::Map map{title, std::move(points.points())};
  for (std::size_t i = 0; i < map.points.size(); ++i) {
    map.points[i].x = places[2 * i];
    map.points[i].y = places[2 * i + 1];
  }
  return map;
}

}  // namespace kindred::tasks
