#include "recipe/mined_negatives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "io/expect_error.h"
#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "name@angle": a point on the circle, in degrees; prompts are noted.
struct Circle {
  std::map<std::string, int> prompts;
  double turn = 0.0;  // of what begins with "p"

  std::vector<float> operator()(std::span<const std::string_view> texts,
                                const std::string& prompt) {
    prompts[prompt] += static_cast<int>(texts.size());
    std::vector<float> values;
    for (const std::string_view text : texts) {
      double degrees = std::stod(std::string(text.substr(text.find('@') + 1)));
      if (text.starts_with("p")) degrees += turn;
      const double radians = degrees * 3.14159265358979 / 180.0;
      values.push_back(static_cast<float>(2.0 * std::cos(radians)));
      values.push_back(static_cast<float>(2.0 * std::sin(radians)));
    }
    return values;
  }
};

class Mined : public testing::Test {
 protected:
  // An anchor at 0°, its positive at 20°, a second one's passages around.
  TrainingSet fill() {
    prepare::Example first = pair_of("q@0", "p1@20");
    first.anchor_prompt.text = "query: ";
    first.passage_prompt.text = "passage: ";
    prepare::Example same = pair_of("q@0", "p2@5");  // matches q as well
    same.anchor_prompt.text = "query: ";
    fixture_.add({first,
                  same,
                  pair_of("r@90", "p3@10"),
                  pair_of("s@91", "p4@25"),
                  pair_of("t@92", "p5@40"),
                  pair_of("u@93", "p6@60"),
                  {.anchor = {.text = "alone@1"}}});
    return fixture_.read();
  }

  std::vector<std::string> mined(const MinedNegatives& negatives, std::size_t example) const {
    std::vector<std::string> texts;
    for (const TextId text : negatives.of(example)) texts.emplace_back(set_.texts()[text]);
    return texts;
  }
  MiningReport refresh(MinedNegatives& negatives) {
    Progress progress(nullptr, "mine", "texts");
    ThreadPool pool(1);
    return negatives.refresh([&](auto texts, const auto& prompt) { return circle_(texts, prompt); },
                             pool, progress);
  }

  TrainingFixture fixture_;
  TrainingSet set_ = fill();
  Circle circle_;
};

TEST_F(Mined, TakesTheNearestThatDoNotMatch) {
  MinedNegatives negatives(set_, {.rank_to = 2, .margin = 0.0});
  EXPECT_TRUE(negatives.empty());
  EXPECT_THAT(negatives.of(0), IsEmpty());
  const MiningReport report = refresh(negatives);
  // Around 0°: p2@5 (matches), p3@10, p1@20 (the positive), p4@25, …
  EXPECT_THAT(mined(negatives, 0), ElementsAre("p3@10", "p4@25"));
  EXPECT_THAT(mined(negatives, 1), ElementsAre("p3@10", "p4@25"));
  EXPECT_THAT(mined(negatives, 2), ElementsAre("p6@60", "p5@40"));
  EXPECT_THAT(mined(negatives, 6), IsEmpty());
  EXPECT_EQ(report.anchors, 5U);  // with a positive; two of them are one
  EXPECT_EQ(report.passages, 6U);
  EXPECT_EQ(report.examples, 6U);
  EXPECT_EQ(report.without, 0U);
  EXPECT_TRUE(report.exact);
  EXPECT_EQ(report.mean_candidates, 2.0);
  EXPECT_FALSE(report.overlap);
  EXPECT_EQ(circle_.prompts.at("query: "), 1);
  EXPECT_EQ(circle_.prompts.at("passage: "), 1);
  EXPECT_EQ(circle_.prompts.at(""), 5 + 4);
}

TEST_F(Mined, RanksAndTheMarginChoose) {
  MinedNegatives later(set_, {.rank_from = 2, .rank_to = 3, .margin = 0.0});
  (void)refresh(later);
  EXPECT_THAT(mined(later, 0), ElementsAre("p4@25", "p5@40"));
  // The positive is at cos 20° = .940: below .95 of it, .893, are 40° and more.
  MinedNegatives far(set_, {.rank_to = 4, .margin = 0.95});
  const MiningReport report = refresh(far);
  EXPECT_THAT(mined(far, 0), ElementsAre("p5@40", "p6@60"));
  EXPECT_GE(report.too_near, 2U);
}

