#include "tasks/vector_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

TEST(VectorMap, HasDocumentsAndQueriesByLanguage) {
  const io::TempDirectory temp;
  const eval::Dataset dataset = tiny_dataset();
  const VectorRetrieval retrieval(dataset, TextVectors(tiny_encoder(temp), {}));
  ThreadPool pool(1);
  const eval::Map map = vector_map(dataset, retrieval, "words", {}, pool);
  EXPECT_EQ(map.title, "words");
  ASSERT_EQ(map.points.size(), 8U);
  std::set<std::string> groups;
  for (const eval::Map::Point& point : map.points) {
    EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y));
    groups.insert(point.group);
  }
  EXPECT_EQ(groups,
            (std::set<std::string>{"en documents", "en queries", "fr documents", "fr queries"}));
  EXPECT_EQ(map.points.front().label, "apple");
}

TEST(VectorMap, DrawsRowsByTheSeed) {
  const io::TempDirectory temp;
  eval::Dataset dataset = tiny_dataset();
  for (eval::Record& record : dataset.corpus) record.columns.clear();
  const VectorRetrieval retrieval(dataset, TextVectors(tiny_encoder(temp), {}));
  ThreadPool pool(1);
  const eval::Map map = vector_map(dataset, retrieval, "words", {5, 7}, pool);
  ASSERT_EQ(map.points.size(), 5U);
  EXPECT_EQ(map.points.front().group, "documents");
  EXPECT_EQ(map.points.back().group, "queries");
  const eval::Map again = vector_map(dataset, retrieval, "words", {5, 7}, pool);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(again.points[i].label, map.points[i].label);
    EXPECT_EQ(again.points[i].x, map.points[i].x);
  }
}

}  // namespace
}  // namespace kindred::tasks
