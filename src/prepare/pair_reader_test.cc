#include "prepare/pair_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/expect_error.h"
#include "io/temp_directory.h"
#include "prepare/prepare_examples.h"
#include "prepare/reject_reasons.h"

namespace kindred::prepare {
namespace {

class PairReaderTest : public testing::Test {
 protected:
  // Every example as JSON without its source; a reject as "! reason".
  std::vector<std::string> read(std::string_view name, std::string_view text,
                                PairOptions options = {}) {
    PairReader reader(directory_.write(name, text), std::move(options));
    std::vector<std::string> results;
    details_.clear();
    for (SourceRow row; reader.next(row);) {
      lines_ = row.line;
      if (row.reject) {
        results.push_back("! " + std::string(row.reject->reason));
        details_.push_back(row.reject->detail);
      }
      for (Example& example : row.examples) {
        EXPECT_FALSE(example.source.empty());
        example.source.clear();
        results.push_back(to_json(example));
      }
    }
    notes_ = reader.notes();
    return results;
  }
  using Lines = std::vector<std::string>;

  io::TempDirectory directory_;
  std::vector<std::string> details_;
  std::vector<std::string> notes_;
  std::uint64_t lines_ = 0;
};

TEST_F(PairReaderTest, PairsAndTripletsWhateverTheOrderOfTheColumns) {
  const Lines expected = {R"({"anchor":"q","positives":["p"],"negatives":["n"]})"};
  EXPECT_EQ(read("a.csv", "anchor,positive,negative\nq,p,n\n"), expected);
  EXPECT_EQ(read("b.csv", "negative,anchor,positive\nn,q,p\n"), expected);
  EXPECT_EQ(read("c.tsv", "Positive\tNegative\tQuery\np\tn\tq\n"), expected);
  EXPECT_EQ(read("d.jsonl", R"({"negative":"n","query":"q","answer":"p"})"), expected);
  EXPECT_EQ(read("e.json", R"([{"question":"q","answer":"p","hard_negative":"n"}])"), expected);
}

TEST_F(PairReaderTest, ManyNegativesAndColumnsThatAreNotUsed) {
  EXPECT_EQ(read("a.csv", "sample_id,anchor,positive,negative_1,negative_2\n9,q,p,n,m\n"),
            Lines{R"({"anchor":"q","positives":["p"],"negatives":["n","m"]})"});
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], testing::HasSubstr("columns not used: sample_id"));
}

TEST_F(PairReaderTest, ASpreadsheetsFileWithByteOrderMarkSemicolonsAndLineEndsInCells) {
  EXPECT_EQ(read("a.csv", "\xef\xbb\xbfquery;answer\r\n\"a; \"\"b\"\"\";\"c\nd\"\r\n"),
            Lines{R"({"anchor":"a; \"b\"","positives":["c\nd"]})"});
}

TEST_F(PairReaderTest, ScoresAreGradedWhetherWholeOrNot) {
  EXPECT_EQ(read("a.csv", "sentence1,sentence2,score\na,b,1\nc,d,0.25\ne,f,0\n"),
            (Lines{R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})",
                   R"({"anchor":"c","graded":[{"text":"d","score":0.25}]})",
                   R"({"anchor":"e","graded":[{"text":"f","score":0.0}]})"}));
  EXPECT_EQ(read("b.jsonl", R"({"sentence1":"a","sentence2":"b","score":1})"),
            Lines{R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})"});
}

TEST_F(PairReaderTest, ScoresOfAnotherScaleAreRefusedUntilItIsSaid) {
  const std::string text = "sentence1,sentence2,score\na,b,4.0\n";
  EXPECT_EQ(read("a.csv", text), Lines{"! score out of range"});
  EXPECT_EQ(read("a.csv", text, {.highest_score = 5.0}),
            Lines{R"({"anchor":"a","graded":[{"text":"b","score":0.8}]})"});
  EXPECT_EQ(read("a.csv", text, {.lowest_score = 5, .highest_score = 6}),
            Lines{"! score out of range"});
}

