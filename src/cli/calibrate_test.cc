// kindred calibrate, and what uses its files. Runs the program.
#include <gmock/gmock.h>

#include "cli/shop_cli.h"

namespace kindred {
namespace {

using testing::HasSubstr;

class CalibrateCli : public ShopCli {
 protected:
  // Pairs of the same words are relevant.
  void write_pairs(int queries) {
    std::string text = "query,document,label,language\n";
    for (int i = 0; i < queries; ++i)
      for (int j = 0; j < 4; ++j)
        text += title(i) + "," + title(j == 0 ? i : i + 100 * j) + "," + (j == 0 ? "1" : "0") +
                (i % 2 == 0 ? ",en\n" : ",zh\n");
    temp_.write("pairs.csv", text);
  }
  const std::string model_ = kModels + "st-dense";
};

TEST_F(CalibrateCli, SimilarShowsProbabilities) {
  write_pairs(60);
  const auto made = answer("calibrate " + model_ + " pairs.csv -o c.json");
  EXPECT_EQ(made["kindred_score_calibration"], 1);
  EXPECT_EQ(made["figures"].size(), 3U);
  EXPECT_LT(made["figures"][0]["calibrated"]["log_loss"],
            made["figures"][0]["score_as_probability"]["log_loss"]);
  temp_.write("texts.txt", title(1) + "\n" + title(200) + "\n" + title(300) + "\n");
  const std::string ask = "similar texts.txt --model " + model_ + " -q '" + title(1) + "'";
  const auto found = answer(ask + " --calibration c.json");
  ASSERT_EQ(found["results"].size(), 3U);
  EXPECT_GT(found["results"][0]["probability"], 0.5);
  EXPECT_LT(found["results"][2]["probability"], found["results"][0]["probability"]);
  EXPECT_EQ(answer(ask + " --calibration c.json --min-probability 0.5")["results"].size(), 1U);
  ok(ask + " --calibration c.json");
  EXPECT_THAT(out_, HasSubstr("%"));
  EXPECT_FALSE(answer(ask)["results"][0].contains("probability"));
  EXPECT_NE(run(ask + " --min-probability 0.5"), 0);
}

TEST_F(CalibrateCli, RefusesAnotherModels) {
  write_pairs(30);
  ok("calibrate " + model_ + " pairs.csv -o c.json");
  temp_.write("texts.txt", title(1) + "\n");
  EXPECT_NE(
      run("similar texts.txt --model " + model_ + " --dimensions 8 -q t4 --calibration c.json"), 0);
  EXPECT_THAT(err_, HasSubstr("another model"));
}

TEST_F(CalibrateCli, RandomPairsGiveCutOffsAlone) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += title(i) + "\n";
  temp_.write("texts.txt", text);
  const auto made =
      answer("calibrate " + model_ + " --random texts.txt --random-pairs 2000 -o c.json");
  ASSERT_EQ(made["random_cutoffs"].size(), 4U);
  EXPECT_LT(made["random_cutoffs"][0]["score"], made["random_cutoffs"][1]["score"]);
  EXPECT_TRUE(made["random_cutoffs"][3]["score"].is_null());
  EXPECT_NE(run("similar texts.txt --model " + model_ + " -q t4 --calibration c.json"), 0);
  EXPECT_THAT(err_, HasSubstr("no probabilities"));
}

TEST_F(CalibrateCli, AShopKeepsIt) {
  make_shop();
  std::string labels = "query\tid\n";
  for (int i = 0; i < 30; ++i) labels += title(i) + "\tp" + std::to_string(i) + "\n";
  temp_.write("labels.tsv", labels);
  EXPECT_FALSE(answer("search s '" + title(3) + "'")["results"][0].contains("probability"));
  ok("calibrate --shop s --labels labels.tsv");
  const auto found = answer("search s '" + title(3) + "'");
  EXPECT_EQ(found["results"][0]["id"], "p3");
  EXPECT_GT(found["results"][0]["probability"], 0.5);
  EXPECT_FALSE(found["results"][0].contains("explanation"));
  EXPECT_LT(answer("search s '" + title(3) + "' --min-probability 0.5")["results"].size(),
            found["results"].size());
  ok("search s '" + title(3) + "'");
  EXPECT_THAT(out_, HasSubstr("%"));
  // Words have no cosine, and what follows a product has no query.
  EXPECT_FALSE(answer("search s --like p3")["results"][0].contains("probability"));
  write_pairs(30);
  ok("calibrate " + model_ + " pairs.csv --shop s");
  EXPECT_NE(run("calibrate " + model_ + " pairs.csv --dimensions 8 --shop s"), 0);
  EXPECT_THAT(err_, HasSubstr("another model"));
}

TEST_F(CalibrateCli, SaysWhatIsMissing) {
  write_pairs(5);
  EXPECT_NE(run("calibrate " + model_ + " pairs.csv"), 0);
  EXPECT_THAT(err_, HasSubstr("-o FILE"));
  EXPECT_NE(run("calibrate -o c.json"), 0);
  EXPECT_NE(run("calibrate --labels x.tsv -o c.json"), 0);
  EXPECT_THAT(err_, HasSubstr("--shop SHOP"));
}

}  // namespace
}  // namespace kindred
