#include "catalog/duplicates.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::catalog {
namespace {

Product titled(std::string id, std::string title) {
  return {.id = std::move(id), .titles = {{"", std::move(title)}}};
}

TEST(Duplicates, FindsTheSameAndTheAlmostSame) {
  DuplicateFinder finder;
  const std::string title =
      "Acme Aurora stainless steel vacuum flask 500 ml with tea strainer leakproof lid black for "
      "office and travel";
  EXPECT_FALSE(finder.add(titled("a", title)));
  EXPECT_FALSE(finder.add(titled("b", "An entirely different product about garden chairs")));
  const auto same = finder.add(titled("c", title));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->of, "a");
  EXPECT_EQ(same->similarity, 1.0);
  const auto cased = finder.add(titled("d", "ACME aurora, Stainless" + title.substr(21)));
  ASSERT_TRUE(cased);
  EXPECT_EQ(cased->of, "a");
  EXPECT_FALSE(finder.add(titled("a", title)));  // the same product again
  const auto near = finder.add(titled("e", title + " new"));
  ASSERT_TRUE(near);
  EXPECT_LT(near->similarity, 1.0);
}

TEST(Duplicates, FindsChineseOnes) {
  DuplicateFinder finder;
  EXPECT_FALSE(finder.add(titled("a", "不锈钢保温杯五百毫升带茶滤防漏黑色办公旅行")));
  EXPECT_TRUE(finder.add(titled("b", "不锈钢保温杯五百毫升带茶滤防漏黑色办公旅行用")));
  EXPECT_FALSE(finder.add(titled("c", "不锈钢炒锅三十厘米无涂层")));
}

TEST(Duplicates, EstimatesTheSimilarityOfSetsOfWords) {
  // Pairs of texts of known Jaccard similarity.
  Random random(3);
  int found_high = 0;
  int found_low = 0;
  for (int pair = 0; pair < 300; ++pair) {
    const bool high = pair % 2 == 0;
    const std::size_t common = high ? 38 : 20;
    const std::size_t apart = high ? 1 : 10;  // each: 38/40 = 0.95, 20/40 = 0.5
    std::set<std::uint64_t> words;
    while (words.size() < common + 2 * apart) words.insert(random.below(1000000));
    std::string a;
    std::string b;
    std::size_t i = 0;
    for (const std::uint64_t word : words) {
      const std::string text = "w" + std::to_string(word) + " ";
      if (i < common + apart) a += text;
      if (i < common || i >= common + apart) b += text;
      ++i;
    }
    DuplicateFinder finder;
    finder.add(titled("a", a));
    const auto found = finder.add(titled("b", b));
    (high ? found_high : found_low) += found ? 1 : 0;
    if (found && high) {
      EXPECT_NEAR(found->similarity, 0.95, 0.15);
    }
  }
  EXPECT_GE(found_high, 147);
  EXPECT_LE(found_low, 1);
}

TEST(Duplicates, RefusesSimilaritiesThatAreNone) {
  EXPECT_KINDRED_ERROR(DuplicateFinder({.similarity = 0.2}), ErrorKind::bad_input, "0.2");
}

}  // namespace
}  // namespace kindred::catalog
