#include "estimators/trustworthiness.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "estimators/cluster_goldens.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

TEST(Trustworthiness, IsThatOfScikitLearn) {
  ThreadPool pool(2);
  for (const auto& set : cluster_goldens()["sets"]) {
    const std::vector<float> x = floats(set["x"]);
    const std::vector<float> map = floats(set["map"]);
    const std::size_t d = set["dimensions"];
    for (const auto& [metric, values] : set["trustworthiness"].items()) {
      const MetricSpace space(x.data(), x.size() / d, d, parse_distance(metric), pool);
      for (const auto& value : values)
        EXPECT_NEAR(trustworthiness(space, map.data(), 2, value[0], pool), value[1].get<double>(),
                    1e-9)
            << metric << " " << value[0];
    }
  }
}

TEST(Trustworthiness, OfTheSpaceItselfIsOne) {
  std::vector<float> x(200);
  std::iota(x.begin(), x.end(), 0.0F);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] = x[i] * x[i];
  ThreadPool pool(1);
  const MetricSpace space(x.data(), 100, 2, Distance::euclidean, pool);
  EXPECT_DOUBLE_EQ(trustworthiness(space, x.data(), 2, 10, pool), 1.0);
}

TEST(Trustworthiness, NeedsMoreRowsThanTwiceTheNeighbours) {
  const std::vector<float> x = {1, 2, 3, 4};
  ThreadPool pool(1);
  const MetricSpace space(x.data(), 4, 1, Distance::euclidean, pool);
  EXPECT_THROW(trustworthiness(space, x.data(), 1, 2, pool), Error);
  EXPECT_THROW(trustworthiness(space, x.data(), 1, 0, pool), Error);
  EXPECT_DOUBLE_EQ(trustworthiness(space, x.data(), 1, 1, pool), 1.0);
}

}  // namespace
}  // namespace kindred::estimators
