#include "tasks/bitext.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

using testing::ElementsAre;

TEST(ParallelTexts, AreReadByLanguagesCodes) {
  const io::TempDirectory temp;
  const ParallelTexts texts = read_parallel_texts(
      temp.write("a.tsv",
                 "id\ten\tnote\tfr\n1\tapple\tx\tpomme\n2\tred\t\t\n3\thammer\t\tmarteau\n"),
      {});
  EXPECT_THAT(texts.languages, ElementsAre("en", "fr"));
  EXPECT_EQ(texts.rows(), 2U);  // red has no French
  const ParallelTexts named = read_parallel_texts(
      temp.write("a.jsonl", "{\"en\":\"apple\",\"fr\":\"pomme\"}\n{\"en\":\"red\",\"fr\":\"\"}\n"),
      {"fr", "en"});
  EXPECT_EQ(named.rows(), 1U);
  EXPECT_THAT(named.texts[0], ElementsAre("pomme"));
  EXPECT_KINDRED_ERROR(read_parallel_texts(temp.write("b.csv", "en,text\na,b\n"), {}),
                       ErrorKind::bad_input, "--columns");
  EXPECT_KINDRED_ERROR(read_parallel_texts(temp.write("c.csv", "en,fr\n,b\n"), {}),
                       ErrorKind::bad_input, "no row");
  EXPECT_KINDRED_ERROR(read_parallel_texts(temp.write("d.jsonl", "{}\n"), {}), ErrorKind::bad_input,
                       "--columns");
}

TEST(Bitext, FindsTheTextThatSaysTheSame) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  // The last row's two sides lie apart: pear is nearest to pomme, blue to rouge.
  const ParallelTexts texts{
      {"en", "fr"}, {{"apple", "red", "hammer", "pear"}, {"pomme", "rouge", "marteau", "blue"}}};
  ThreadPool pool(1);
  const eval::Report report = bitext_report(texts, encoder, {}, pool);
  ASSERT_EQ(report.tables.size(), 4U);
  const eval::Table& first = report.tables[1];
  EXPECT_EQ(first.key, "bitext.recall@1");
  EXPECT_FALSE(first.rows[0].cells[0].value);
  // red's nearest is blue, not rouge; pear's is pomme.
  EXPECT_NEAR(*first.rows[0].cells[1].value, 0.5, 1e-12);
  EXPECT_EQ(first.rows[0].count, 4U);
  EXPECT_NEAR(*report.tables[2].rows[0].cells[1].value, 1.0, 1e-12);  // all ten are all
  EXPECT_NEAR(*report.tables[0].rows[0].cells[1].value, 1.0, 1e-12);
}

TEST(Bitext, DrawsRowsByTheSeed) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  const ParallelTexts texts{{"en", "fr"},
                            {{"apple", "red", "hammer"}, {"pomme", "rouge", "marteau"}}};
  ThreadPool pool(1);
  BitextOptions options;
  options.queries = 2;
  const eval::Report report = bitext_report(texts, encoder, options, pool);
  EXPECT_EQ(report.tables[1].rows[0].count, 2U);
}

}  // namespace
}  // namespace kindred::tasks
