#include <gtest/gtest.h>

#include <set>

#include "index/segment.h"
#include "index/test_vectors.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

struct Case {
  std::size_t rows, d;
  Metric metric;
  unsigned bits;
};

class IvfSegmentTest : public testing::Test {
 protected:
  void make(const Case& c, std::uint64_t ram = 0) {
    BuildOptions options;
    options.metric = c.metric;
    options.kind = SegmentKind::ivf;
    options.bits = c.bits;
    build_segment(MemorySource(clustered_vectors(c.rows, c.d, 1), c.d), options, directory_.path(),
                  pool_);
    segment_ = open_segment(directory_.path(), {ram});
    queries_ = clustered_vectors(kQueries, c.d, 2);
    if (c.metric == Metric::cosine) normalise(queries_, c.d);
  }
  SegmentQuery query(double recall, const RowSet* allowed = nullptr, std::size_t k = 10) const {
    return {queries_.data(), kQueries, k, allowed, {.recall = recall}};
  }
  double recall(const SegmentQuery& q) {
    return recall_of(*segment_, q, segment_->search(q, pool_));
  }

  static constexpr std::size_t kQueries = 200;
  io::TempDirectory directory_;
  ThreadPool pool_{2};
  std::shared_ptr<const Segment> segment_;
  std::vector<float> queries_;
};

class IvfRecall : public IvfSegmentTest, public testing::WithParamInterface<Case> {};

TEST_P(IvfRecall, IsKeptForEveryEffort) {
  make(GetParam());
  std::vector<std::uint64_t> codes;
  for (const double asked : {0.8, 0.9, 0.95, 0.99}) {
    const SegmentQuery q = query(asked);
    const SegmentHits hits = segment_->search(q, pool_);
    // 200 queries of ten: the measurement's own deviation is about a point at 0.9.
    EXPECT_GE(recall_of(*segment_, q, hits), asked - 0.015) << asked;
    codes.push_back(hits.codes_scanned);
  }
  EXPECT_LT(codes.front(), codes.back());
  EXPECT_LT(codes[1], kQueries * segment_->rows() / 4) << "no search at all";
  EXPECT_EQ(recall(query(1.0)), 1.0);
  EXPECT_GE(recall(query(0.95, nullptr, 100)), 0.93);
  EXPECT_GE(recall(query(0.95, nullptr, 1)), 0.93);
}

TEST_P(IvfRecall, IsKeptUnderFilters) {
  make(GetParam());
  Random random(9);
  for (const double share : {0.5, 0.1, 0.02, 0.002}) {
    RowSet allowed(segment_->rows());
    for (std::size_t r = 0; r < segment_->rows(); ++r)
      if (random.uniform() < share) allowed.insert(r);
    const SegmentQuery q = query(0.95, &allowed);
    const SegmentHits hits = segment_->search(q, pool_);
    EXPECT_GE(recall_of(*segment_, q, hits), 0.94) << share;
    for (std::size_t i = 0; i < kQueries; ++i) {
      EXPECT_EQ(hits.found[i], std::min<std::size_t>(10, allowed.count()));
      for (const Hit& hit : hits.of(i)) EXPECT_TRUE(allowed.contains(hit.row));
    }
  }
  // Rows are in list order, so a run of them is a few lists: far from most queries.
  RowSet far(segment_->rows());
  for (std::size_t r = segment_->rows() / 3; r < segment_->rows() / 3 + segment_->rows() / 20; ++r)
    far.insert(r);
  EXPECT_GE(recall(query(0.95, &far)), 0.94);
}

INSTANTIATE_TEST_SUITE_P(Shapes, IvfRecall,
                         testing::Values(Case{20000, 96, Metric::cosine, 4},
                                         Case{20000, 96, Metric::euclidean, 1},
                                         Case{20000, 50, Metric::euclidean, 8},
                                         Case{20000, 100, Metric::inner_product, 4},
                                         Case{12000, 200, Metric::cosine, 1}));

