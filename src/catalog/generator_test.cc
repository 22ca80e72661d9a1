#include "catalog/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "catalog/lexicon.h"
#include "kindred/error.h"

namespace kindred::catalog {
namespace {

std::vector<GeneratedProduct> make(std::size_t products, std::uint64_t seed = 1) {
  std::vector<GeneratedProduct> result;
  generate({seed, products}, [&](const GeneratedProduct& product) { result.push_back(product); });
  return result;
}

TEST(Generator, SameOptionsSameProducts) {
  const auto a = make(300), b = make(300);
  ASSERT_EQ(a.size(), 300U);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(to_json_line(a[i]), to_json_line(b[i]));
}

TEST(Generator, AProductDoesNotDependOnHowManyAreMade) {
  const auto few = make(10), many = make(500);
  for (std::size_t i = 0; i < few.size(); ++i) {
    EXPECT_EQ(to_json_line(few[i]), to_json_line(many[i]));
  }
}

TEST(Generator, AnotherSeedIsAnotherCatalogue) {
  const auto a = make(50, 1), b = make(50, 2);
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i].title() == b[i].title() ? 1 : 0;
  EXPECT_EQ(same, 0U);
}

TEST(Generator, TitlesAreNearlyAllDifferent) {
  std::set<std::string> titles;
  std::array<std::size_t, kLanguages> languages{};
  for (const GeneratedProduct& product : make(5000)) {
    titles.insert(product.titles[Language::en]);
    ++languages[static_cast<std::size_t>(product.language)];
  }
  EXPECT_GE(titles.size(), 4950U);
  for (const std::size_t count : languages) EXPECT_GE(count, 1000U);
}

TEST(Generator, EveryFieldIsThereInEveryLanguage) {
  std::set<std::string> leaves;
  for (const GeneratedProduct& product : make(3000)) {
    ASSERT_EQ(product.category.size(), 3U);
    leaves.insert(product.category[2][Language::en]);
    EXPECT_GT(product.price, 0.0);
    for (std::size_t l = 0; l < kLanguages; ++l) {
      const std::string& title = product.titles.by_language[l];
      EXPECT_NE(title.find(product.brand), std::string::npos);
      EXPECT_EQ(title.find("{}"), std::string::npos);
      EXPECT_EQ(title.find("  "), std::string::npos) << title;
      EXPECT_EQ(product.descriptions.by_language[l].find("  "), std::string::npos);
      for (const GeneratedTexts& level : product.category)
        EXPECT_FALSE(level.by_language[l].empty());
      for (const GeneratedAttribute& attribute : product.attributes) {
        EXPECT_FALSE(attribute.name.by_language[l].empty());
        EXPECT_FALSE(attribute.value.by_language[l].empty());
      }
    }
  }
  EXPECT_GE(leaves.size(), 100U);
}

TEST(Generator, NumbersAreWrittenAsEachLanguageDoes) {
  bool seen = false;
  for (const GeneratedProduct& product : make(3000)) {
    for (const GeneratedAttribute& attribute : product.attributes) {
      if (attribute.key != "screen" || attribute.value[Language::en] != "6.7-inch") continue;
      seen = true;
      EXPECT_EQ(attribute.value[Language::zh], "6.7英寸");
      EXPECT_EQ(attribute.value[Language::es], "6,7 pulgadas");
      EXPECT_EQ(attribute.value[Language::fr], "6,7 pouces");
    }
  }
  EXPECT_TRUE(seen);
}

TEST(Generator, LinesHoldTheProduct) {
  const GeneratedProduct product = make(1).front();
  const auto json = nlohmann::json::parse(to_json_line(product));
  EXPECT_EQ(json.at("id"), 1);
  EXPECT_EQ(json.at("title"), product.title());
  EXPECT_EQ(json.at("titles").at("zh"), product.titles[Language::zh]);
  EXPECT_EQ(json.at("categories").at("fr").size(), 3U);
  const std::string line = to_tsv_line(product);
  const std::string_view header = tsv_header();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\t'),
            std::count(header.begin(), header.end(), '\t'));
}

TEST(Generator, NoProductsIsRefused) {
  EXPECT_THROW(generate({1, 0}, [](const GeneratedProduct&) {}), Error);
}

TEST(Lexicon, EveryWordIsThere) {
  for (const Department& department : departments()) {
    for (const Group& group : department.groups) {
      for (const Leaf& leaf : group.leaves) {
        EXPECT_LT(leaf.lowest_price, leaf.highest_price) << leaf.noun.en;
        EXPECT_EQ(leaf.fits.find_first_not_of("012345abcxyz-"), std::string_view::npos);
        for (std::size_t l = 0; l < kLanguages; ++l) {
          EXPECT_FALSE(leaf.noun[l].empty() || leaf.category[l].empty()) << leaf.noun.en;
          for (const Word& feature : words_of(leaf.family).features) {
            EXPECT_FALSE(feature[l].empty());
          }
        }
        for (const AttributeKind kind : leaf.attributes) {
          const AttributeWords& words = words_of(kind);
          EXPECT_NE(words.words.empty(), words.numbers.empty()) << words.key;
        }
      }
    }
  }
}

}  // namespace
}  // namespace kindred::catalog
