#include "prepare/pair_columns.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::prepare {
namespace {

using Given = std::pair<std::string, std::string>;

TEST(PairColumns, KnowsTheNamesOfTheUsualTrainers) {
  const PairColumns columns;
  EXPECT_EQ(columns.of("Query").role, ColumnRole::anchor);
  EXPECT_EQ(columns.of("sentence_A").role, ColumnRole::anchor);
  EXPECT_EQ(columns.of("sentence2").role, ColumnRole::other);
  EXPECT_EQ(columns.of("negative_12").role, ColumnRole::negatives);
  EXPECT_EQ(columns.of("positive_passages").role, ColumnRole::positives);
  EXPECT_EQ(columns.of("pos_scores").role, ColumnRole::positive_scores);
  EXPECT_EQ(columns.of("rejected_response").role, ColumnRole::negatives);
  EXPECT_TRUE(columns.of("positive_document_ids").only_ids);
  EXPECT_TRUE(columns.of("premise").inference);
  EXPECT_EQ(columns.of("anchor_2").role, ColumnRole::unused);
  EXPECT_EQ(columns.of("metadata").role, ColumnRole::unused);
}

TEST(PairColumns, CodesOfLanguagesAreTranslations) {
  const PairColumns columns;
  EXPECT_EQ(columns.of("zh").role, ColumnRole::translation);
  EXPECT_EQ(columns.of("pt-BR").language, "pt");
  EXPECT_EQ(columns.of("id").role, ColumnRole::anchor_id);
  EXPECT_EQ(columns.of("xx").role, ColumnRole::unused);
}

TEST(PairColumns, WhatIsGivenGoesBeforeTheNames) {
  const PairColumns columns({{"anchor", "title"}, {"positive", "body"}, {"group", "page"}});
  EXPECT_EQ(columns.of("title").role, ColumnRole::anchor);
  EXPECT_EQ(columns.of("body").role, ColumnRole::positives);
  EXPECT_EQ(columns.of("query").role, ColumnRole::unused);
  EXPECT_EQ(columns.of("answer").role, ColumnRole::unused);
  EXPECT_EQ(columns.of("sentence2").role, ColumnRole::unused);
  EXPECT_EQ(columns.of("negative_1").role, ColumnRole::negatives);
  EXPECT_EQ(columns.of("score").role, ColumnRole::score);
  EXPECT_EQ(columns.of("group").role, ColumnRole::unused);
  EXPECT_EQ(columns.missing({"title", "page"}), std::vector<std::string>{"body"});
}

TEST(PairColumns, RefusesWhatContradictsItself) {
  EXPECT_KINDRED_ERROR(PairColumns({Given{"anker", "a"}}), ErrorKind::bad_input, "the roles are");
  EXPECT_KINDRED_ERROR(PairColumns({Given{"anchor", "a"}, {"anchor", "b"}}), ErrorKind::bad_input,
                       "two columns");
  EXPECT_KINDRED_ERROR(PairColumns({Given{"anchor", "a"}, {"positive", "a"}}), ErrorKind::bad_input,
                       "two roles");
}

}  // namespace
}  // namespace kindred::prepare