TEST_F(IvfSegmentTest, HitsDependNeitherOnTheBatchNorOnTheThreads) {
  make({30000, 64, Metric::cosine, 4});
  RowSet allowed(segment_->rows());
  for (std::size_t r = 0; r < segment_->rows(); r += 3) allowed.insert(r);
  ThreadPool one(1), three(3);
  for (const RowSet* filter :
       {static_cast<const RowSet*>(nullptr), static_cast<const RowSet*>(&allowed)})
    for (const double asked : {0.9, 0.999}) {
      const SegmentHits batch = segment_->search(query(asked, filter), pool_);
      const SegmentHits serial = segment_->search(query(asked, filter), one);
      for (std::size_t q = 0; q < 30; ++q) {
        const SegmentQuery alone{queries_.data() + q * 64, 1, 10, filter, {.recall = asked}};
        for (ThreadPool* pool : {&one, &three}) {
          const SegmentHits hits = segment_->search(alone, *pool);
          ASSERT_EQ(hits.found[0], batch.found[q]);
          for (std::size_t i = 0; i < hits.found[0]; ++i) {
            EXPECT_EQ(hits.of(0)[i].row, batch.of(q)[i].row);
            EXPECT_EQ(hits.of(0)[i].score, batch.of(q)[i].score);
            EXPECT_EQ(hits.of(0)[i].row, serial.of(q)[i].row);
          }
        }
      }
    }
}

TEST_F(IvfSegmentTest, VectorsReadFromTheFileGiveTheHitsOfMappedOnes) {
  make({20000, 48, Metric::euclidean, 1});
  const auto read = open_segment(directory_.path(), {.ram_bytes = 1});
  EXPECT_LT(read->memory_bytes(), segment_->memory_bytes());
  const SegmentHits a = segment_->search(query(0.95), pool_), b = read->search(query(0.95), pool_);
  for (std::size_t q = 0; q < kQueries; ++q)
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(a.of(q)[i].score, b.of(q)[i].score);
}

TEST_F(IvfSegmentTest, FiltersAreKeptWithLessMemoryThanItWasCalibratedIn) {
  make({20000, 48, Metric::euclidean, 1});
  segment_ = open_segment(directory_.path(), {.ram_bytes = 1});
  Random random(3);
  for (const double share : {0.15, 0.05, 0.01}) {  // scored whole from memory, and so not measured
    RowSet allowed(segment_->rows());
    for (std::size_t r = 0; r < segment_->rows(); ++r)
      if (random.uniform() < share) allowed.insert(r);
    EXPECT_EQ(recall(query(0.8, &allowed)), 1.0) << share;
  }
}

TEST_F(IvfSegmentTest, AnEffortThatIsGivenIsKept) {
  make({20000, 48, Metric::cosine, 1});
  SegmentQuery few = query(0.95), many = query(0.95);
  few.effort.probes = 1;
  many.effort.probes = 40;
  const SegmentHits a = segment_->search(few, pool_), b = segment_->search(many, pool_);
  EXPECT_LT(a.codes_scanned, b.codes_scanned);
  EXPECT_LT(recall_of(*segment_, few, a), recall_of(*segment_, many, b));
  many.effort.re_ranked = 10;
  EXPECT_LE(segment_->search(many, pool_).vectors_read, 10 * kQueries);
}

TEST_F(IvfSegmentTest, DuplicatesAndZeroVectorsAreFound) {
  const std::size_t rows = 5000, d = 20;
  std::vector<float> x = normal_vectors(rows, d, 6);
  for (std::size_t r = 0; r < 1500; ++r)
    std::copy_n(x.begin(), d, x.begin() + static_cast<std::ptrdiff_t>(r * d));
  std::fill(x.begin() + 2000 * static_cast<std::ptrdiff_t>(d),
            x.begin() + 2500 * static_cast<std::ptrdiff_t>(d), 0.0F);
  for (const Metric metric : {Metric::cosine, Metric::euclidean}) {
    const io::TempDirectory directory;
    BuildOptions options;
    options.metric = metric;
    options.kind = SegmentKind::ivf;
    const std::vector<std::uint32_t> order =
        build_segment(MemorySource(x, d), options, directory.path(), pool_);
    const auto segment = open_segment(directory.path());
    std::vector<float> query(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(d));
    if (metric == Metric::cosine) normalise(query, d);
    const SegmentHits hits = segment->search({query.data(), 1, 50, nullptr, {}}, pool_);
    ASSERT_EQ(hits.found[0], 50U);
    std::set<std::uint32_t> distinct;
    for (const Hit& hit : hits.of(0)) {
      EXPECT_LT(order[hit.row], 1500U);
      distinct.insert(hit.row);
    }
    EXPECT_EQ(distinct.size(), 50U);
    const std::vector<float> zero(d);
    EXPECT_EQ(segment->search({zero.data(), 1, 5, nullptr, {}}, pool_).found[0], 5U);
  }
}

}  // namespace
}  // namespace kindred::index
