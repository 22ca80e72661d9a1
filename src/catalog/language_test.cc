#include "catalog/language.h"

#include <gtest/gtest.h>

#include "catalog/generator.h"

namespace kindred::catalog {
namespace {

TEST(Language, KnowsScriptsAndCommonLanguages) {
  const std::pair<const char*, const char*> cases[] = {
      {"红色跑鞋 男 42码", "zh"},
      {"Apple iPhone 15 Pro Max 256GB 手机", "zh"},
      {"ランニングシューズ 赤", "ja"},
      {"優の良品 茶", "zh"},
      {"운동화 빨간색", "ko"},
      {"Красные кроссовки", "ru"},
      {"حذاء رياضي", "ar"},
      {"รองเท้าวิ่ง", "th"},
      {"Women's running shoes, lightweight and breathable", "en"},
      {"Zapatillas de correr para mujer, ligeras y transpirables", "es"},
      {"Chaussures de course pour femme, légères et respirantes", "fr"},
      {"Damen Laufschuhe, leicht und atmungsaktiv", "de"},
      {"Scarpe da corsa da donna, leggere e traspiranti", "it"},
      {"Tênis de corrida feminino, leve e respirável", "pt"},
      {"Hardloopschoenen voor dames, licht en ademend", "nl"},
      {"", ""},
      {"12345", ""},
      {"X1", ""},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(identify_language(text).language, expected) << text;
  }
}

// Another seed than the classifier's, but the same words: an upper bound of what real titles give.
TEST(Language, KnowsMadeUpTitlesItHasNotSeen) {
  std::size_t right = 0;
  std::size_t all = 0;
  generate({.seed = 99, .products = 500}, [&](const GeneratedProduct& product) {
    for (std::size_t l = 0; l < kLanguages; ++l) {
      right +=
          identify_language(product.titles.by_language[l]).language == kLanguageCodes[l] ? 1 : 0;
      ++all;
    }
  });
  EXPECT_GT(static_cast<double>(right) / static_cast<double>(all), 0.99);
}

}  // namespace
}  // namespace kindred::catalog
