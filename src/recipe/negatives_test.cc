#include "recipe/negatives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "io/expect_error.h"
#include "recipe/batches.h"
#include "recipe/negative_draw.h"
#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// 4 categories of products with titles in languages that are not equally common: each product in
// English, every second in Spanish, every fourth in Chinese, of one id.
constexpr int kCategories = 4, kProducts = 40;

std::string title(int category, int product, const std::string& language) {
  return fmt::format("{} c{} p{}", language, category, product);
}

std::vector<std::string> languages_of(int product) {
  std::vector<std::string> languages = {"en"};
  if (product % 2 == 0) languages.push_back("es");
  if (product % 4 == 0) languages.push_back("zh");
  return languages;
}

std::vector<prepare::Example> shop() {
  std::vector<prepare::Example> examples;
  for (int c = 0; c < kCategories; ++c) {
    for (int p = 0; p < kProducts; ++p) {
      for (const std::string& language : languages_of(p)) {
        examples.push_back({.anchor = {.text = fmt::format("query {} {}", c, p), .language = "en"},
                            .positives = {{.text = title(c, p, language),
                                           .id = fmt::format("{}-{}", c, p),
                                           .language = language,
                                           .category = fmt::format("category {}", c)}}});
      }
    }
  }
  return examples;
}

class ShopNegatives : public testing::Test {
 protected:
  ShopNegatives() { fixture_.add(shop()); }

  struct Place {
    int category = 0;
    int product = 0;
    std::string language = {};
  };
  Place place(const TrainingSet& set, TextId text) const {
    const std::string written(set.texts()[text]);
    Place of{.language = written.substr(0, 2)};
    EXPECT_EQ(std::sscanf(written.c_str() + 3, "c%d p%d", &of.category, &of.product), 2);
    return of;
  }

  TrainingFixture fixture_;
};

TEST_F(ShopNegatives, OfItsCategoryInItsLanguageAndInOthers) {
  const TrainingSet set = fixture_.read();
  NegativesRecipe recipe;
  recipe.category = 3;
  recipe.category_other_language = 3;
  Negatives negatives(set, recipe);
  Random random(7);
  std::map<std::string, double> others;  // languages of other languages, for English positives
  int english = 0;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < set.size(); ++i) {
      const Place own = place(set, set.positives(set[i])[0].text);
      std::vector<TextId> chosen;
      negatives.choose(i, random, chosen);
      ASSERT_EQ(chosen.size(), 6U);
      EXPECT_EQ(std::set<TextId>(chosen.begin(), chosen.end()).size(), 6U);
      for (std::size_t n = 0; n < chosen.size(); ++n) {
        const Place other = place(set, chosen[n]);
        EXPECT_EQ(other.category, own.category);
        EXPECT_NE(other.product, own.product);  // nor in another language
        EXPECT_FALSE(matches(set, set.anchor_keys(set[i]), chosen[n]));
        EXPECT_EQ(other.language == own.language, n < 3);
        if (own.language == "en" && n >= 3) ++others[other.language];
      }
      english += own.language == "en" ? 3 : 0;
    }
  }
  // As often as they are in the category: 20 Spanish titles and 10 Chinese ones.
  EXPECT_NEAR(others["es"] / english, 2.0 / 3.0, 0.03);
  EXPECT_NEAR(others["zh"] / english, 1.0 / 3.0, 0.03);
  for (const Negatives::Count& count : negatives.counts()) EXPECT_EQ(count.asked, count.given);
  ASSERT_EQ(negatives.counts().size(), 2U);
}

TEST_F(ShopNegatives, AreTheSameForASeed) {
  const TrainingSet set = fixture_.read();
  fixture_.recipe.negatives.category = 2;
  fixture_.recipe.negatives.lexical = 2;
  fixture_.recipe.batch.size = 8;
  const auto run = [&] {
    Negatives negatives(set, fixture_.recipe.negatives);
    BatchMaker maker(set, fixture_.recipe);
    maker.use(&negatives);
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) {
      const Batch batch = maker.next();
      EXPECT_EQ(batch.negatives.size(), batch.anchors.size());
      for (const BatchText& passage : batch.passages) texts.push_back(passage.text);
    }
    return texts;
  };
  EXPECT_EQ(run(), run());
}

