#include "eval/dataset.h"

#include <filesystem>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/parquet.h"
#include "io/temp_directory.h"

namespace kindred::eval {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

const std::string kGolden = KINDRED_TEST_DATA "/golden/mteb/";

std::vector<std::string> ids_of(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

class DatasetTest : public testing::Test {
 protected:
  // "qrels/test.tsv" makes the directory too.
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(directory_.file(name)).parent_path());
    directory_.write(name, text);
  }
  void write_beir_files() {
    write("corpus.jsonl",
          R"({"_id": "d1", "title": "T", "text": "one", "metadata": {"url": "u", "more": [1]}})"
          "\n"
          R"({"_id": 2, "title": null, "text": "two", "language": "fr", "popularity": 7})"
          "\n");
    write("queries.jsonl",
          R"({"_id": "q1", "text": "first", "metadata": {"language": "en"}, "language": "es"})"
          "\n"
          R"({"_id": "q2", "text": "nobody judged it"})"
          "\n");
    write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\t2\t0\n");
  }
  std::string path() const { return directory_.path(); }

  io::TempDirectory directory_;
};

TEST_F(DatasetTest, BeirsDirectoriesAreRead) {
  write_beir_files();
  const Dataset dataset = read_dataset(path() + "/");
  EXPECT_EQ(dataset.name, path().substr(path().rfind('/') + 1));
  EXPECT_THAT(ids_of(dataset.corpus), ElementsAre("d1", "2"));
  EXPECT_EQ(dataset.corpus[0].title, "T");
  EXPECT_EQ(dataset.corpus[1].title, "");
  EXPECT_THAT(dataset.corpus[0].columns, ElementsAre(Pair("url", "u")));
  EXPECT_THAT(dataset.corpus[1].columns,
              ElementsAre(Pair("language", "fr"), Pair("popularity", "7")));
  EXPECT_THAT(ids_of(dataset.queries), ElementsAre("q1"));
  EXPECT_EQ(dataset.queries[0].text, "first");
  EXPECT_THAT(dataset.queries[0].columns, ElementsAre(Pair("language", "es")));
  EXPECT_THAT(dataset.judgements,
              ElementsAre(Pair("q1", UnorderedElementsAre(Pair("d1", 1.0), Pair("2", 0.0)))));
}

TEST_F(DatasetTest, TheSplitIsTheOneAskedForOrTheUsualOne) {
  write_beir_files();
  write("qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq2\t2\t3\n");
  EXPECT_TRUE(read_dataset(path()).judgements.contains("q1"));
  EXPECT_TRUE(read_dataset(path(), "dev").judgements.contains("q2"));
  EXPECT_KINDRED_ERROR(read_dataset(path(), "train"), ErrorKind::not_found,
                       "the split 'train'; there are those of: dev, test");
  std::filesystem::remove(directory_.file("qrels/test.tsv"));
  EXPECT_TRUE(read_dataset(path()).judgements.contains("q2"));
  std::filesystem::rename(directory_.file("qrels/dev.tsv"), directory_.file("qrels/odd.tsv"));
  EXPECT_TRUE(read_dataset(path()).judgements.contains("q2"));
  EXPECT_KINDRED_ERROR(read_dataset(path(), "dev"), ErrorKind::not_found, "odd");
}

TEST_F(DatasetTest, JudgementsMayBeJsonlOrCsvOrWithoutAHeader) {
  write_beir_files();
  const Judgements expected = read_dataset(path()).judgements;
  const auto again = [&](const char* name, std::string_view text) {
    std::filesystem::remove_all(directory_.file("qrels"));
    write(name, text);
    return read_dataset(path()).judgements;
  };
  EXPECT_EQ(again("qrels/test.jsonl",
                  "{\"query-id\": \"q1\", \"corpus-id\": \"d1\", \"score\": 1}\n"
                  "{\"query-id\": \"q1\", \"corpus-id\": 2, \"score\": 0.0}\n"),
            expected);
  EXPECT_EQ(again("qrels/test.csv", "score,query-id,corpus-id\n1,q1,d1\n0,q1,2\n"), expected);
  EXPECT_EQ(again("qrels/test.tsv", "q1\td1\t1\nq1\t2\t0\n"), expected);
  EXPECT_EQ(again("qrels/test.txt", "q1 0 d1 1\nq1 0 2 0\n"), expected);
  EXPECT_EQ(again("qrels.tsv", "q1\td1\t1\nq1\t2\t0\n"), expected);
}

TEST_F(DatasetTest, HubRepositoriesInParquetAreRead) {
  if (const std::string why_not = io::why_no_parquet(); !why_not.empty()) GTEST_SKIP() << why_not;
  const Dataset hub = read_dataset(kGolden + "hub");
  EXPECT_THAT(ids_of(hub.corpus), ElementsAre("1", "2", "3"));
  EXPECT_EQ(hub.corpus[0].title, "Teapot");
  EXPECT_EQ(hub.corpus[1].title, "");
  EXPECT_EQ(hub.corpus[1].text, "防水背包");
  EXPECT_THAT(ids_of(hub.queries), ElementsAre("10", "11"));
  EXPECT_THAT(hub.queries[1].columns, ElementsAre(Pair("language", "zh")));
  EXPECT_EQ(hub.judgements.at("10").at("1"), 2.0);
  EXPECT_EQ(hub.judgements.at("11").at("2"), 0.5);
  EXPECT_EQ(read_dataset(kGolden + "hub", "dev").judgements.at("10").at("1"), 1.0);

  const Dataset chinese = read_dataset(kGolden + "c-mteb");
  EXPECT_THAT(ids_of(chinese.corpus), ElementsAre("d1", "d2"));
  EXPECT_EQ(chinese.judgements, (Judgements{{"q1", {{"d1", 1.0}}}}));
}

