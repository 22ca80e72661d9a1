// kindred vectors similar, analogy, odd-one-out and eval, and word vectors where a model is named:
// the program itself, on small files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/shop_cli.h"
#include "io/vector_reader.h"

namespace kindred {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kGolden = KINDRED_TEST_DATA "/golden/word_questions/";
const std::string kVectors = kGolden + "vectors.txt";

class Vectors : public ShopCli {};

TEST_F(Vectors, SimilarPutsWordsTogetherAndTakesSomeAway) {
  const json golden = json::parse(io::read_text_file(kGolden + "questions.json"))["similar"][1];
  const json found = answer("vectors similar " + kVectors + " shoes boot --without shoe -k 6");
  ASSERT_EQ(found["results"].size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(found["results"][i]["word"], golden["add"][i][0]);
  const json product =
      answer("vectors similar " + kVectors + " shoes boot --without shoe -k 6 --multiply");
  EXPECT_EQ(product["results"][0]["word"], golden["multiply"][0][0]);
}

TEST_F(Vectors, AnalogyAndOddOneOut) {
  EXPECT_EQ(answer("vectors analogy " + kVectors + " shoe shoes boot")["results"].size(), 10U);
  EXPECT_EQ(answer("vectors odd-one-out " + kVectors + " red blue shoe")["odd"], "shoe");
  EXPECT_EQ(run("vectors analogy " + kVectors + " shoe shoes"), 2);
  EXPECT_THAT(err_, HasSubstr("three words"));
  EXPECT_NE(run("vectors similar " + kVectors + " nowhere"), 0);
  EXPECT_THAT(err_, HasSubstr("'nowhere' is not among"));
}

TEST_F(Vectors, EvalComparesFilesSideBySide) {
  const json result = answer("vectors eval " + kVectors + " --analogies " + kGolden +
                             "analogies.txt --pairs " + kGolden + "pairs.tsv");
  EXPECT_EQ(result["analogies"][0]["total"]["correct"], 26);
  EXPECT_EQ(result["analogies"][0]["total"]["asked"], 180);
  EXPECT_NEAR(result["pairs"][0]["pearson"].get<double>(), -0.13453484109196856, 1e-6);
  EXPECT_EQ(run("vectors eval " + kVectors + " " + kGolden + "words.bin --overlap " + kVectors), 0);
  EXPECT_THAT(out_, HasSubstr("[2] " + kGolden + "words.bin"));
  EXPECT_THAT(out_, HasSubstr("1.0000"));
  EXPECT_EQ(run("vectors eval " + kVectors), 2);
  EXPECT_THAT(err_, HasSubstr("nothing to evaluate by"));
}

TEST_F(Vectors, HeldOutLossNeedsOutputVectors) {
  io::write_text_file(temp_.file("text.txt"), "red shoes for running\nthe king of rome\n");
  const std::string text = " --held-out " + temp_.file("text.txt");
  const json result = answer("vectors eval " + kGolden + "words.bin" + text);
  EXPECT_EQ(result["held_out"]["architecture"], "skip-gram");
  EXPECT_GT(result["held_out"]["pairs"], 0);
  EXPECT_EQ(run("vectors eval " + kVectors + text), 2);
  EXPECT_THAT(err_, HasSubstr("--output-vectors"));
}

TEST_F(Vectors, AFileOfWordVectorsIsAModel) {
  io::write_text_file(temp_.file("titles.txt"), "Red shoes!\nblue boots\n");
  const std::string titles = " " + temp_.file("titles.txt");
  EXPECT_EQ(run("embed " + kVectors + titles + " -q -o " + temp_.file("t.npy")), 0) << err_;
  EXPECT_EQ(io::VectorReader::open(temp_.file("t.npy")).dimensions(), 12U);
  EXPECT_EQ(run("tokenize " + kVectors + titles), 0) << err_;
  EXPECT_EQ(out_, "red shoes\nblue boots\n");
  EXPECT_EQ(answer("inspect " + kVectors)["family"], "static");
  EXPECT_EQ(run("idf " + kVectors + titles + " --weights sif -o " + temp_.file("w.tsv")), 0);
  EXPECT_THAT(io::read_text_file(temp_.file("w.tsv")), HasSubstr("red\t0.00398"));
  EXPECT_EQ(run("embed " + kVectors + titles + " -q --pooling idf --token-weights " +
                temp_.file("w.tsv") + " -o " + temp_.file("i.npy")),
            0)
      << err_;
}

TEST_F(Vectors, TokensAgainstShowsBothViews) {
  const std::string model = std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-dense";
  const json result =
      answer("tokens " + model + " '[[red]]' '[[shoe]]' --against " + kVectors + " --neighbours 3");
  EXPECT_EQ(result["against"].size(), 2U);
  EXPECT_EQ(result["neighbours"][0]["word"], "red");
  EXPECT_EQ(result["neighbours"][0]["nearest"].size(), 3U);
  EXPECT_EQ(result["neighbours"][1]["here"].size(), 3U);
  EXPECT_EQ(run("tokens " + model + " red --against " + kVectors), 2);
}

}  // namespace
}  // namespace kindred
