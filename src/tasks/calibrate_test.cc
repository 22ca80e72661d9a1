#include "tasks/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "encode/nearest.h"
#include "io/expect_error.h"

namespace kindred::tasks {
namespace {

const std::string kModel = std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-dense";

Encoder open() {
  EncoderOptions options;
  options.threads = 1;
  return Encoder::open(kModel, options);
}

JudgedPairs twenty() {
  JudgedPairs p;
  p.languages = {"", "en", "zh"};
  for (std::uint32_t i = 0; i < 20; ++i) {
    p.queries.push_back("t" + std::to_string(3 + i) + " t" + std::to_string(5 + i));
    p.documents.push_back("t" + std::to_string(3 + i) + " t" + std::to_string(6 + i));
    p.pairs.push_back({i, i, true, 1 + i % 2});
  }
  return p;
}

TEST(Calibrate, JudgedPairsHaveTheirCosines) {
  const Encoder encoder = open();
  JudgedPairs p = twenty();
  p.has_others = true;
  p.pairs.push_back({0, 7, false, 1});
  const auto encoding = PairEncoding::of(encoder.info(), {}, "");
  const auto scored = score_pairs(encoder, p, encoding, 10);
  ASSERT_EQ(scored.size(), 21U);
  const Embeddings a = encoder.encode(std::span(&p.queries[0], 1), encoding.query);
  const Embeddings b = encoder.encode(std::span(&p.documents[7], 1), encoding.document);
  EXPECT_NEAR(scored[20].score, encode::cosine(a.values.data(), b.values.data(), a.dimensions),
              1e-6);
  EXPECT_FALSE(scored[20].relevant);
  EXPECT_EQ(scored[20].group, scored[0].group);
  EXPECT_EQ(scored[1].language, "zh");
}

TEST(Calibrate, PositivesAloneAreJudgedAmongTheNearest) {
  const Encoder encoder = open();
  const JudgedPairs p = twenty();
  const auto scored = score_pairs(encoder, p, PairEncoding::of(encoder.info(), {}, ""), 5);
  ASSERT_EQ(scored.size(), 100U);
  for (const auto& pair : scored) EXPECT_EQ(pair.language, pair.group % 2 == 0 ? "en" : "zh");
  std::size_t relevant = 0;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    relevant += scored[i].relevant ? 1 : 0;
    if (i % 5 != 0) {
      EXPECT_LE(scored[i].score, scored[i - 1].score);
    }
  }
  EXPECT_GT(relevant, 0U);
  EXPECT_LE(relevant, 20U);
}

TEST(Calibrate, RandomPairsAreOfTwoTexts) {
  const Encoder encoder = open();
  const auto encoding = PairEncoding::of(encoder.info(), {}, "");
  // Three texts, one of them twice: no pair may be of a text with itself.
  const auto scored =
      score_random_pairs(encoder, {"t3 t4", "t3 t4", "t9", "t20 t30"}, encoding, {.pairs = 500});
  ASSERT_EQ(scored.size(), 500U);
  std::set<double> distinct;
  for (const auto& pair : scored) {
    EXPECT_LT(pair.score, 0.9999);
    distinct.insert(std::round(pair.score * 1e5));
  }
  EXPECT_LE(distinct.size(), 6U);
  EXPECT_GE(distinct.size(), 3U);
  EXPECT_KINDRED_ERROR(score_random_pairs(encoder, {"t3", "t3"}, encoding, {}),
                       ErrorKind::bad_input, "1 distinct");
}

TEST(Calibrate, PromptsAreTheModelsOrTheAsked) {
  ModelInfo model;
  model.prompts = {{"query", "query: "}, {"passage", "passage: "}};
  EXPECT_EQ(PairEncoding::of(model, {}, "").describe(model), "\"query: \" and \"passage: \"");
  EncodeOptions asked;
  asked.prompt_name = "query";
  EXPECT_EQ(PairEncoding::of(model, asked, "").describe(model), "\"query: \" and \"query: \"");
  EXPECT_EQ(PairEncoding::of(model, asked, "passage").describe(model),
            "\"passage: \" and \"query: \"");
  EXPECT_EQ(PairEncoding::of(ModelInfo(), {}, "").describe(ModelInfo()), "\"\" and \"\"");
}

}  // namespace
}  // namespace kindred::tasks
