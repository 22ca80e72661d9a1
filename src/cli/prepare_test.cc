// kindred prepare pairs, check and split, on small files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/dispatch_testing.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::cli {
namespace {

class Prepare : public testing::Test {
 protected:
  /// What "kindred prepare …" prints.
  static std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "prepare");
    return printed_by(std::move(words));
  }
  static nlohmann::json json(std::vector<std::string> words) {
    words.push_back("--json");
    return nlohmann::json::parse(run(std::move(words)));
  }
  std::string read(std::string_view name) const { return io::read_text_file(temp_.file(name)); }

  io::TempDirectory temp_;
};

TEST_F(Prepare, PairsWithPromptsScoresAndRejects) {
  const std::string file =
      temp_.write("sts.csv", "a,b,score,extra\none,two,5,x\nthree,four,9,x\n,six,1,x\n");
  const auto summary =
      json({"pairs", file, "-o", temp_.file("out.jsonl"), "--rejects", temp_.file("bad.jsonl"),
            "--column", "anchor=a", "--column", "positive=b", "--scores", "0:5", "--prompt",
            "anchor=query: ", "--prompt-name", "passage=document"});
  EXPECT_EQ(summary["rows"], 3);
  EXPECT_EQ(summary["examples"], 1);
  EXPECT_EQ(summary["rejects"]["score out of range"], 1);
  EXPECT_EQ(summary["rejects"]["empty text"], 1);
  EXPECT_EQ(summary["statistics"]["with_graded"], 1);
  EXPECT_THAT(std::string(summary["notes"][0]), testing::HasSubstr("not used: extra"));
  EXPECT_EQ(
      read("out.jsonl"),
      R"({"anchor":"one","graded":[{"text":"two","score":1.0}],"prompts":{"anchor":"query: "},"prompt_names":{"passage":"document"},"source":"sts.csv"})"
      "\n");
  EXPECT_THAT(read("bad.jsonl"), testing::HasSubstr(R"("line":3)"));
  EXPECT_THAT(run({"pairs", temp_.file("out.jsonl"), "-o", temp_.file("again.jsonl")}),
              testing::HasSubstr("1 rows, 1 examples"));
  EXPECT_EQ(read("again.jsonl"), read("out.jsonl"));
}

TEST_F(Prepare, PairsOfProductsAndJudgements) {
  const std::string products =
      temp_.write("p.csv",
                  "id,title_en,title_zh,category\n1,Red shoe,红鞋,Shoes\n2,Blue "
                  "shoe,蓝鞋,Shoes\n3,Hat,帽子,Hats\n");
  const auto judged =
      json({"pairs", "--products", products, "--template", "{title}", "--judgements",
            temp_.write("l.csv", "query,id,label\nshoe,1,E\nshoe,3,I\nshoe,2,S\n"), "-o",
            temp_.file("judged.jsonl")});
  EXPECT_EQ(judged["examples"], 1);
  EXPECT_EQ(judged["statistics"]["with_negatives"], 1);
  const auto made = json({"pairs", "--products", products, "--make", "translations", "--make",
                          "categories", "-o", temp_.file("made.jsonl")});
  EXPECT_EQ(made["statistics"]["sources"]["translations"], 6);
  EXPECT_EQ(made["statistics"]["sources"]["categories"], 2);
  EXPECT_KINDRED_ERROR(run({"pairs", "-o", temp_.file("x")}), ErrorKind::bad_input, "made of");
  EXPECT_KINDRED_ERROR(run({"pairs", "--make", "categories", "-o", temp_.file("x")}),
                       ErrorKind::bad_input, "--products");
}

TEST_F(Prepare, ChecksAndRemovesLeaks) {
  const std::string train = temp_.write("train.csv", "query,answer\nred shoe,a shoe\nhat,a hat\n");
  const std::string test = temp_.write("test.csv", "query,answer\nRed shoe!,something else\n");
  const auto report = json({"check", train, test});
  EXPECT_EQ(report["leaks"], true);
  EXPECT_EQ(report["counts"][0]["kind"], "text");
  EXPECT_EQ(report["splits"][0]["leaking"], 1);
  EXPECT_KINDRED_ERROR(run({"check", train, test, "--fail", "-q"}), ErrorKind::bad_input, "leak");
  run({"check", "train=" + train, "test=" + test, "--remove-from", "train", "-o",
       temp_.file("clean.jsonl"), "-q"});
  EXPECT_EQ(read("clean.jsonl"),
            "{\"anchor\":\"hat\",\"positives\":[\"a hat\"],\"source\":\"train.csv\"}\n");
  EXPECT_EQ(run({"check", temp_.file("clean.jsonl"), test, "--fail", "-q"}), "");
  EXPECT_THAT(run({"check", train}), testing::HasSubstr("2 examples"));
  EXPECT_KINDRED_ERROR(run({"check", train, test, "--kind", "all"}), ErrorKind::bad_input, "near");
  EXPECT_KINDRED_ERROR(run({"check", train, test, "--remove-from", "train"}), ErrorKind::bad_input,
                       "go together");
}

TEST_F(Prepare, SplitsThatDoNotLeak) {
  std::string text = "query,answer,group\n";
  for (std::int64_t i = 0; i < 200; ++i)
    text += fmt::format("q{:x},a{:x},g{}\n", i * 7919 * 7919 + 12345, i * 104729 + 7, i / 4);
  const auto summary = json({"split", temp_.write("all.csv", text), "-o", temp_.file("splits"),
                             "--share", "train=3", "--share", "test=1"});
  EXPECT_EQ(summary["examples"], 200);
  EXPECT_NEAR(summary["splits"]["test"].get<double>(), 50, 8);
  run({"check", temp_.file("splits/train.jsonl"), temp_.file("splits/test.jsonl"), "--fail", "-q"});
  EXPECT_KINDRED_ERROR(run({"split", temp_.file("all.csv"), "-o", temp_.file("splits")}),
                       ErrorKind::bad_input, "exists already");
}

}  // namespace
}  // namespace kindred::cli
