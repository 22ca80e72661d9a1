#include "index/tombstones.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::index {
namespace {

TEST(Tombstones, PublishedSetsStayAsTheyWere) {
  Random random(1);
  Tombstones set(100'000);
  std::set<std::size_t> model;
  std::vector<std::pair<std::shared_ptr<const Tombstones>, std::set<std::size_t>>> published;
  for (int i = 0; i < 2000; ++i) {
    const std::size_t row = random.below(100'000);
    EXPECT_EQ(set.insert(row), model.insert(row).second);
    if (i % 200 == 0) published.emplace_back(set.publish(), model);
  }
  EXPECT_EQ(set.publish(), set.publish());
  for (const auto& [then, rows] : published) {
    EXPECT_EQ(then->count(), rows.size());
    for (std::size_t row = 0; row < 100'000; ++row)
      ASSERT_EQ(then->contains(row), rows.count(row) > 0);
    std::set<std::size_t> since;
    set.for_each_since(*then, [&](std::size_t row) { since.insert(row); });
    EXPECT_EQ(since.size(), model.size() - rows.size());
    for (const std::size_t row : since) EXPECT_EQ(rows.count(row), 0U);
  }
  const RowSet live = set.live();
  EXPECT_EQ(live.count(), 100'000 - model.size());
  for (const std::size_t row : model) EXPECT_FALSE(live.contains(row));
}

TEST(Tombstones, GrowKeepsWhatIsIn) {
  Tombstones set(0);
  for (std::size_t rows = 1; rows < 70'000; rows += 999) {
    set.grow(rows);
    set.insert(rows - 1);
  }
  for (std::size_t rows = 1; rows < 70'000; rows += 999) EXPECT_TRUE(set.contains(rows - 1));
}

TEST(Tombstones, FilesAreCheckedWhole) {
  Tombstones set(1000);
  for (const std::size_t row : {0U, 63U, 64U, 999U}) set.insert(row);
  const std::string bytes = encode_tombstones(set);
  const Tombstones again = decode_tombstones(bytes, 1000, "deletes");
  for (std::size_t row = 0; row < 1000; ++row) EXPECT_EQ(again.contains(row), set.contains(row));
  EXPECT_KINDRED_ERROR(decode_tombstones(bytes, 999, "deletes"), ErrorKind::corrupt, "deletes");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_THROW(decode_tombstones(damaged, 1000, "deletes"), Error) << at;
    EXPECT_THROW(decode_tombstones(bytes.substr(0, at), 1000, "deletes"), Error) << at;
  }
}

}  // namespace
}  // namespace kindred::index
