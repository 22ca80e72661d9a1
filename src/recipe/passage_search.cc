#include "recipe/passage_search.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/distance.h"
#include "kernels/topk.h"

namespace kindred::recipe {
namespace {

constexpr double kRecall = 0.98;  // a missed neighbour is a missed negative, and nothing worse

}  // namespace

void make_unit_rows(std::span<float> vectors, std::size_t dimension) {
  require(dimension > 0 && vectors.size() % dimension == 0, "rows of another length");
  for (std::size_t at = 0; at < vectors.size(); at += dimension) {
    const std::span<float> row = vectors.subspan(at, dimension);
    double square = 0.0;
    for (const float value : row) square += static_cast<double>(value) * value;
    if (!std::isfinite(square)) {
      fail(ErrorKind::bad_input,
           "a vector has values that are not finite; has the model diverged? Go on from an earlier "
           "checkpoint with a lower learning rate");
    }
    if (square == 0.0) continue;
    const double scale = 1.0 / std::sqrt(square);
    for (float& value : row) value = static_cast<float>(value * scale);
  }
}

PassageSearch::PassageSearch(std::size_t rows, std::size_t dimension, std::size_t most_exact,
                             int threads)
    : dimension_(dimension) {
  if (dimension == 0) fail(ErrorKind::bad_input, "vectors of no dimension");
  if (rows <= most_exact) {
    vectors_.reserve(rows * dimension);
    return;
  }
  directory_ = std::make_unique<io::ScratchDirectory>();
  index_ = Index::create(directory_->file("passages"),
                         {.dimension = dimension, .recall = kRecall, .fingerprint = {}},
                         {.threads = threads});
}

void PassageSearch::add(std::span<const float> vectors) {
  std::vector<float> unit(vectors.begin(), vectors.end());
  make_unit_rows(unit, dimension_);
  const std::size_t count = unit.size() / dimension_;
  if (index_) {
    std::vector<IndexRow> rows;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back({.key = rows_ + i,
                      .id = {},
                      .payload = {},
                      .vector = std::span(unit).subspan(i * dimension_, dimension_)});
    }
    (void)index_->insert(rows);
  } else {
    vectors_.insert(vectors_.end(), unit.begin(), unit.end());
  }
  rows_ += count;
}

std::vector<std::vector<NearPassage>> PassageSearch::search(std::span<const float> queries,
                                                            std::size_t k, ThreadPool& pool) const {
  std::vector<float> unit(queries.begin(), queries.end());
  make_unit_rows(unit, dimension_);
  const std::size_t count = unit.size() / dimension_;
  std::vector<std::vector<NearPassage>> found(count);
  k = std::min(k, rows_);
  if (k == 0) return found;
  if (index_) {
    const IndexHits hits = index_->search(
        {.queries = unit, .k = k, .recall = kRecall, .fingerprint = {}, .where = {}, .filter = {}});
    for (std::size_t i = 0; i < count; ++i) {
      for (const IndexHit& hit : hits.of_query[i])
        found[i].push_back({static_cast<std::uint32_t>(hit.key), hit.score});
    }
    return found;
  }
  const kernels::Neighbors near =
      kernels::top_k(unit.data(), count, vectors_.data(), rows_, dimension_, k, pool);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i * near.k; j < (i + 1) * near.k; ++j)
      found[i].push_back({near.indices[j], near.scores[j]});
  }
  return found;
}

float PassageSearch::cosine(std::span<const float> vector, std::uint32_t row) const {
  require(vector.size() == dimension_ && row < rows_, "a cosine of no row");
  std::vector<float> unit(vector.begin(), vector.end());
  make_unit_rows(unit, dimension_);
  if (!index_) return kernels::dot(unit.data(), vectors_.data() + row * dimension_, dimension_);
  const auto stored = index_->get(std::uint64_t{row});
  require(stored.has_value(), "a passage that the index lost");
  return kernels::dot(unit.data(), stored->vector.data(), dimension_);
}

}  // namespace kindred::recipe
