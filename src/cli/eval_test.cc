// kindred eval and kindred eval bitext, on data whose results are known.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/check_failed.h"
#include "cli/dispatch_testing.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::cli {
namespace {

using nlohmann::json;

class EvalCommand : public testing::Test {
 protected:
  /// What "kindred eval …" prints; nothing where a promise was broken.
  std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "eval");
    failed_ = false;
    try {
      return printed_by(std::move(words));
    } catch (const CheckFailed&) {
      failed_ = true;
      return {};
    }
  }

  /// A dataset in BEIR's layout with two languages, whose words are those of words_file().
  std::string data() {
    const std::string folder = temp_.file("data");
    std::filesystem::create_directories(folder + "/qrels");
    temp_.write("data/corpus.jsonl",
                R"({"_id":"d1","title":"","text":"apple","metadata":{"language":"en"}}
{"_id":"d2","text":"pomme rouge","metadata":{"language":"fr"}}
{"_id":"d3","text":"hammer","metadata":{"language":"en"}}
{"_id":"d4","text":"marteau","metadata":{"language":"fr"}}
)");
    temp_.write("data/queries.jsonl",
                R"({"_id":"q1","text":"red apple","metadata":{"language":"en"}}
{"_id":"q2","text":"marteau","metadata":{"language":"fr"}}
{"_id":"q3","text":"never judged","metadata":{"language":"fr"}}
)");
    temp_.write("data/qrels/test.tsv",
                "query-id\tcorpus-id\tscore\nq1\td2\t1\nq2\td3\t1\nq2\td4\t2\n");
    return folder;
  }
  std::string words_file() {
    return temp_.write("words.vec",
                       "6 3\napple 9 1 0\npomme 8 1 1\nred 0 9 1\nrouge 1 8 0\nhammer 0 1 9\n"
                       "marteau 1 0 8\n");
  }
  static double value(const json& report, const std::string& table, const std::string& row,
                      const std::string& column) {
    for (const json& t : report["tables"]) {
      if (t["key"] != table) continue;
      for (const json& r : t["rows"])
        if (r["name"] == row) return r["cells"][column]["value"];
    }
    ADD_FAILURE() << "no " << table << '/' << row << '/' << column << " in " << report.dump(1);
    return -1.0;
  }

  io::TempDirectory temp_;
  bool failed_ = false;
};

TEST_F(EvalCommand, AModelHasRowsOfVectorsWordsAndBoth) {
  const json report = json::parse(run(
      {words_file(), "--data", data(), "--pairs", "--json", "--save-runs", temp_.file("runs")}));
  EXPECT_EQ(value(report, "retrieval", "vectors", "recall@1"), (1.0 + 0.5) / 2.0);
  EXPECT_EQ(value(report, "retrieval", "words", "recall@1"), 0.5 / 2.0);  // red apple ≠ pomme rouge
  EXPECT_EQ(value(report, "retrieval", "vectors", "recall@10"), 1.0);
  EXPECT_GE(value(report, "retrieval", "hybrid", "ndcg@10"), 0.5);
  EXPECT_EQ(value(report, "pairs.vectors", "fr", "fr"), 1.0);
  EXPECT_EQ(value(report, "pairs.words", "en", "fr"), 0.0);
  // What is saved is measured alike.
  const json again = json::parse(run({"--run", temp_.file("runs/vectors.run"), "--qrels",
                                      temp_.file("data/qrels/test.tsv"), "--json"}));
  EXPECT_NEAR(value(again, "retrieval", "vectors", "ndcg@10"),
              value(report, "retrieval", "vectors", "ndcg@10"), 1e-12);
}

TEST_F(EvalCommand, CandidatesAreReranked) {
  const std::string run_file =
      temp_.write("first.run", "q1 Q0 d3 1 9 x\nq1 Q0 d2 2 8 x\nq2 Q0 d1 1 9 x\n");
  const json report =
      json::parse(run({words_file(), "--data", data(), "--candidates", run_file, "--json"}));
  EXPECT_EQ(value(report, "retrieval", "reranked", "recall@1"), 0.5);
}

TEST_F(EvalCommand, RulesThatHoldEndWithAStatus) {
  const std::string run_file = temp_.write("a.run", "q1 Q0 d1 1 2.5 mine\nq1 Q0 d2 2 1.5 mine\n");
  const std::string qrels = temp_.write("a.qrels", "q1 0 d2 1\n");
  run({"--run", run_file, "--qrels", qrels, "--fail-if", "mrr@10 < 0.6", "--fail-if",
       "mine/recall@10 < 0.9", "--junit", temp_.file("j.xml"), "--report", temp_.file("r.html"),
       "--report", temp_.file("r.md")});
  EXPECT_TRUE(failed_);
  EXPECT_NE(io::read_text_file(temp_.file("j.xml")).find("failures=\"1\""), std::string::npos);
  EXPECT_NE(io::read_text_file(temp_.file("r.html")).find("</html>"), std::string::npos);
  EXPECT_NE(io::read_text_file(temp_.file("r.md")).find("mrr@10"), std::string::npos);
  run({"--run", run_file, "--qrels", qrels, "--fail-if", "mrr@10 < 0.5"});
  EXPECT_FALSE(failed_);
  EXPECT_KINDRED_ERROR(run({"--run", run_file, "--qrels", qrels, "--fail-if", "mrr@99 < 1"}),
                       ErrorKind::not_found, "mrr@10");
}

TEST_F(EvalCommand, WrongCallsSayWhatToDo) {
  EXPECT_KINDRED_ERROR(run({"--qrels", "x"}), ErrorKind::bad_input, "nothing to evaluate");
  EXPECT_KINDRED_ERROR(run({words_file()}), ErrorKind::bad_input, "--data");
  EXPECT_KINDRED_ERROR(run({words_file(), "--data", data(), "--metric", "ndgc@10"}),
                       ErrorKind::bad_input, "ndcg");
  EXPECT_KINDRED_ERROR(run({words_file(), "--data", data(), "--report", "r.pdf"}),
                       ErrorKind::bad_input, ".html");
  const std::string qrels = temp_.write("a.qrels", "q1 0 d2 1\n");
  EXPECT_KINDRED_ERROR(run({words_file(), "--qrels", qrels}), ErrorKind::bad_input, "--data");
  EXPECT_KINDRED_ERROR(run({words_file(), "--data", data(), "--slice", "colour"}),
                       ErrorKind::not_found, "language");
}

TEST_F(EvalCommand, LongDocumentsGoByWindows) {
  const std::string model = std::string(KINDRED_MODELS) + "/all-MiniLM-L6-v2";
  if (!std::filesystem::exists(model)) GTEST_SKIP() << "scripts/models makes " << model;
  const json report = json::parse(
      run({model, "--data", data(), "--window", "2", "--join", "rows", "--no-words", "--json"}));
  EXPECT_GT(value(report, "retrieval", "vectors", "recall@10"), 0.0);
  EXPECT_KINDRED_ERROR(run({model, "--data", data(), "--stride", "2"}), ErrorKind::bad_input,
                       "--window N");
}

TEST_F(EvalCommand, BitextIsAMatrixOfLanguages) {
  const std::string file = temp_.write("p.csv", "en,fr\napple,pomme\nred,rouge\nhammer,marteau\n");
  const json report = json::parse(run({"bitext", words_file(), file, "--json"}));
  EXPECT_EQ(value(report, "bitext.recall@1", "en", "fr"), 1.0);
  EXPECT_EQ(value(report, "bitext", "vectors", "recall@1"), 1.0);
}

}  // namespace
}  // namespace kindred::cli
