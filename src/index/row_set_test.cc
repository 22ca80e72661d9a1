#include "index/row_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace kindred::index {
namespace {

TEST(RowSet, OperationsEqualThoseOfASet) {
  Random random(3);
  for (const std::size_t rows : {0, 1, 63, 64, 65, 127, 128, 1000}) {
    RowSet a(rows);
    RowSet b(rows);
    std::set<std::size_t> a_rows;
    std::set<std::size_t> b_rows;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = random.below(rows);
      (i % 2 == 0 ? a : b).insert(row);
      (i % 2 == 0 ? a_rows : b_rows).insert(row);
    }
    EXPECT_EQ(a.count(), a_rows.size());
    RowSet both = a;
    both &= b;
    RowSet either = a;
    either |= b;
    RowSet only_a = a;
    only_a -= b;
    RowSet not_a = a;
    not_a.invert();
    EXPECT_EQ(not_a.count(), rows - a.count());
    for (std::size_t row = 0; row < rows; ++row) {
      const bool in_a = a_rows.contains(row);
      const bool in_b = b_rows.contains(row);
      EXPECT_EQ(both.contains(row), in_a && in_b);
      EXPECT_EQ(either.contains(row), in_a || in_b);
      EXPECT_EQ(only_a.contains(row), in_a && !in_b);
      EXPECT_EQ(not_a.contains(row), !in_a);
    }
  }
}

TEST(RowSet, FullHasNoBitsPastItsRows) {
  for (const std::size_t rows : {0, 1, 64, 70}) {
    RowSet full(rows, true);
    EXPECT_EQ(full.count(), rows);
    RowSet inverted(rows);
    inverted.invert();
    EXPECT_EQ(inverted, full);
    if (rows == 0) continue;
    full.erase(rows - 1);
    EXPECT_EQ(full.count(), rows - 1);
  }
}

}  // namespace
}  // namespace kindred::index
