#include "index/merge_source.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kindred::index {
namespace {

TEST(MergeSource, HasTheLiveRowsOfItsPartsInOrder) {
  Random random(1);
  std::vector<std::shared_ptr<const Part>> parts;
  std::vector<std::uint64_t> expected;
  std::uint64_t key = 0;
  for (const std::size_t rows : {1000U, 1U, 700U, 64U}) {
    auto table = std::make_shared<Memtable>(2);
    Tombstones deleted(rows);
    for (std::size_t r = 0; r < rows; ++r, ++key) {
      const float vector[2] = {static_cast<float>(key), 1.0F};
      table->append({Mutation::Kind::put, key, std::to_string(key), "p", "f",
                     reinterpret_cast<const std::byte*>(vector)});
      // The second part has nothing left, the fourth is whole.
      if (rows == 1 || (rows != 64 && random.below(2) == 0)) {
        deleted.insert(r);
      } else {
        expected.push_back(key);
      }
    }
    parts.push_back(std::make_shared<Part>(table, rows, deleted.publish()));
  }
  const MergeSource source(2, parts);
  ASSERT_EQ(source.rows(), expected.size());
  for (std::size_t r = 0; r < expected.size(); ++r) {
    EXPECT_EQ(source.key(r), expected[r]);
    EXPECT_EQ(source.id(r), std::to_string(expected[r]));
    EXPECT_EQ(source.payload(r), "p");
    EXPECT_EQ(source.fields(r), "f");
  }
  for (int i = 0; i < 50; ++i) {
    const std::size_t begin = random.below(expected.size()),
                      count = random.below(expected.size() - begin + 1);
    std::vector<float> out(count * 2);
    source.read(begin, count, out.data());
    for (std::size_t r = 0; r < count; ++r)
      EXPECT_EQ(out[r * 2], static_cast<float>(expected[begin + r]));
  }
}

}  // namespace
}  // namespace kindred::index