TEST_F(ShopNegatives, WhatASourceLacksIsCounted) {
  const TrainingSet set = fixture_.read();
  NegativesRecipe recipe;
  recipe.category = 100;
  Negatives negatives(set, recipe);
  Random random(7);
  std::vector<TextId> chosen;
  negatives.choose(0, random, chosen);  // English: 40 of the category, one matches
  EXPECT_EQ(chosen.size(), 39U);
  ASSERT_EQ(negatives.counts().size(), 1U);
  EXPECT_EQ(negatives.counts()[0].source, "category");
  EXPECT_EQ(negatives.counts()[0].asked, 100U);
  EXPECT_EQ(negatives.counts()[0].given, 39U);
}

TEST(Negatives, LexicalOnesHaveTheWordsAndDoNotMatch) {
  TrainingFixture fixture;
  fixture.add({pair_of("red running shoes", "red running shoe for women"),
               pair_of("red shoe", "red running shoes"),  // the first anchor's text
               pair_of("running watch", "a watch for running"),
               pair_of("red lamp", "red lamp with running light"), pair_of("cup", "a cup of tea"),
               pair_of("red running shoes", "crimson trainers, running, red")});
  const TrainingSet set = fixture.read();
  const auto texts = [&](const std::vector<TextId>& ids) {
    std::vector<std::string> list;
    for (const TextId id : ids) list.emplace_back(set.texts()[id]);
    return list;
  };
  const LexicalNegatives lexical(set, 1, 10);
  EXPECT_THAT(texts(lexical.candidates(0)),
              ElementsAre("red lamp with running light", "a watch for running"));
  EXPECT_THAT(texts(LexicalNegatives(set, 2, 2).candidates(0)), ElementsAre("a watch for running"));
  EXPECT_THAT(lexical.candidates(4), IsEmpty());

  NegativesRecipe recipe;
  recipe.lexical = 5;
  Negatives negatives(set, recipe);
  Random random(1);
  std::vector<TextId> chosen;
  negatives.choose(0, random, chosen);
  EXPECT_THAT(texts(chosen),
              UnorderedElementsAre("red lamp with running light", "a watch for running"));
}

TEST(Negatives, SourcesWithNothingToDrawFromAreRefused) {
  TrainingFixture fixture;
  fixture.add({pair_of("a", "b")});
  const TrainingSet set = fixture.read();
  NegativesRecipe recipe;
  recipe.category = 1;
  EXPECT_KINDRED_ERROR(Negatives(set, recipe), ErrorKind::bad_input,
                       "no passage of the data has a category");

  TrainingFixture one_language;
  prepare::Example example = pair_of("a", "b");
  example.positives[0].category = "c";
  example.positives[0].language = "en";
  one_language.add({example});
  const TrainingSet english = one_language.read();
  recipe.category_other_language = 1;
  EXPECT_KINDRED_ERROR(Negatives(english, recipe), ErrorKind::bad_input, "different languages");
}

TEST(Negatives, AreDrawnEvenlyFromThePool) {
  TrainingFixture fixture;
  std::vector<prepare::Example> list;
  for (int i = 0; i < 10; ++i)
    list.push_back(pair_of(fmt::format("a{}", i), fmt::format("b{}", i)));
  fixture.add(list);
  const TrainingSet set = fixture.read();
  std::vector<TextId> pool;
  for (std::size_t i = 0; i < 10; ++i) pool.push_back(set.positives(set[i])[0].text);
  const std::span<const TextId> parts[] = {std::span(pool).first(3), std::span(pool).subspan(3)};
  const auto keys = set.anchor_keys(set[0]);
  Random random(3);
  std::map<TextId, int> counts;
  for (int i = 0; i < 9000; ++i) {
    std::vector<TextId> chosen = {pool[1]};
    draw_negatives(set, keys, parts, 2, random, chosen);
    ASSERT_EQ(chosen.size(), 3U);
    for (std::size_t n = 1; n < 3; ++n) ++counts[chosen[n]];
  }
  EXPECT_EQ(counts.size(), 8U);  // neither the match nor what was there
  for (const auto& [text, count] : counts) EXPECT_NEAR(count, 2250, 180);
}

}  // namespace
}  // namespace kindred::recipe
