#include "index/source_rows.h"

#include <gtest/gtest.h>

#include <set>

#include "index/test_vectors.h"

namespace kindred::index {
namespace {

/// Row r is (r, 1).
MemorySource numbered(std::size_t rows) {
  std::vector<float> x;
  for (std::size_t r = 0; r < rows; ++r) x.insert(x.end(), {static_cast<float>(r), 1.0F});
  return MemorySource(std::move(x), 2);
}

std::set<std::size_t> rows_of(const std::vector<float>& sample) {
  std::set<std::size_t> rows;
  for (std::size_t i = 0; i < sample.size(); i += 2)
    rows.insert(static_cast<std::size_t>(sample[i]));
  EXPECT_EQ(rows.size(), sample.size() / 2) << "a row twice";
  return rows;
}

TEST(SourceRows, ASampleLeavesOutWhatIsHeldOut) {
  ThreadPool pool(2);
  BuildOptions options;
  options.metric = Metric::euclidean;
  const MemorySource source = numbered(10'003);
  for (const std::size_t wanted : {1000, 10'003}) {
    const auto all = rows_of(sample_rows(source, wanted, false, options, pool));
    const auto some = rows_of(sample_rows(source, wanted, true, options, pool));
    EXPECT_EQ(all.size(), wanted);
    std::size_t held_out = 0;
    for (const std::size_t row : all) {
      held_out += is_held_out(row) ? 1 : 0;
      EXPECT_EQ(some.contains(row), !is_held_out(row));
    }
    EXPECT_EQ(some.size(), all.size() - held_out);
    EXPECT_NEAR(static_cast<double>(held_out), static_cast<double>(wanted) / 8, 40);
  }
}

}  // namespace
}  // namespace kindred::index
