#include "recipe/passage_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::recipe {
namespace {

std::vector<float> random_rows(std::size_t rows, std::size_t dimension, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(rows * dimension);
  for (float& value : values) value = static_cast<float>(random.normal() * 3.0);
  return values;
}

TEST(PassageSearch, FindsTheNearestByTheCosineEitherWay) {
  constexpr std::size_t kRows = 700, kDimension = 24;
  const std::vector<float> rows = random_rows(kRows, kDimension, 1);
  const std::vector<float> queries = random_rows(5, kDimension, 2);
  ThreadPool pool(2);
  for (const std::size_t most_exact : {kRows, kRows - 1}) {
    PassageSearch search(kRows, kDimension, most_exact, 1);
    EXPECT_EQ(search.exact(), most_exact == kRows);
    search.add(std::span(rows).first(100 * kDimension));
    search.add(std::span(rows).subspan(100 * kDimension));
    const auto found = search.search(queries, 10, pool);
    ASSERT_EQ(found.size(), 5U);
    for (std::size_t q = 0; q < 5; ++q) {
      const std::span query = std::span(queries).subspan(q * kDimension, kDimension);
      std::vector<std::pair<double, std::uint32_t>> expected;
      for (std::uint32_t row = 0; row < kRows; ++row) {
        double dot = 0.0, square = 0.0, own = 0.0;
        for (std::size_t i = 0; i < kDimension; ++i) {
          const double value = rows[row * kDimension + i];
          dot += query[i] * value;
          square += value * value;
          own += static_cast<double>(query[i]) * query[i];
        }
        expected.emplace_back(-dot / std::sqrt(square * own), row);
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(found[q].size(), 10U);
      for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_NEAR(found[q][i].cosine, -expected[i].first, 2e-3);
        EXPECT_NEAR(search.cosine(query, found[q][i].row), found[q][i].cosine, 2e-3);
      }
      EXPECT_EQ(found[q][0].row, expected[0].second);
    }
  }
}

TEST(PassageSearch, RefusesWhatIsNoVector) {
  PassageSearch search(2, 2, 10, 1);
  const std::vector<float> broken = {1.0F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_KINDRED_ERROR(search.add(broken), ErrorKind::bad_input, "has the model diverged?");
  EXPECT_KINDRED_ERROR(PassageSearch(2, 0, 10, 1), ErrorKind::bad_input, "no dimension");
  ThreadPool pool(1);
  EXPECT_TRUE(search.search(std::vector<float>{1.0F, 0.0F}, 3, pool)[0].empty());
}

}  // namespace
}  // namespace kindred::recipe