TEST_F(PairReaderTest, ScoresThatAreNoNumbersCostTheirRows) {
  EXPECT_EQ(
      read("a.csv", "sentence1,sentence2,score\na,b,nan\nc,d,\ne,f,high\ng,h,inf\ni,j,.5\n"),
      (Lines{"! score is not a number", "! score is not a number", "! score is not a number",
             "! score is not a number", R"({"anchor":"i","graded":[{"text":"j","score":0.5}]})"}));
  // Python writes NaN into JSON, which has none; the line is lost, and no other.
  EXPECT_EQ(read("b.jsonl",
                 "{\"sentence1\":\"a\",\"sentence2\":\"b\",\"score\":NaN}\n"
                 "{\"sentence1\":\"a\",\"sentence2\":\"b\",\"score\":null}\n"
                 "{\"sentence1\":\"a\",\"sentence2\":\"b\",\"score\":1}\n"),
            (Lines{"! malformed row", "! score is not a number",
                   R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})"}));
}

TEST_F(PairReaderTest, LabelsOfPairs) {
  EXPECT_EQ(read("a.csv", "sentence1,sentence2,label\na,b,1\nc,d,0.0\ne,f,2\ng,h,\n"),
            (Lines{R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})",
                   R"({"anchor":"c","graded":[{"text":"d","score":0.0}]})", "! unknown label",
                   "! no label"}));
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], testing::HasSubstr("QNLI"));
  EXPECT_EQ(
      read("b.csv", "sentence1,sentence2,label\na,b,0\n", {.labels = {{"0", 1.0}, {"1", 0.0}}}),
      Lines{R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})"});
}

TEST_F(PairReaderTest, InferenceCountsItsLabelsTheOtherWay) {
  EXPECT_EQ(read("a.csv",
                 "premise,hypothesis,label\na,b,0\na,c,1\na,d,2\na,e,-1\na,f,entailment\na,g,-\n"),
            (Lines{R"({"anchor":"a","graded":[{"text":"b","score":1.0}]})",
                   R"({"anchor":"a","graded":[{"text":"c","score":0.5}]})",
                   R"({"anchor":"a","graded":[{"text":"d","score":0.0}]})", "! no label",
                   R"({"anchor":"a","graded":[{"text":"f","score":1.0}]})", "! no label"}));
}

TEST_F(PairReaderTest, FlagEmbeddingsFiles) {
  EXPECT_EQ(
      read("a.jsonl",
           R"({"query":"q","pos":["p"],"neg":["n",null],"pos_scores":[0.9],"neg_scores":[-3,2],)"
           R"("prompt":"Represent: ","type":"normal"})"
           "\n"
           R"({"query":"q","pos":["p","o"],"neg":[]})"
           "\n"
           R"({"query":"q","pos":[],"neg":["n"]})"
           "\n"
           R"({"query":"q","pos":["p"],"neg":["n"],"neg_scores":[1,2]})"
           "\n"
           R"({"query":"q","pos":["p"],"neg":["n"],"neg_scores":[null]})"),
      (Lines{
          R"({"anchor":"q","positives":[{"text":"p","score":0.9}],"negatives":[{"text":"n","score":-3.0},{"text":"","score":2.0}],"prompts":{"anchor":"Represent: "}})",
          R"({"anchor":"q","positives":["p","o"]})", "! no positive",
          "! scores and texts differ in number", "! score is not a number"}));
}

TEST_F(PairReaderTest, TevatronsAndDprsFiles) {
  EXPECT_EQ(
      read(
          "a.jsonl",
          R"({"query_id":9007199254740993,"query":"q","positive_passages":[{"docid":"d1","title":"T","text":"p"}],)"
          R"("negative_passages":[{"docid":"d2","title":"","text":"n"}]})"
          "\n"
          R"({"question":"q","answers":["x"],"positive_ctxs":[{"title":"T","text":"p","passage_id":"7"}],)"
          R"("negative_ctxs":[],"hard_negative_ctxs":[{"title":"U","text":"n"}]})"
          "\n"
          R"({"query":"q","positive_document_ids":["1"],"negative_document_ids":[]})"),
      (Lines{
          R"({"anchor":{"text":"q","id":"9007199254740993"},"positives":[{"text":"T p","id":"d1"}],"negatives":[{"text":"n","id":"d2"}]})",
          R"({"anchor":"q","positives":[{"text":"T p","id":"7"}],"negatives":["U n"]})",
          "! columns make no example"}));
  EXPECT_THAT(details_[0], testing::HasSubstr("without their texts"));
}

