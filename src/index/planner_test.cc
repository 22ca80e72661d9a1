#include "index/planner.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::index {
namespace {

BuildOptions with_ram(std::uint64_t bytes) {
  BuildOptions options;
  options.ram_bytes = bytes;
  return options;
}

constexpr std::uint64_t kGiga = std::uint64_t{1} << 30;

TEST(Planner, ThirtyMillionVectorsFitEightGigabytes) {
  const Plan plan = make_plan(30'000'000, 768, with_ram(8 * kGiga));
  EXPECT_EQ(plan.kind, SegmentKind::ivf);
  EXPECT_EQ(plan.bits, 1U);
  EXPECT_GE(plan.lists, 20'000U);
  EXPECT_LE(plan.sample_rows * 768 * 4, 3 * kGiga);
  EXPECT_GT(plan.partitions, 10U);
  EXPECT_LE(30'000'000ULL * 1544 / plan.partitions, 2 * kGiga);
}

TEST(Planner, MemoryBuysBitsAndFewDimensionsNeedThem) {
  EXPECT_EQ(make_plan(500'000, 384, with_ram(8 * kGiga)).bits, 4U);
  EXPECT_EQ(make_plan(500'000, 50, with_ram(8 * kGiga)).bits, 8U);
  EXPECT_EQ(make_plan(10'000'000, 768, with_ram(2 * kGiga)).bits, 1U);
  EXPECT_KINDRED_ERROR(make_plan(30'000'000, 768, with_ram(2 * kGiga)), ErrorKind::exhausted,
                       "more memory");
}

TEST(Planner, SmallSegmentsAreFlatUnlessAskedOtherwise) {
  EXPECT_EQ(make_plan(0, 768, {}).kind, SegmentKind::flat);
  EXPECT_EQ(make_plan(5000, 384, {}).kind, SegmentKind::flat);
  EXPECT_EQ(make_plan(200'000, 384, {}).kind, SegmentKind::ivf);
  BuildOptions options;
  options.kind = SegmentKind::ivf;
  options.lists = 100;
  options.bits = 3;
  const Plan plan = make_plan(7, 384, options);
  EXPECT_EQ(plan.lists, 7U);
  EXPECT_EQ(plan.bits, 3U);
  EXPECT_EQ(plan.sample_rows, 7U);
}

TEST(Planner, FewRowsHaveShorterLists) {
  EXPECT_EQ(make_plan(5'000'000, 384, with_ram(8 * kGiga)).lists, 5'000'000U / 256);
  EXPECT_EQ(make_plan(160'000, 384, with_ram(8 * kGiga)).lists, 1600U);
  BuildOptions options = with_ram(kGiga);
  options.kind = SegmentKind::ivf;
  EXPECT_EQ(make_plan(3200, 384, options).lists, 50U);
  EXPECT_TRUE(make_plan(3200, 384, options).hold_out);
  options.lists = 3000;
  EXPECT_FALSE(make_plan(3200, 384, options).hold_out);
}

TEST(Planner, RefusesWhatNoSegmentHolds) {
  EXPECT_KINDRED_ERROR(make_plan(std::uint64_t{1} << 32, 4, {}), ErrorKind::bad_input,
                       "holds up to");
  EXPECT_KINDRED_ERROR(make_plan(4, 4097, {}), ErrorKind::bad_input, "4097");
  BuildOptions options;
  options.bits = 9;
  EXPECT_KINDRED_ERROR(make_plan(4, 4, options), ErrorKind::bad_input, "9 bits");
}

}  // namespace
}  // namespace kindred::index
