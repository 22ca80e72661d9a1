#include "index/exact_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "index/top_hits.h"
#include "kernels/distance.h"
#include "kernels/matmul.h"

namespace kindred::index {
namespace {

/// Rows widened and multiplied at once, and queries that they are multiplied with: 256 KB of
/// products.
constexpr std::size_t kRows = 256;
constexpr std::size_t kQueries = 256;
/// So few queries are scored row by row: to widen the rows and pack the queries for a product would
/// take longer than it saves.
constexpr std::size_t kFewQueries = 4;
/// Rows whose scores are asked for at once: all of them are prefetched, and fit the L1 cache.
constexpr std::size_t kRowsAhead = 16;
/// Products choose the rows that are then scored by the kernel that re-ranks in every kind of
/// segment, so that a row has one score. They may be wrong by so much of |query| · |row|: 4,096
/// roundings of 2⁻²⁴ in a tree of sixteen sums stay far below it.
constexpr float kRounding = 2e-5F;

/// One thread's hits for each sample and query, sample-major, and its scratch.
struct Work {
  std::vector<TopHits> best;
  std::vector<float> cuts;  // what a product must reach, for each of `best`
  std::vector<float> floats, products, scores;
  std::vector<std::byte> stored;
  std::vector<std::uint32_t> rows;     // of the block at hand
  std::vector<std::uint32_t> samples;  // that keep each of them, a bit a sample
};

class Search {
 public:
  Search(const StoredVectors& vectors, Metric metric, std::size_t dimension,
         const SegmentQuery& query, std::size_t samples,
         const std::function<bool(std::size_t, std::size_t)>* keeps)
      : vectors_(vectors),
        euclidean_(metric == Metric::euclidean),
        metric_(metric),
        dimension_(dimension),
        query_(query),
        samples_(samples),
        keeps_(keeps) {
    require(samples <= 32, "a bit a sample");
    if (row_by_row()) return;
    for (std::size_t q = 0; q < query.count; ++q) {
      const float* x = query.queries + q * dimension;
      squares_.push_back(kernels::dot(x, x, dimension));
    }
    for (std::size_t first = 0; first < query.count; first += kQueries)
      packed_.push_back(kernels::PackedMatrix::pack(
          std::min(kQueries, query.count - first), dimension, kernels::WeightType::fp32, false,
          [&](std::size_t q, float* out) {
            std::copy_n(query.queries + (first + q) * dimension, dimension, out);
          }));
  }

  std::vector<SegmentHits> run(ThreadPool& pool) const;

 private:
  bool row_by_row() const noexcept { return query_.count <= kFewQueries && keeps_ == nullptr; }
  void scan(Work& work, std::size_t begin, std::size_t end) const;
  void score_rows(Work& work) const;
  void score_block(Work& work) const;
  void offer(Work& work, std::size_t q, std::size_t place, float upper) const;

