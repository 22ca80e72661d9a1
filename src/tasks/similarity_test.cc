#include "tasks/similarity.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

TEST(JudgedTexts, AreReadByTheirColumns) {
  const io::TempDirectory temp;
  const std::string file = temp.write("a.csv", "sentence1,sentence2,score\na,b,5\nc,d,1.5\n");
  const JudgedTexts pairs = read_judged_texts(file, {});
  EXPECT_EQ(pairs.second[1], "d");
  EXPECT_EQ(pairs.scores, (std::vector<double>{5.0, 1.5}));
  EXPECT_TRUE(read_judged_texts(file, {"sentence2", "sentence1", std::nullopt}).scores.empty());
  EXPECT_KINDRED_ERROR(
      read_judged_texts(temp.write("b.csv", "sentence1,sentence2,score\na,b,\nc,d,1\n"), {}),
      ErrorKind::bad_input, "line 2");
  EXPECT_KINDRED_ERROR(
      read_judged_texts(temp.write("c.csv", "sentence1,sentence2,score\na,b,1\n"), {}),
      ErrorKind::bad_input, "two are needed");
}

TEST(Similarity, CorrelatesCosinesWithScores) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  const JudgedTexts pairs{{"apple", "red", "apple", "pear", "hammer"},
                          {"pear", "blue", "red hammer", "red apple", "marteau"},
                          {4.0, 4.5, 0.5, 3.0, 5.0}};
  const eval::Report report = similarity_report(pairs, encoder, {});
  ASSERT_EQ(report.tables.size(), 2U);
  const eval::Table::Row& row = report.tables[0].rows.front();
  // By cosine they are 4th, 5th, 1st, 2nd and 3rd, by score 3rd, 4th, 1st, 2nd and 5th.
  EXPECT_NEAR(*row.cells[0].value, 0.7, 1e-12);
  EXPECT_LE(row.cells[0].interval->low, *row.cells[0].value);
  EXPECT_EQ(row.count, 5U);
  const eval::Table::Row& geometry = report.tables[1].rows.front();
  EXPECT_EQ(geometry.count, 2U);  // 4.5 and 5 of a scale from 0.5 to 5
  EXPECT_NEAR(*geometry.cells[0].value, 0.013, 0.01);
  EXPECT_LT(*geometry.cells[1].value, 0.0);
}

TEST(Similarity, WithoutScoresAllPairsAreAlike) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  const eval::Report report =
      similarity_report({{"apple", "red"}, {"pomme", "rouge"}, {}}, encoder, {});
  ASSERT_EQ(report.tables.size(), 1U);
  EXPECT_EQ(report.tables[0].key, "geometry");
  EXPECT_EQ(report.tables[0].rows.front().count, 2U);
}

TEST(Similarity, ScoresThatDoNotVaryHaveNoCorrelation) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  const eval::Report report =
      similarity_report({{"apple", "red"}, {"pomme", "rouge"}, {1.0, 1.0}}, encoder, {});
  EXPECT_FALSE(report.tables[0].rows.front().cells[0].value);
}

}  // namespace
}  // namespace kindred::tasks
