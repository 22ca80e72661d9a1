#include "static_vectors/scaled_table.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "io/expect_error.h"

namespace kindred::static_vectors {
namespace {

TEST(ScaledTable, EachRowHasItsScale) {
  const std::vector<float> values = {1.0F, -0.5F, 0.0F, 0.0F, 300.0F, 1.0F, 0.0F, 1e-35F};
  const ScaledTable table = ScaledTable::of(values.data(), 4, 2);
  std::vector<float> row(2);
  for (std::size_t r = 0; r < 4; ++r) {
    table.read_row(r, row.data());
    const float step = table.scales()[r] / 2 + 1e-34F;
    EXPECT_NEAR(row[0], values[2 * r], step * 1.001F);
    EXPECT_NEAR(row[1], values[2 * r + 1], step * 1.001F);
  }
  EXPECT_EQ(table.codes()[0], 127);
  EXPECT_EQ(table.codes()[1], -64);
  EXPECT_FLOAT_EQ(table.dot_row(2, std::vector<float>{1, 1}.data()), 300.0F);
  row = {1.0F, 1.0F};
  table.add_row(0, 2.0F, row.data());
  EXPECT_FLOAT_EQ(row[0], 3.0F);
  EXPECT_EQ(table.bytes(), 8U + 16U);
}

TEST(ScaledTable, RefusesWhatIsNotFinite) {
  const std::vector<float> values = {1.0F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_KINDRED_ERROR(ScaledTable::of(values.data(), 2, 1), ErrorKind::bad_input, "word 2");
}

}  // namespace
}  // namespace kindred::static_vectors