  const StoredVectors& vectors_;
  bool euclidean_;
  Metric metric_;
  std::size_t dimension_;
  const SegmentQuery& query_;
  std::size_t samples_;
  const std::function<bool(std::size_t, std::size_t)>* keeps_;  // null: one sample of all rows
  std::vector<float> squares_;                                  // |query|²
  std::vector<kernels::PackedMatrix> packed_;                   // blocks of queries
};

void Search::scan(Work& work, std::size_t begin, std::size_t end) const {
  for (std::size_t row = begin; row < end; row += kRows) {
    work.rows.clear();
    work.samples.clear();
    for (std::size_t r = row; r < std::min(row + kRows, end); ++r) {
      if (query_.allowed && !query_.allowed->contains(r)) continue;
      std::uint32_t samples = keeps_ ? 0 : 1;
      for (std::size_t s = 0; keeps_ && s < samples_; ++s)
        samples |= static_cast<std::uint32_t>((*keeps_)(s, r)) << s;
      if (samples == 0) continue;
      work.rows.push_back(static_cast<std::uint32_t>(r));
      work.samples.push_back(samples);
    }
    if (work.rows.empty()) continue;
    if (row_by_row()) {
      score_rows(work);
      continue;
    }
    vectors_.read_widened(work.rows, work.stored, work.floats);
    score_block(work);
  }
}

/// Offers each of the rows at hand to every query.
void Search::score_rows(Work& work) const {
  work.scores.resize(kRowsAhead);
  if (!vectors_.mapped()) vectors_.read_widened(work.rows, work.stored, work.floats);
  const std::span<const std::uint32_t> rows = work.rows;
  for (std::size_t begin = 0; begin < rows.size(); begin += kRowsAhead) {
    const auto some = rows.subspan(begin, std::min(kRowsAhead, rows.size() - begin));
    for (std::size_t q = 0; q < query_.count; ++q) {
      const float* query = query_.queries + q * dimension_;
      if (vectors_.mapped()) vectors_.score(metric_, query, some, work.scores.data());
      for (std::size_t i = 0; i < some.size(); ++i) {
        const float score =
            vectors_.mapped()
                ? work.scores[i]
                : vectors_.score_stored(metric_, query,
                                        work.stored.data() + (begin + i) * vectors_.vector_bytes());
        work.best[q].offer(score, some[i]);
      }
    }
  }
}

/// Multiplies the rows at hand with all queries and offers those whose product could enter.
void Search::score_block(Work& work) const {
  ThreadPool serial(1);
  const std::size_t rows = work.rows.size();
  for (std::size_t block = 0; block < packed_.size(); ++block) {
    const std::size_t first = block * kQueries, queries = packed_[block].n();
    work.products.resize(rows * queries);
    kernels::matmul(work.floats.data(), rows, dimension_, packed_[block], {}, work.products.data(),
                    queries, serial);
    const float factor = euclidean_ ? 2.0F : 1.0F;
    const float of_squares = kRounding - (euclidean_ ? 1.0F : 0.0F);
    const float* squares = squares_.data() + first;
    const float* cuts = work.cuts.data() + first;
    for (std::size_t i = 0; i < rows; ++i) {
      const float* x = work.floats.data() + i * dimension_;
      // The score is ⟨x, q⟩, or 2 ⟨x, q⟩ - |x|² - |q|²; the rounding is of |x|² + |q|².
      const float fixed = of_squares * kernels::dot(x, x, dimension_);
      const bool several = work.samples[i] != 1;
      for (std::size_t q = 0; q < queries; ++q) {
        const float product = work.products[i * queries + q];
        const float upper = factor * product + (fixed + squares[q] * of_squares);
        if (upper >= cuts[q] || several) offer(work, first + q, i, upper);
      }
    }
  }
}

/// Offers a row whose score is at most `upper` to the samples that keep it.
void Search::offer(Work& work, std::size_t q, std::size_t place, float upper) const {
  float score = 0.0F;
  bool scored = false;
  for (std::uint32_t left = work.samples[place]; left != 0; left &= left - 1) {
    const std::size_t at = static_cast<std::size_t>(std::countr_zero(left)) * query_.count + q;
    if (upper < work.cuts[at]) continue;
    if (!scored)
      score = vectors_.score_stored(metric_, query_.queries + q * dimension_,
                                    work.stored.data() + place * vectors_.vector_bytes());
    scored = true;
    work.best[at].offer(score, work.rows[place]);
    work.cuts[at] = work.best[at].threshold();
  }
}

std::vector<SegmentHits> Search::run(ThreadPool& pool) const {
  const auto threads = static_cast<std::size_t>(pool.threads());
  std::vector<Work> works(threads);
  for (Work& work : works) {
    work.best.assign(samples_ * query_.count, TopHits(query_.k));
    work.cuts.assign(samples_ * query_.count, -std::numeric_limits<float>::infinity());
  }
  const std::size_t parts =
      std::max<std::size_t>(1, std::min(threads * 4, vectors_.rows() / kRows));
  const std::size_t share = (vectors_.rows() + parts - 1) / parts;
  pool.run(parts, [&](std::size_t part, int thread) {
    scan(works[static_cast<std::size_t>(thread)], std::min(part * share, vectors_.rows()),
         std::min((part + 1) * share, vectors_.rows()));
  });
  std::vector<SegmentHits> results(samples_);
  for (std::size_t s = 0; s < samples_; ++s) {
    SegmentHits& result = results[s];
    result.k = query_.k;
    result.hits.resize(query_.count * query_.k);
    result.found.resize(query_.count);
    result.vectors_read =
        query_.count * (query_.allowed ? query_.allowed->count() : vectors_.rows());
    for (std::size_t q = 0; q < query_.count; ++q) {
      TopHits merged(query_.k);
      for (const Work& work : works)
        for (const Hit& hit : work.best[s * query_.count + q].hits())
          merged.offer(hit.score, hit.row);
      result.found[q] = static_cast<std::uint32_t>(merged.take(result.hits.data() + q * query_.k));
    }
  }
  return results;
}

}  // namespace

void check_query(const SegmentQuery& query, std::size_t rows, std::size_t dimension) {
  require(!query.allowed || query.allowed->rows() == rows, "a filter of the segment's rows");
  for (std::size_t q = 0; q < query.count; ++q) {
    const float* x = query.queries + q * dimension;
    if (!std::isfinite(kernels::dot(x, x, dimension)))
      fail(ErrorKind::bad_input,
           "query {} has a value that is not finite, or values too large to square", q);
  }
}

SegmentHits exact_search(const StoredVectors& vectors, Metric metric, std::size_t dimension,
                         const SegmentQuery& query, ThreadPool& pool) {
  return std::move(Search(vectors, metric, dimension, query, 1, nullptr).run(pool)[0]);
}

std::vector<SegmentHits> exact_search_of_samples(
    const StoredVectors& vectors, Metric metric, std::size_t dimension, const SegmentQuery& query,
    std::size_t samples, const std::function<bool(std::size_t sample, std::size_t row)>& keeps,
    ThreadPool& pool) {
  return Search(vectors, metric, dimension, query, samples, &keeps).run(pool);
}

}  // namespace kindred::index