TEST_F(PairReaderTest, SwiftsFilesOldAndNew) {
  EXPECT_EQ(
      read(
          "a.jsonl",
          R"({"query":"q","response":"p","rejected_response":["n","m"]})"
          "\n"
          R"({"query":"q","response":"p","label":0.8})"
          "\n"
          R"({"messages":[{"role":"user","content":"q"}],"positive_messages":[[{"role":"user","content":"p"}]],)"
          R"("negative_messages":[[{"role":"user","content":"n"}],[{"role":"user","content":"m"}]]})"
          "\n"
          R"({"messages":[{"role":"user","content":"q"}],"positive_messages":[[{"role":"user","content":"p"}]],"label":0.8})"
          "\n"
          R"({"query":"q","response":"p","rejected_response":null})"
          "\n"
          R"({"messages":[{"role":"user","content":[{"type":"image"}]}],"positive_messages":[]})"),
      (Lines{R"({"anchor":"q","positives":["p"],"negatives":["n","m"]})",
             R"({"anchor":"q","graded":[{"text":"p","score":0.8}]})",
             R"({"anchor":"q","positives":["p"],"negatives":["n","m"]})",
             R"({"anchor":"q","graded":[{"text":"p","score":0.8}]})",
             R"({"anchor":"q","positives":["p"],"negatives":[""]})", "! value of a wrong kind"}));
}

TEST_F(PairReaderTest, ATeachersScoresOfTripletsAreKeptAsTheyAre) {
  EXPECT_EQ(
      read("a.jsonl", R"({"query":"q","positive":"p","negative":"n","label":[9.5,-1]})"
                      "\n"
                      R"({"query":"q","positive":"p","negative":"n","score":0.5})"),
      (Lines{
          R"({"anchor":"q","positives":[{"text":"p","score":9.5}],"negatives":[{"text":"n","score":-1.0}]})",
          "! scores and texts differ in number"}));
}

TEST_F(PairReaderTest, ArraysOfTextsALine) {
  EXPECT_EQ(read("a.jsonl", "[\"q\",\"p\"]\n\n[\"q\",\"p\",\"n\"]\n{\"query\":1}\n[\"r\",\"s\"]\n"),
            (Lines{R"({"anchor":"q","positives":["p"]})",
                   R"({"anchor":"q","positives":["p"],"negatives":["n"]})", "! malformed row",
                   R"({"anchor":"r","positives":["s"]})"}));
  EXPECT_EQ(read("b.jsonl", R"({"set":["a","b","c"]})"),
            Lines{R"({"anchor":"a","positives":["b","c"]})"});
}

TEST_F(PairReaderTest, TextsAloneAndTheirClasses) {
  EXPECT_EQ(read("a.txt", "one\ntwo\n"), (Lines{R"({"anchor":"one"})", R"({"anchor":"two"})"}));
  EXPECT_EQ(read("b.csv", "text,label\none,3\n"), Lines{R"({"anchor":"one","label":"3"})"});
}

TEST_F(PairReaderTest, TextsOfSeveralLanguagesAreOneAnothersPositives) {
  EXPECT_EQ(
      read("a.jsonl", R"({"page":"x","id":"7","en":"shoe","zh":"鞋","fr":""})"
                      "\n"
                      R"({"id":"8","en":"hat"})"),
      (Lines{
          R"({"anchor":{"text":"shoe","id":"7","language":"en"},"positives":[{"text":"鞋","id":"7","language":"zh"}],"group":"7"})",
          R"({"anchor":{"text":"鞋","id":"7","language":"zh"},"positives":[{"text":"shoe","id":"7","language":"en"}],"group":"7"})",
          "! columns make no example"}));
}

