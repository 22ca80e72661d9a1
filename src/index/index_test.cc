#include "kindred/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Index, StoresFiltersAndGivesBack) {
  const io::TempDirectory temp;
  IndexOptions options;
  options.dimension = 2;
  options.distance = Distance::euclidean;
  Index index = Index::create(temp.file("i"), options);
  const std::vector<float> a{0, 0}, b{1, 0}, c{2, 0};
  const std::vector<IndexField> fruit{{"kind", "fruit"}, {"colour", "red"}, {"price", 2.5}};
  const std::vector<IndexField> phone{{"kind", "phone"}, {"price", 99.0}};
  index.insert(std::vector<IndexRow>{
      {1, "apple", "one", a, fruit}, {2, "mobile", "two", b, phone}, {3, "plain", "", c}});
  const auto keys = [&](std::string_view where, bool odd = false) {
    IndexQuery query;
    query.queries = a;
    query.where = where;
    if (odd) query.filter = [](std::uint64_t key, auto, auto) { return key % 2 == 1; };
    std::vector<std::uint64_t> found;
    const IndexHits hits = index.search(query);
    for (const IndexHit& hit : hits.of_query[0]) found.push_back(hit.key);
    return found;
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(keys(""), ElementsAre(1, 2, 3));
    EXPECT_THAT(keys("kind = fruit"), ElementsAre(1));
    EXPECT_THAT(keys("price > 1"), ElementsAre(1, 2));
    EXPECT_THAT(keys("price > 1", true), ElementsAre(1));
    EXPECT_THAT(keys("NOT kind EXISTS"), ElementsAre(3));
    EXPECT_THAT(keys("kind = boat"), IsEmpty());
    index.compact();
  }
  EXPECT_KINDRED_ERROR(keys("price >"), ErrorKind::bad_input, "");
  const std::optional<StoredRow> row = index.get("apple");
  ASSERT_TRUE(row);
  ASSERT_EQ(row->fields.size(), 3U);
  EXPECT_EQ(row->fields[0].name, "kind");
  EXPECT_EQ(std::get<std::string>(row->fields[1].value), "red");
  EXPECT_EQ(std::get<double>(row->fields[2].value), 2.5);
  EXPECT_THAT(index.get(3)->fields, IsEmpty());
}

}  // namespace
}  // namespace kindred
