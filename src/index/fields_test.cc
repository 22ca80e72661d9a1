#include "index/fields.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/expect_error.h"

namespace kindred::index {
namespace {

TEST(Fields, APathHasItselfAndWhatStandsBeneath) {
  EXPECT_TRUE(is_at_or_beneath("A > B", "A > B"));
  EXPECT_TRUE(is_at_or_beneath("A > B > C", "A > B"));
  EXPECT_FALSE(is_at_or_beneath("A > Bc", "A > B"));
  EXPECT_FALSE(is_at_or_beneath("A", "A > B"));
}

TEST(Fields, ValuesSurviveEncoding) {
  const FieldValues values{.tags = {{"lang", "zh"}, {"类别", "电子 > 手机"}, {"empty", ""}},
                           .numbers = {{"price", 19.99}, {"storage", -128}}};
  const std::string bytes = encode_fields(values);
  EXPECT_EQ(decode_fields(bytes), values);
  EXPECT_EQ(decode_fields(""), FieldValues{});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_KINDRED_ERROR(decode_fields(std::string_view(bytes).substr(0, size)), ErrorKind::corrupt,
                         "");
  }
  EXPECT_KINDRED_ERROR(decode_fields(bytes + "x"), ErrorKind::corrupt, "1 bytes follow");
  EXPECT_EQ(decode_fields(encode_fields({})), FieldValues{});
}

TEST(Fields, RefusesWhatCannotBeFiltered) {
  EXPECT_KINDRED_ERROR((FieldValues{.tags = {{"", "x"}}, .numbers = {}}.validate()),
                       ErrorKind::bad_input, "without a name");
  EXPECT_KINDRED_ERROR((FieldValues{.tags = {}, .numbers = {{"price", std::nan("")}}}.validate()),
                       ErrorKind::bad_input, "price");
  EXPECT_KINDRED_ERROR(
      (FieldValues{.tags = {{"text", std::string(70000, 'x')}}, .numbers = {}}.validate()),
      ErrorKind::bad_input, "70000 bytes");
}

TEST(Fields, MostFrequentValuesComeFirst) {
  const FacetCounts counts = {{"b", 3}, {"a", 3}, {"c", 9}, {"d", 1}};
  EXPECT_EQ(most_frequent(counts, 3), (std::vector<FacetValue>{{"c", 9}, {"a", 3}, {"b", 3}}));
  EXPECT_EQ(most_frequent(counts, 99).size(), 4U);
}

TEST(Fields, SummaryCountsIntervals) {
  NumberSummary summary{.edges = {0, 10, 20}};
  for (const double value : {-1.0, 0.0, 9.5, 10.0, 20.0, 21.0}) summary.add(value);
  EXPECT_EQ(summary.count, 6U);
  EXPECT_EQ(summary.min, -1.0);
  EXPECT_EQ(summary.max, 21.0);
  EXPECT_EQ(summary.sum, 59.5);
  EXPECT_EQ(summary.histogram, (std::vector<std::uint64_t>{2, 2}));
}

}  // namespace
}  // namespace kindred::index