TEST_F(PairReaderTest, ColumnsThatAreGivenGoBeforeTheirNames) {
  const PairOptions options{.columns = {{"anchor", "title"}, {"positive", "body"}, {"group", "k"}},
                            .anchor_prompt = {.text = "query: "},
                            .passage_prompt = {.name = "passage"}};
  EXPECT_EQ(
      read("a.csv", "query,title,body,k\nx,t,b,7\n", options),
      Lines{
          R"({"anchor":"t","positives":["b"],"prompts":{"anchor":"query: "},"prompt_names":{"passage":"passage"},"group":"7"})"});
  EXPECT_KINDRED_ERROR(read("b.csv", "title,k\nt,7\n", options), ErrorKind::not_found,
                       "no column body; the columns are: k, title");
}

TEST_F(PairReaderTest, CategoriesAreThePassages) {
  EXPECT_EQ(
      read("a.csv", "query,positive,category,negative\nq,p,A > B,n\nr,s,,m\n"),
      (Lines{R"({"anchor":"q","positives":[{"text":"p","category":"A > B"}],"negatives":["n"]})",
             R"({"anchor":"r","positives":["s"],"negatives":["m"]})"}));
  EXPECT_EQ(read("b.jsonl", R"({"query":"q","positive_passages":[{"text":"p","category":7}]})"),
            Lines{R"({"anchor":"q","positives":[{"text":"p","category":"7"}]})"});
}

TEST_F(PairReaderTest, TablesOfWhichNothingIsKnownAreRefusedWithTheirColumns) {
  EXPECT_KINDRED_ERROR(read("a.csv", "foo,bar\n1,2\n"), ErrorKind::bad_input,
                       "the columns are: bar, foo");
  EXPECT_KINDRED_ERROR(read("a.csv", "query,question,answer\n1,2,3\n"), ErrorKind::bad_input,
                       "more than one column");
  EXPECT_EQ(read("a.jsonl", R"({"foo":"1"})"), Lines{"! columns make no example"});
}

TEST_F(PairReaderTest, ListsThatAProgramPrintedIntoCells) {
  EXPECT_EQ(read("a.csv", "query,pos,neg\nq,\"[\"\"p\"\",\"\"o\"\"]\",\"['n']\"\n"),
            Lines{"! list written as text"});
  EXPECT_EQ(read("b.csv", "query,pos,neg\nq,\"[\"\"p\"\",\"\"o\"\"]\",[]\n"),
            Lines{R"({"anchor":"q","positives":["p","o"]})"});
}

TEST_F(PairReaderTest, ColumnsOfMixedTypesAndTextsThatAreNumbers) {
  EXPECT_EQ(read("a.jsonl",
                 "{\"query\":12,\"answer\":\"p\"}\n{\"query\":\"q\",\"answer\":1.50}\n"
                 "{\"query\":{\"x\":1},\"answer\":\"p\"}\n"),
            (Lines{R"({"anchor":"12","positives":["p"]})", R"({"anchor":"q","positives":["1.5"]})",
                   "! value of a wrong kind"}));
}

TEST_F(PairReaderTest, BadRowsCostNoOthersAndAreNamedByTheirLine) {
  EXPECT_EQ(read("a.csv", "query,answer\nq\xc3\xa9,p\nq\xff,p\nonly one\nr,s\n"),
            (Lines{R"({"anchor":"qé","positives":["p"]})", "! not UTF-8", "! malformed row",
                   R"({"anchor":"r","positives":["s"]})"}));
  EXPECT_EQ(lines_, 5U);
}

TEST_F(PairReaderTest, VeryLongRows) {
  const std::string text(3 << 20, 'x');
  EXPECT_EQ(read("a.jsonl", R"({"query":"q","answer":")" + text + "\"}").at(0).size(),
            text.size() + std::string_view(R"({"anchor":"q","positives":[""]})").size());
}

TEST_F(PairReaderTest, ARowWithoutTheTextsOfThoseBeforeIsNoTextAlone) {
  EXPECT_EQ(read("a.jsonl", "{\"query\":\"q\",\"answer\":\"p\"}\n{\"query\":\"r\"}\n"),
            (Lines{R"({"anchor":"q","positives":["p"]})", "! no positive"}));
  EXPECT_EQ(read("b.jsonl", "{\"t\":\"q\",\"b\":\"p\"}\n{\"t\":\"r\"}\n",
                 {.columns = {{"anchor", "t"}, {"positive", "b"}}}),
            (Lines{R"({"anchor":"q","positives":["p"]})", "! columns make no example"}));
}

