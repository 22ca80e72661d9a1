#include "train/relation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "io/expect_error.h"

namespace kindred::train {
namespace {

using testing::ElementsAre;

recipe::BatchText text(std::vector<std::uint64_t> keys = {}) {
  return {.text = "", .keys = std::move(keys)};
}

std::set<std::uint32_t> all(const Columns& lists) {
  std::set<std::uint32_t> columns;
  for (const auto& list : lists) {
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
    columns.insert(list.begin(), list.end());
  }
  return columns;
}

template <typename Method>
std::set<std::uint32_t> columns(const Relation& relation, Method method, std::uint32_t row) {
  Columns lists;
  (relation.*method)(row, lists);
  return all(lists);
}

/// Anchor 0 has passages 2 and 0, anchor 1 has passage 1, anchor 2 none; passage 3 is a copy of
/// passage 1, passage 4 was chosen against anchor 0 and has the id of anchor 2.
recipe::Batch batch() {
  recipe::Batch batch;
  batch.anchors = {text({10}), text({11}), text({99})};
  batch.passages = {text({20}), text({21}), text({22}), text({21, 23}), text({24, 99})};
  batch.positives = {{2, 0, 2}, {1}, {}};
  batch.negatives = {{4}, {}, {}};
  return batch;
}

TEST(Relation, HasATermForEachPositiveOnce) {
  const Relation relation(batch());
  ASSERT_EQ(relation.terms().size(), 3U);
  EXPECT_EQ(relation.terms()[0].positive, 2U);
  EXPECT_EQ(relation.terms()[1].positive, 0U);
  EXPECT_EQ(relation.terms()[2].anchor, 1U);
  EXPECT_EQ(relation.terms_of(1, 3), (std::pair<std::size_t, std::size_t>(2, 3)));
}

TEST(Relation, TakesNoTextThatSharesAKeyForANegative) {
  const Relation relation(batch());
  EXPECT_THAT(columns(relation, &Relation::passages_of_anchor, 0), ElementsAre(0, 2));
  EXPECT_THAT(columns(relation, &Relation::passages_of_anchor, 1), ElementsAre(1, 3));
  EXPECT_THAT(columns(relation, &Relation::passages_of_anchor, 2), ElementsAre(4));
  EXPECT_THAT(columns(relation, &Relation::anchors_of_passage, 3), ElementsAre(1));
  EXPECT_THAT(columns(relation, &Relation::anchors_of_passage, 4), ElementsAre(2));
  EXPECT_THAT(columns(relation, &Relation::passages_of_positive, 0), ElementsAre(0, 2, 4));
}

TEST(Relation, TakesAnchorsOfOnePositiveForNoNegatives) {
  recipe::Batch pairs = batch();
  pairs.positives = {{2, 0}, {0}, {4}};
  const Relation relation(pairs);
  EXPECT_THAT(columns(relation, &Relation::anchors_of_anchor, 0), ElementsAre(0, 1));
  EXPECT_THAT(columns(relation, &Relation::anchors_of_anchor, 2), ElementsAre(2));
  EXPECT_THAT(columns(relation, &Relation::anchors_of_passage, 0), ElementsAre(0, 1));
}

TEST(Relation, ReadsLabelsOfSingleTexts) {
  recipe::Batch single;
  single.anchors = {text(), text({5}), text(), text({5})};
  single.labels = {7, 8, 7, 9};
  const Relation relation(single);
  ASSERT_TRUE(relation.labelled());
  ASSERT_EQ(relation.terms().size(), 2U);
  EXPECT_EQ(relation.terms()[1].anchor, 2U);
  EXPECT_EQ(relation.terms()[1].positive, 0U);
  EXPECT_THAT(columns(relation, &Relation::passages_of_anchor, 0), ElementsAre(0, 2));
  EXPECT_THAT(columns(relation, &Relation::passages_of_anchor, 1), ElementsAre(1, 3));
}

TEST(Relation, RefusesABatchWithoutMatches) {
  recipe::Batch none = batch();
  none.positives.clear();
  EXPECT_KINDRED_ERROR(Relation{none}, ErrorKind::bad_input, "no anchor has a positive");
}

}  // namespace
}  // namespace kindred::train
