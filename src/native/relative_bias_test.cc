#include "native/relative_bias.h"

#include "model/executor.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kindred::native {
namespace {

TEST(RelativeBias, BucketsOfMPNet) {
  // Where `transformers`' relative_position_bucket of -511 … 511 (32 buckets, 128) changes.
  const std::vector<std::pair<std::ptrdiff_t, std::size_t>> changes = {
      {-511, 15}, {-90, 14}, {-63, 13}, {-45, 12}, {-31, 11}, {-22, 10}, {-15, 9}, {-11, 8},
      {-7, 7},    {-6, 6},   {-5, 5},   {-4, 4},   {-3, 3},   {-2, 2},   {-1, 1},  {0, 0},
      {1, 17},    {2, 18},   {3, 19},   {4, 20},   {5, 21},   {6, 22},   {7, 23},  {8, 24},
      {12, 25},   {16, 26},  {23, 27},  {32, 28},  {46, 29},  {64, 30},  {91, 31}};
  std::size_t next = 0, expected = 0;
  for (std::ptrdiff_t distance = -511; distance < 512; ++distance) {
    if (next < changes.size() && changes[next].first == distance) expected = changes[next++].second;
    EXPECT_EQ(model::relative_bucket(distance, 32, 128), expected) << distance;
  }
}

TEST(RelativeBias, ExpandsTheTableByHeads) {
  std::vector<float> values(8 * 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  io::TensorView table;
  table.shape = {8, 2};
  table.data = reinterpret_cast<const std::byte*>(values.data());
  table.bytes = values.size() * sizeof(float);
  const std::vector<float> bias = expand_relative_bias(table, 16, 3);
  ASSERT_EQ(bias.size(), 2U * 5U);
  for (std::ptrdiff_t d = -2; d <= 2; ++d)
    for (std::size_t h = 0; h < 2; ++h)
      EXPECT_EQ(bias[h * 5 + static_cast<std::size_t>(d + 2)],
                values[model::relative_bucket(d, 8, 16) * 2 + h]);
}

}  // namespace
}  // namespace kindred::native