TEST_F(PairReaderTest, AColumnCalledSourceMakesNoExampleOfOurs) {
  EXPECT_EQ(read("a.jsonl", R"({"anchor":"q","positive":"p","source":"x"})"),
            Lines{R"({"anchor":"q","positives":["p"]})"});
  EXPECT_EQ(read("b.jsonl", R"({"anchor":"q","source":"x"})"), Lines{R"({"anchor":"q"})"});
}

TEST_F(PairReaderTest, OwnExamplesStayAsTheyAre) {
  const Lines lines = {
      R"({"anchor":{"text":"q","id":"1"},"positives":[{"text":"p","language":"zh"}],"group":"g"})",
      R"({"anchor":"a","graded":[{"text":"b","score":0.5}],"prompts":{"anchor":"query: "}})"};
  EXPECT_EQ(read("a.jsonl", lines[0] + "\n{\"anchor\":3,\"graded\":4}\n" + lines[1] + "\n"),
            (Lines{lines[0], "! malformed row", lines[1]}));
}

TEST_F(PairReaderTest, WritesExamplesAndASampleOfRejects) {
  std::vector<std::unique_ptr<ExampleSource>> sources;
  sources.push_back(std::make_unique<PairReader>(
      directory_.write("a.csv", "query,answer\nq,<b>p</b>\nq,p\nx,nan\ny,Y \nz,w\n"),
      PairOptions{}));
  sources.push_back(std::make_unique<PairReader>(
      directory_.write("b.csv", "query,answer,score\nq,p,7\nq,p,.5\n"), PairOptions{}));
  ExampleCleaner cleaner;
  RejectLog rejects(directory_.file("rejects.jsonl"), 1);
  ExampleStatistics statistics;
  Progress progress(nullptr, "prepare", "rows");
  const PrepareCounts counts = prepare_examples(sources, directory_.file("out.jsonl"), cleaner,
                                                rejects, statistics, {}, progress);
  EXPECT_EQ(counts.rows, 7U);
  EXPECT_EQ(counts.examples, 3U);
  EXPECT_EQ(io::read_text_file(directory_.file("out.jsonl")),
            R"({"anchor":"q","positives":["p"],"source":"a.csv"})"
            "\n"
            R"({"anchor":"z","positives":["w"],"source":"a.csv"})"
            "\n"
            R"({"anchor":"q","graded":[{"text":"p","score":0.5}],"source":"b.csv"})"
            "\n");
  EXPECT_EQ(rejects.total(), 4U);
  EXPECT_EQ(rejects.counts().at(reasons::kDuplicate), 1U);
  EXPECT_EQ(rejects.counts().at(reasons::kNoPositive), 1U);
  EXPECT_EQ(rejects.counts().at(reasons::kIdentical), 1U);
  EXPECT_EQ(rejects.counts().at(reasons::kScoreRange), 1U);
  EXPECT_EQ(cleaner.changes().at("texts with markup taken out"), 1U);
  EXPECT_THAT(io::read_text_file(directory_.file("rejects.jsonl")),
              testing::HasSubstr(R"("line":3,"row")"));
}

TEST_F(PairReaderTest, NoExampleAtAllIsAnErrorWithTheFirstReason) {
  std::vector<std::unique_ptr<ExampleSource>> sources;
  sources.push_back(std::make_unique<PairReader>(
      directory_.write("a.csv", "sentence1,sentence2,score\na,b,4\n"), PairOptions{}));
  ExampleCleaner cleaner;
  RejectLog rejects;
  ExampleStatistics statistics;
  Progress progress(nullptr, "prepare", "rows");
  EXPECT_KINDRED_ERROR(prepare_examples(sources, directory_.file("out.jsonl"), cleaner, rejects,
                                        statistics, {}, progress),
                       ErrorKind::bad_input, "line 2: score out of range (4 is not in 0 to 1)");
  EXPECT_FALSE(std::filesystem::exists(directory_.file("out.jsonl")));
}

}  // namespace
}  // namespace kindred::prepare
