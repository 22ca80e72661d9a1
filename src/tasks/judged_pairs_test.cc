#include "tasks/judged_pairs.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::tasks {
namespace {

class JudgedPairsTest : public testing::Test {
 protected:
  JudgedPairs read(const std::string& name, const std::string& text,
                   const PairColumns& columns = {}) {
    temp_.write(name, text);
    return read_judged_pairs(temp_.file(name), columns);
  }
  io::TempDirectory temp_;
};

TEST_F(JudgedPairsTest, LabelsAreNumbersOrWords) {
  const auto p = read("a.csv",
                      "query,document,label,language\nred,shoe,1,en\nred,boot,0,en\nblue,hat,true,"
                      "\nblue,cap,0.4,zh\n");
  EXPECT_EQ(p.queries, (std::vector<std::string>{"red", "blue"}));
  ASSERT_EQ(p.pairs.size(), 4U);
  EXPECT_TRUE(p.pairs[0].relevant);
  EXPECT_FALSE(p.pairs[1].relevant);
  EXPECT_TRUE(p.pairs[2].relevant);
  EXPECT_FALSE(p.pairs[3].relevant);
  EXPECT_EQ(p.pairs[0].query, p.pairs[1].query);
  EXPECT_EQ(p.languages[p.pairs[3].language], "zh");
  EXPECT_EQ(p.pairs[2].language, 0U);
  EXPECT_TRUE(p.has_others);
}

TEST_F(JudgedPairsTest, GradesAreRelevantFromWhereTheyAreSaid) {
  PairColumns columns;
  columns.query = "frage";
  columns.document = "antwort";
  columns.label = "note";
  columns.relevant_from = 3;
  const auto p = read("a.tsv", "frage\tantwort\tnote\na\tb\t2\na\tc\t3\n", columns);
  EXPECT_FALSE(p.pairs[0].relevant);
  EXPECT_TRUE(p.pairs[1].relevant);
}

TEST_F(JudgedPairsTest, NegativesAreColumnsOrLists) {
  const auto p = read("a.jsonl", R"({"anchor":"a","positive":"p","negative_1":"n","negative_2":""})"
                                 "\n"
                                 R"({"anchor":"a","positive":"q","negative":["n","m"]})"
                                 "\n");
  ASSERT_EQ(p.pairs.size(), 5U);
  EXPECT_EQ(p.documents, (std::vector<std::string>{"p", "n", "q", "m"}));
  EXPECT_FALSE(p.pairs[1].relevant);
  EXPECT_FALSE(p.pairs[4].relevant);
  EXPECT_TRUE(p.has_others);
}

TEST_F(JudgedPairsTest, WithoutEitherAllAreRelevant) {
  const auto p = read("a.csv", "question,answer\na,b\n,c\nd,\n");
  EXPECT_FALSE(p.has_others);
  EXPECT_EQ(p.pairs.size(), 1U);
  EXPECT_EQ(p.skipped, 2U);
  EXPECT_EQ(p.rows, 3U);
}

TEST_F(JudgedPairsTest, SaysWhatIsWrong) {
  EXPECT_KINDRED_ERROR(read("a.csv", "x,document\na,b\n"), ErrorKind::not_found, "x, document");
  EXPECT_KINDRED_ERROR(read("a.csv", "query,y\na,b\n"), ErrorKind::not_found, "no document");
  EXPECT_KINDRED_ERROR(read("b.csv", "query,document,label\na,b,1\na,c,maybe\n"),
                       ErrorKind::bad_input, "line 3");
  EXPECT_KINDRED_ERROR(read("c.csv", "query,document,label\na,b,nan\n"), ErrorKind::bad_input,
                       "'nan'");
  EXPECT_KINDRED_ERROR(read("a.txt", "a b\n"), ErrorKind::bad_input, "columns");
  EXPECT_KINDRED_ERROR(read("d.jsonl", R"({"query":"a","document":"b","negative":{"x":1}})"),
                       ErrorKind::bad_input, "list of texts");
  PairColumns columns;
  columns.label = "grade";
  EXPECT_KINDRED_ERROR(read("e.csv", "query,document\na,b\n", columns), ErrorKind::not_found,
                       "grade");
}

}  // namespace
}  // namespace kindred::tasks