TEST_F(Mined, APositiveThatScoresBelowZeroIsStillFartherThanNothing) {
  // r is at 90°, its positive p3 at 192°: cosine -0.21. p2 at 187° is nearer, -0.12, and must not
  // pass for being below half of that, -0.10.
  circle_.turn = 182.0;
  MinedNegatives negatives(set_, {.rank_to = 6, .margin = 0.5});
  (void)refresh(negatives);
  for (const std::string& text : mined(negatives, 2)) {
    EXPECT_NE(text, "p2@5");
    EXPECT_THAT(text, testing::AnyOf("p1@20", "p4@25", "p5@40", "p6@60"));
  }
  EXPECT_FALSE(mined(negatives, 2).empty());
}

TEST_F(Mined, StalenessIsTheShareThatStays) {
  MinedNegatives negatives(set_, {.rank_to = 1, .margin = 0.0});
  (void)refresh(negatives);
  EXPECT_EQ(refresh(negatives).overlap, 1.0);
  circle_.turn = -30.0;  // p5@10 is now nearest to q, p6 stays nearest to the others but for u
  const MiningReport report = refresh(negatives);
  ASSERT_TRUE(report.overlap);
  EXPECT_THAT(mined(negatives, 0), ElementsAre("p4@25"));
  EXPECT_NEAR(*report.overlap, 4.0 / 6.0, 1e-12);
}

TEST_F(Mined, AnIndexFindsTheSame) {
  MinedNegatives exact(set_, {.rank_to = 3, .margin = 0.97});
  MinedNegatives indexed(set_, {.rank_to = 3, .margin = 0.97, .most_exact = 2});
  EXPECT_TRUE(refresh(exact).exact);
  EXPECT_FALSE(refresh(indexed).exact);
  for (std::size_t i = 0; i < set_.size(); ++i) EXPECT_EQ(mined(exact, i), mined(indexed, i));
}

TEST_F(Mined, TheStateIsRestored) {
  MinedNegatives negatives(set_, {.rank_to = 3});
  (void)refresh(negatives);
  MinedNegatives again(set_, {.rank_to = 3});
  again.restore(negatives.state());
  for (std::size_t i = 0; i < set_.size(); ++i) EXPECT_EQ(mined(again, i), mined(negatives, i));
  EXPECT_EQ(again.state(), negatives.state());

  MinedNegatives fresh(set_, {});
  const std::string none = fresh.state();
  fresh.restore(negatives.state());
  fresh.restore(none);
  EXPECT_TRUE(fresh.empty());

  const std::string state = negatives.state();
  for (std::size_t length = 0; length < state.size(); ++length) {
    EXPECT_KINDRED_ERROR(fresh.restore(std::string_view(state).substr(0, length)),
                         ErrorKind::corrupt, "checkpoint's mined negatives");
  }
  std::string wrong = state;
  wrong.back() = '\x7f';  // a text that there is not
  EXPECT_KINDRED_ERROR(fresh.restore(wrong), ErrorKind::corrupt, "not of this data");
}

TEST_F(Mined, VectorsThatAreNoneAreRefused) {
  MinedNegatives negatives(set_, {.rank_to = 1, .margin = 0.0});
  (void)refresh(negatives);
  const std::string before = negatives.state();
  Progress progress(nullptr, "mine", "texts");
  ThreadPool pool(1);
  const auto with = [&](const VectorsOf& vectors) {
    (void)negatives.refresh(vectors, pool, progress);
  };
  EXPECT_KINDRED_ERROR(
      with([](auto texts, const auto&) { return std::vector<float>(texts.size(), NAN); }),
      ErrorKind::bad_input, "diverged");
  EXPECT_KINDRED_ERROR(
      with([](auto texts, const auto&) { return std::vector<float>(2 * texts.size() - 1, 1.0F); }),
      ErrorKind::bad_input, "values");
  EXPECT_EQ(negatives.state(), before);
  EXPECT_KINDRED_ERROR(MinedNegatives(set_, {.rank_from = 3, .rank_to = 2}), ErrorKind::bad_input,
                       "from rank 3 to rank 2");
}

}  // namespace
}  // namespace kindred::recipe
