#include "eval/judgements.h"

#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::eval {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

io::TableReader lines(std::string_view text) {
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  return io::TableReader::from_memory(text, "file", options);
}
Run run_of(std::string_view text) {
  return read_trec_run(lines(text), "file");
}
Judgements judgements_of(std::string_view text) {
  return read_judgements(lines(text), "file");
}

std::vector<std::string> ranked(std::vector<ScoredDocument> documents) {
  rank_documents(documents);
  std::vector<std::string> ids;
  for (const ScoredDocument& document : documents) ids.push_back(document.id);
  return ids;
}

TEST(Judgements, DocumentsAreRankedAsByTrecEval) {
  EXPECT_THAT(ranked({{"a", 1.0}, {"c", 1.0}, {"b", 2.0}}), ElementsAre("b", "c", "a"));
  EXPECT_THAT(ranked({{"10", 1.0}, {"9", 1.0}}), ElementsAre("9", "10"));  // bytes, no numbers
  EXPECT_THAT(ranked({{"z", 1.0}, {"é", 1.0}}), ElementsAre("é", "z"));    // unsigned
  // Equal as 32-bit floats.
  EXPECT_THAT(ranked({{"a", 0.12345678902}, {"b", 0.12345678901}}), ElementsAre("b", "a"));
  EXPECT_THAT(ranked({{"a", 1e301}, {"b", 1e300}, {"c", -1e300}}), ElementsAre("b", "a", "c"));
}

TEST(Judgements, TrecRunsAreRead) {
  const eval::Run run = run_of(
      "q1 Q0 d1 1 2.5 my-run\n"
      "\n"
      "q2\tQ0\td1\t0\t1e-3\tother\r\n"
      "  q1 0 d2 x +3  my-run \n"
      "q1 Q0 d3 1 -inf my-run");
  EXPECT_EQ(run.name, "my-run");
  ASSERT_EQ(run.of_query.size(), 2U);
  EXPECT_THAT(ranked(run.of_query.at("q1")), ElementsAre("d2", "d1", "d3"));
  EXPECT_EQ(run.of_query.at("q2").at(0).score, 1e-3);
  EXPECT_TRUE(run_of("").of_query.empty());
}

TEST(Judgements, TrecRunsThatAreNoneAreRefused) {
  EXPECT_KINDRED_ERROR(run_of("q Q0 d 1 2.5 r\nq Q0 e 2 2.5\n"), ErrorKind::bad_input,
                       "file, line 2: 5 columns");
  EXPECT_KINDRED_ERROR(run_of("q Q0 d 1 2.5 my run\n"), ErrorKind::bad_input, "7 columns");
  EXPECT_KINDRED_ERROR(run_of("q Q0 d 1 nan r\n"), ErrorKind::bad_input,
                       "the score 'nan' is not a number");
  EXPECT_KINDRED_ERROR(run_of("q Q0 d 1 2,5 r\n"), ErrorKind::bad_input, "'2,5'");
  EXPECT_KINDRED_ERROR(run_of("q Q0 d 1 1 r\np Q0 d 1 1 r\nq Q0 d 2 3 r\n"), ErrorKind::bad_input,
                       "query 'q' has document 'd' twice");
  EXPECT_KINDRED_ERROR(read_trec_run("/nowhere/run.txt"), ErrorKind::not_found, "/nowhere");
}

TEST(Judgements, TrecQrelsAreRead) {
  const auto judgements = judgements_of("q 0 d1 2\nq 0 d2 -1\n\np\t0\td1\t0\r\n");
  EXPECT_THAT(judgements, UnorderedElementsAre(
                              Pair("q", UnorderedElementsAre(Pair("d1", 2.0), Pair("d2", -1.0))),
                              Pair("p", UnorderedElementsAre(Pair("d1", 0.0)))));
  EXPECT_KINDRED_ERROR(judgements_of("q 0 d 1.5\n"), ErrorKind::bad_input,
                       "line 1: the grade '1.5' is no whole number");
  EXPECT_KINDRED_ERROR(judgements_of("q 0 d 1\nq 0 e\n"), ErrorKind::bad_input,
                       "line 2: 3 columns");
  EXPECT_KINDRED_ERROR(judgements_of("q 0 d 1\np 0 d 1\nq 0 d 1\n"), ErrorKind::bad_input,
                       "line 3: document 'd' is judged twice for query 'q'");
  EXPECT_KINDRED_ERROR(judgements_of("{\"q\": 1}\n"), ErrorKind::bad_input, "line 1");
}

