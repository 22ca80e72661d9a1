#include "tasks/class_tasks.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

// Fruit, colours and tools, whose words lie together.
LabelledTexts three_classes() {
  return {{"apple", "red", "hammer", "pomme", "rouge", "marteau", "pear", "blue", "hammer marteau"},
          {1, 0, 2, 1, 0, 2, 1, 0, 2},
          {"colour", "fruit", "tool"},
          0};
}

TEST(Classification, LearnsFromMostAndAsksTheRest) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  ThreadPool pool(1);
  const eval::Report report =
      classification_report(three_classes(), std::nullopt, encoder, {}, pool);
  const eval::Table& table = report.tables.front();
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0].count, 3U);
  EXPECT_EQ(*table.rows[0].cells[0].value, 1.0);
  EXPECT_EQ(*table.rows[1].cells[0].value, 1.0);
  EXPECT_NEAR(*table.rows[2].cells[0].value, 1.0 / 3.0, 1e-12);
}

TEST(Classification, AClassThatWasNotLearnedIsWrong) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  ThreadPool pool(1);
  const LabelledTexts test{{"apple", "hammer"}, {0, 1}, {"fruit", "garden"}, 0};
  const eval::Report report = classification_report(three_classes(), test, encoder, {}, pool);
  EXPECT_EQ(*report.tables.front().rows[0].cells[0].value, 0.5);
  const LabelledTexts single{{"apple", "red"}, {0, 1}, {"a", "b"}, 0};
  EXPECT_KINDRED_ERROR(classification_report(single, std::nullopt, encoder, {}, pool),
                       ErrorKind::bad_input, "held out");
}

TEST(Clustering, FindsTheClasses) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  ThreadPool pool(1);
  const eval::Report report = clustering_report(three_classes(), encoder, {}, pool);
  const eval::Table& table = report.tables.front();
  EXPECT_NEAR(*table.rows[0].cells[0].value, 1.0, 1e-12);
  EXPECT_NEAR(*table.rows[0].cells[3].value, 1.0, 1e-12);
  EXPECT_EQ(table.rows[1].name, "density");
}

}  // namespace
}  // namespace kindred::tasks
