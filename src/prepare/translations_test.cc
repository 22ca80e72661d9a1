#include "prepare/translations.h"

#include <gtest/gtest.h>

#include <map>

namespace kindred::prepare {
namespace {

std::vector<Passage> shoe() {
  return {{.text = "red shoe", .language = "en"},
          {.text = "红色鞋子", .language = "zh"},
          {.text = "zapato rojo", .language = "es"}};
}

TEST(Translations, EveryLanguageWithAllOthers) {
  TranslationPairs pairs;
  const std::vector<Example> examples = pairs.pairs_of(shoe());
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(examples[1].anchor.language, "zh");
  ASSERT_EQ(examples[1].positives.size(), 2U);
  EXPECT_EQ(examples[1].positives[1].text, "zapato rojo");
}

TEST(Translations, TextsThatAreTheSameAreNoTranslations) {
  TranslationPairs pairs;
  std::vector<Passage> texts = shoe();
  texts.push_back({.text = "Red Shoe", .language = "fr"});
  EXPECT_EQ(pairs.pairs_of(texts).size(), 3U);
  EXPECT_EQ(pairs.untranslated(), 1U);
  EXPECT_TRUE(
      pairs.pairs_of({{.text = "iPhone", .language = "en"}, {.text = "iphone", .language = "es"}})
          .empty());
}

TEST(Translations, TextsInAnotherLanguageThanTheySayAreLeftOut) {
  TranslationPairs pairs;
  std::vector<Passage> texts = shoe();
  texts.push_back({.text = "Zapatillas de correr para mujer con suela de goma", .language = "fr"});
  EXPECT_EQ(pairs.pairs_of(texts).size(), 3U);
  EXPECT_EQ(pairs.in_another_language(), 1U);
  EXPECT_FALSE(may_be_in("红色鞋子", "en"));
  EXPECT_TRUE(may_be_in("红色鞋子", "ja"));
  EXPECT_TRUE(may_be_in("iPhone 15", "zh"));
  EXPECT_FALSE(may_be_in("running shoes for women with a rubber sole", "zh"));
  EXPECT_TRUE(may_be_in("whatever this is in Swahili or so", "sw"));
  TranslationPairs believing({.check_languages = false});
  EXPECT_EQ(believing.pairs_of(texts).size(), 4U);
}

TEST(Translations, SampledPairsAreBalancedAndTheSameForASeed) {
  const auto run = [](std::uint64_t seed) {
    TranslationPairs pairs({.pairs_each = 1, .seed = seed});
    std::map<std::string, int> counts;
    std::string order;
    for (int i = 0; i < 60; ++i) {
      for (const Example& example : pairs.pairs_of(shoe())) {
        const std::string key = example.anchor.language + example.positives.at(0).language;
        ++counts[key];
        order += key;
      }
    }
    EXPECT_EQ(counts.size(), 6U);
    for (const auto& [key, count] : counts) EXPECT_EQ(count, 10) << key;
    return order;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace kindred::prepare