TEST(Judgements, QrelsOfBeirAreRead) {
  const auto expected =
      UnorderedElementsAre(Pair("q 1", UnorderedElementsAre(Pair("d1", 2.0), Pair("d 2", 0.5))));
  EXPECT_EQ(judgements_of("query-id\tcorpus-id\tscore\nq 1\td1\t2\nq 1\td 2\t0.5\n").size(), 1U);
  EXPECT_THAT(judgements_of("query-id\tcorpus-id\tscore\nq 1\td1\t2\nq 1\td 2\t0.5\n"), expected);
  EXPECT_THAT(judgements_of("q 1\td1\t2\r\nq 1\td 2\t0.5\r\n"), expected);
  EXPECT_THAT(judgements_of("score\tcorpus-id\tnote\tquery-id\n2\td1\t\tq 1\n.5\td 2\tx\tq 1\n"),
              expected);
  EXPECT_THAT(judgements_of("\"query-id\"\t\"corpus-id\"\t\"score\"\nq\t\"5\"\" disk\"\t1\n"),
              UnorderedElementsAre(Pair("q", UnorderedElementsAre(Pair("5\" disk", 1.0)))));
  EXPECT_KINDRED_ERROR(judgements_of("q\td\t1\nq\td\n"), ErrorKind::bad_input,
                       "line 2: 2 columns between tabs, but 3");
  EXPECT_KINDRED_ERROR(judgements_of("q\td\t1\nq\td\tgood\n"), ErrorKind::bad_input, "'good'");
  for (const char* grade : {"1e308", "-1000000", "inf", "nan"})
    EXPECT_KINDRED_ERROR(judgements_of(fmt::format("q\td\t1\nq\te\t{}\n", grade)),
                         ErrorKind::bad_input, grade);
  EXPECT_KINDRED_ERROR(judgements_of("q 0 d 99999999\n"), ErrorKind::bad_input, "99999999");
  EXPECT_KINDRED_ERROR(judgements_of("q\td\t1\n\td\t1\n"), ErrorKind::bad_input, "an empty id");
}

TEST(Judgements, OfPairsThatStandTwiceInBeirTheLastCounts) {
  testing::internal::CaptureStderr();
  EXPECT_THAT(
      judgements_of("q\td\t1\nq\td\t1\nq\te\t1\nq\te\t2\n"),
      UnorderedElementsAre(Pair("q", UnorderedElementsAre(Pair("d", 1.0), Pair("e", 2.0)))));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("1 pairs stand twice with another grade"));
}

TEST(Judgements, RunsAreReadAsTheyWereWritten) {
  const io::TempDirectory directory;
  eval::Run run{"two words", {}};
  run.of_query["q2"] = {{"a", 0.1}, {"b", 1.0 / 3.0}};
  run.of_query["q1"] = {{"é", -1e-300}, {"x", -1e-300}};
  write_trec_run(directory.file("run.txt"), run);
  EXPECT_EQ(io::read_text_file(directory.file("run.txt")),
            "q1 Q0 é 1 -1e-300 two_words\nq1 Q0 x 2 -1e-300 two_words\n"
            "q2 Q0 b 1 0.3333333333333333 two_words\nq2 Q0 a 2 0.1 two_words\n");
  const eval::Run again = read_trec_run(directory.file("run.txt"));
  EXPECT_EQ(again.of_query.at("q2").at(0).score, 1.0 / 3.0);
  run.of_query["q1"][0].id = "a b";
  EXPECT_KINDRED_ERROR(write_trec_run(directory.file("bad.txt"), run), ErrorKind::bad_input,
                       "'a b'");
  EXPECT_FALSE(io::is_file(directory.file("bad.txt")));
}

TEST(Judgements, JudgementsAreReadAsTheyWereWritten) {
  const io::TempDirectory directory;
  Judgements judgements{{"q", {{"a", 1.0}, {"b", -2.0}}}, {"p", {{"c", 3.0}}}};
  for (const char* name : {"qrels.txt", "qrels.tsv"}) {
    write_judgements(directory.file(name), judgements);
    EXPECT_EQ(read_judgements(directory.file(name)), judgements);
  }
  judgements["q"]["a b"] = 0.25;
  write_judgements(directory.file("qrels.tsv"), judgements);
  EXPECT_EQ(read_judgements(directory.file("qrels.tsv")), judgements);
  EXPECT_KINDRED_ERROR(write_judgements(directory.file("qrels.txt"), judgements),
                       ErrorKind::bad_input, "'a b'");
  judgements["q"].erase("a b");
  judgements["q"]["a"] = 0.25;
  EXPECT_KINDRED_ERROR(write_judgements(directory.file("qrels.txt"), judgements),
                       ErrorKind::bad_input, "no whole number");
}

}  // namespace
}  // namespace kindred::eval
