#include "prepare/category_triplets.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "io/expect_error.h"

namespace kindred::prepare {
namespace {

CategoryTriplets shop(CategoryOptions options) {
  CategoryTriplets triplets(options);
  const auto add = [&](const std::string& text, const std::vector<std::string>& levels) {
    triplets.add({.text = text}, levels);
  };
  add("shoe a", {"Clothes", "Shoes", "Running"});      // 0
  add("shirt", {"Clothes", "Shirts", "Long"});         // 1
  add("shoe b", {"Clothes", "Shoes", "Running"});      // 2
  add("sandal", {"Clothes", "Shoes", "Sandals"});      // 3
  add("phone", {"Electronics", "Phones", "Running"});  // 4: the same name elsewhere
  add("shoe c", {"Clothes", "Shoes", "Running"});      // 5
  add("shoe", {"Clothes", "Shoes"});                   // 6: in an inner category
  add("boot", {"Clothes", "Shoes"});                   // 7
  triplets.finish();
  return triplets;
}

TEST(CategoryTriplets, PositivesShareTheNarrowestCategoryAndEachCanBeDrawn) {
  std::map<std::string, int> positives;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Example example = shop({.seed = seed}).example_of(0);
    EXPECT_EQ(example.anchor.text, "shoe a");
    ++positives[example.positives.at(0).text];
  }
  ASSERT_EQ(positives.size(), 2U);
  EXPECT_GT(positives["shoe b"], 60);
  EXPECT_GT(positives["shoe c"], 60);
  EXPECT_EQ(shop({}).example_of(6).positives.at(0).text, "boot");
}

TEST(CategoryTriplets, NegativesAreAsFarAwayAsIsAsked) {
  std::set<std::string> near, far;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const Passage& passage :
         shop({.hardness = Hardness::near, .seed = seed}).example_of(0).negatives) {
      near.insert(passage.text);
      EXPECT_DOUBLE_EQ(*passage.score, 2.0 / 3.0);
    }
    for (const Passage& passage :
         shop({.hardness = Hardness::far, .seed = seed}).example_of(0).negatives) {
      far.insert(passage.text);
      EXPECT_DOUBLE_EQ(*passage.score, 0.0);
    }
  }
  EXPECT_EQ(near, (std::set<std::string>{"sandal", "shoe", "boot"}));
  EXPECT_EQ(far, std::set<std::string>{"phone"});
  const Example mixed = shop({.negatives = 4}).example_of(0);
  ASSERT_EQ(mixed.negatives.size(), 4U);
  EXPECT_DOUBLE_EQ(*mixed.negatives[0].score, 2.0 / 3.0);
  EXPECT_EQ(mixed.negatives[1].text, "shirt");
  EXPECT_EQ(mixed.negatives[2].text, "phone");
  EXPECT_DOUBLE_EQ(*mixed.negatives[3].score, 2.0 / 3.0);
}

TEST(CategoryTriplets, AProductAloneInItsCategoryHasNoPositive) {
  EXPECT_TRUE(shop({}).example_of(3).positives.empty());
  EXPECT_TRUE(shop({}).example_of(4).positives.empty());
}

TEST(CategoryTriplets, AreTheSameForASeed) {
  EXPECT_EQ(shop({.seed = 5}).example_of(2), shop({.seed = 5}).example_of(2));
  EXPECT_EQ(parse_hardness("far"), Hardness::far);
  EXPECT_KINDRED_ERROR(parse_hardness("hard"), ErrorKind::bad_input, "near, mixed and far");
}

}  // namespace
}  // namespace kindred::prepare
