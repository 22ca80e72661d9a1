#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "kindred/static_vectors.h"

namespace kindred {
namespace {

using nlohmann::json;

const std::string kGolden = KINDRED_TEST_DATA "/golden/word_questions/";

json golden() {
  return json::parse(io::read_text_file(kGolden + "questions.json"));
}

void expect_scores(const std::vector<WordScore>& found, const json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].word, expected[i][0]);
    EXPECT_NEAR(found[i].score, expected[i][1].get<double>(), 2e-6);
  }
}

TEST(WordVectors, AnswersAsGensimDoes) {
  for (const int threads : {1, 3}) {
    const WordVectors vectors = WordVectors::open(kGolden + "vectors.txt", {0, threads});
    for (const json& expected : golden()["similar"]) {
      WordQuery query;
      query.positive = expected["positive"];
      query.negative = expected["negative"];
      query.k = 6;
      expect_scores(vectors.nearest(query), expected["add"]);
      query.combination = Combination::multiply;
      expect_scores(vectors.nearest(query), expected["multiply"]);
    }
    for (const json& expected : golden()["odd"]) {
      const std::vector<std::string> words = expected["words"];
      const std::vector<WordScore> scores = vectors.odd_one_out(words);
      EXPECT_EQ(scores.front().word, expected["odd"]);
      for (const json& score : expected["scores"])
        for (const WordScore& s : scores) {
          if (s.word != score[0]) continue;
          EXPECT_NEAR(s.score, score[1].get<double>(), 2e-6);
        }
    }
    for (const json& pair : golden()["similarity"])
      EXPECT_NEAR(vectors.similarity(pair[0].get<std::string>(), pair[1].get<std::string>()),
                  pair[2].get<double>(), 1e-6);
  }
}

TEST(WordVectors, AnalogyIsItsQuery) {
  const WordVectors vectors = WordVectors::open(kGolden + "vectors.txt");
  const auto found = vectors.analogy("shoe", "shoes", "boot", 6);
  expect_scores(found, golden()["similar"][1]["add"]);
}

TEST(WordVectors, RefusesUnknownWordsAndSaysWhatIsKnown) {
  const WordVectors vectors = WordVectors::open(kGolden + "vectors.txt");
  EXPECT_KINDRED_ERROR(vectors.nearest("Shoe"), ErrorKind::not_found, "'shoe' is");
  EXPECT_KINDRED_ERROR((void)vectors.similarity("red", "nowhere"), ErrorKind::not_found,
                       "no n-grams");
  EXPECT_KINDRED_ERROR(vectors.nearest(WordQuery()), ErrorKind::bad_input, "nothing is asked");
  EXPECT_FALSE(vectors.vector_of("nowhere"));
  EXPECT_EQ(vectors.nearest("red", 0).size(), 0U);
  EXPECT_EQ(vectors.nearest("red", 1000).size(), vectors.size() - 1);
}

TEST(WordVectors, UnknownWordsHaveNgrams) {
  const WordVectors vectors = WordVectors::open(kGolden + "words.bin");
  EXPECT_FALSE(vectors.find("shoeshoes"));
  ASSERT_TRUE(vectors.vector_of("shoeshoes"));
  const auto near = vectors.nearest("shoeshoes", 3);
  EXPECT_EQ(near.size(), 3U);
  EXPECT_GT(vectors.count(*vectors.find("red")), 0U);
  // A vector asked for gives the word itself first.
  const auto own = vectors.nearest(vectors.vector_of(*vectors.find("red")), 1);
  EXPECT_EQ(own[0].word, "red");
  EXPECT_NEAR(own[0].score, 1.0, 1e-5);
}

TEST(WordVectors, RestrictSearchesTheFirstWords) {
  const WordVectors vectors = WordVectors::open(kGolden + "vectors.txt");
  WordQuery query;
  query.positive = {"queen"};
  query.restrict = 5;
  query.k = 100;
  const auto found = vectors.nearest(query);
  ASSERT_EQ(found.size(), 5U);
  for (const WordScore& s : found) EXPECT_LT(*vectors.find(s.word), 5U);
}

}  // namespace
}  // namespace kindred
