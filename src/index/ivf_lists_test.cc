#include "index/ivf_lists.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kPadded = 64;

SegmentMeta save_table(const std::string& directory, ListTable table) {
  SegmentMeta meta;
  meta.dimension = table.mean.size();
  meta.rows = 2;
  meta.lists = 1;
  table.lists.push_back({0, 2, 0, 1.0F});
  meta.list_table = table.save(directory);
  return meta;
}

TEST(ListTable, ComesBack) {
  const io::TempDirectory temp;
  const SegmentMeta meta =
      save_table(temp.path(), {{1, 2, 3}, std::vector<float>(kPadded, 0.5F), {}});
  const ListTable table = ListTable::load(temp.path(), meta, kPadded);
  EXPECT_EQ(table.mean, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(table.lists.size(), 1U);
  EXPECT_EQ(table.blocks(), 1U);
}

// Finite, but what is computed from them is not.
TEST(ListTable, RefusesValuesTooLargeToSquare) {
  const io::TempDirectory temp;
  const std::vector<float> centroid(kPadded, 0.5F), huge(kPadded, 3e38F);
  SegmentMeta meta = save_table(temp.path(), {{1, 2, -3e38F}, centroid, {}});
  EXPECT_KINDRED_ERROR(ListTable::load(temp.path(), meta, kPadded), ErrorKind::corrupt,
                       "not finite");
  const io::TempDirectory other;
  meta = save_table(other.path(), {{1, 2, 3}, huge, {}});
  EXPECT_KINDRED_ERROR(ListTable::load(other.path(), meta, kPadded), ErrorKind::corrupt,
                       "not finite");
}

}  // namespace
}  // namespace kindred::index