TEST_F(DatasetTest, ASubsetHasItsOwnFiles) {
  write_beir_files();
  write("fr-queries.jsonl", "{\"_id\": \"q9\", \"text\": \"premier\"}\n");
  write("fr-qrels/test.tsv", "q9\td1\t1\n");
  const Dataset dataset = read_dataset(path(), {}, "fr");
  EXPECT_THAT(dataset.name, HasSubstr("/fr"));
  EXPECT_THAT(ids_of(dataset.queries), ElementsAre("q9"));
  EXPECT_EQ(dataset.corpus.size(), 2U);  // the common one
  write("corpus-fr/test.jsonl", "{\"id\": \"d1\", \"text\": \"un\"}\n");
  EXPECT_EQ(read_dataset(path(), {}, "fr").corpus.size(), 1U);
  EXPECT_KINDRED_ERROR(read_dataset(path(), {}, "zh"), ErrorKind::not_found,
                       "named zh-queries, queries-zh");
}

TEST_F(DatasetTest, WhatDoesNotMatchIsToldOf) {
  write_beir_files();
  write("qrels/test.tsv", "q1\td1\t1\nq1\tgone\t1\nno-text\td1\t1\n");
  write("queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"old\"}\n{\"_id\": \"q1\", \"text\": \"new\"}\n");
  testing::internal::CaptureStderr();
  const Dataset dataset = read_dataset(path());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("1 queries stand twice, the last of which counts; the first is 'q1'"),
                    HasSubstr("1 judged queries have no text and are left out; the first is "
                              "'no-text'"),
                    HasSubstr("1 judged documents are not in the corpus and can never be found; "
                              "the first is 'gone'")));
  EXPECT_EQ(dataset.judgements, (Judgements{{"q1", {{"d1", 1.0}, {"gone", 1.0}}}}));
  ASSERT_EQ(dataset.queries.size(), 1U);
  EXPECT_EQ(dataset.queries[0].text, "new");

  write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"new\"}\n");
  write("qrels/test.tsv", "q1\tx\t1\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input,
                       "none of the judged documents ('x' …) is among the 2 of the corpus ('d1'");
  write("qrels/test.tsv", "x\td1\t1\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input,
                       "none of the 1 judged queries ('x' …)");
  write("qrels/test.tsv", "query-id\tcorpus-id\tscore\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input, "no judgement in it");
}

TEST_F(DatasetTest, WhatIsMissingIsNamed) {
  EXPECT_KINDRED_ERROR(read_dataset(directory_.file("nowhere")), ErrorKind::not_found,
                       "no such directory");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::not_found, "there is: nothing");
  write_beir_files();
  write("queries.jsonl", "{\"_id\": \"q1\", \"query\": \"first\"}\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input,
                       "no column text; there are: _id, query");
  write("queries.jsonl", "{\"_id\": \"q1\", \"text\": [\"a\", \"b\"]}\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input, "a list or an object");
  write("queries.jsonl",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::bad_input, "git-lfs");
  std::filesystem::remove_all(directory_.file("qrels"));
  EXPECT_KINDRED_ERROR(read_dataset(path()), ErrorKind::not_found,
                       "no judgements: neither a directory nor a table (jsonl, parquet, csv, tsv) "
                       "named qrels, default; there is: corpus.jsonl, queries.jsonl");
}

TEST_F(DatasetTest, DatasetsAreReadAsTheyWereWritten) {
  write_beir_files();
  const Dataset dataset = read_dataset(path());
  write_beir(directory_.file("copy"), dataset, "dev");
  const Dataset copy = read_dataset(directory_.file("copy"));
  EXPECT_EQ(copy.judgements, dataset.judgements);
  EXPECT_EQ(ids_of(copy.corpus), ids_of(dataset.corpus));
  EXPECT_EQ(copy.corpus[0].title, "T");
  EXPECT_EQ(copy.corpus[1].columns, dataset.corpus[1].columns);
  EXPECT_EQ(copy.queries[0].columns, dataset.queries[0].columns);
  EXPECT_KINDRED_ERROR(write_beir(directory_.file("copy"), dataset), ErrorKind::bad_input, "copy");
  Dataset broken = dataset;
  broken.corpus[0].text = "\xFF";
  EXPECT_KINDRED_ERROR(write_beir(directory_.file("broken"), broken), ErrorKind::bad_input,
                       "'d1' is not UTF-8");
  EXPECT_FALSE(io::is_directory(directory_.file("broken")));
}

}  // namespace
}  // namespace kindred::eval
