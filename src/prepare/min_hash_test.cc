#include "prepare/min_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random.h"
#include "io/expect_error.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

double alike(std::string_view a, std::string_view b) {
  return jaccard(shingles_of(normalized_text(a)), shingles_of(normalized_text(b)));
}

TEST(MinHash, ShinglesAreFourCharactersOrTwoWhereNothingIsWrittenApart) {
  EXPECT_EQ(shingles_of("abc").size(), 2U);     // " abc", "abc "
  EXPECT_EQ(shingles_of("abcdef").size(), 5U);  // " abc" to "def "
  EXPECT_EQ(shingles_of("红色鞋子").size(), 3U);
  EXPECT_EQ(shingles_of("红").size(), 1U);
  EXPECT_EQ(shingles_of("a").size(), 1U);
  EXPECT_TRUE(shingles_of("").empty());
  EXPECT_EQ(shingles_of("aaaaaaaaaa").size(), 3U);  // " aaa", "aaaa", "aaa "
}

TEST(MinHash, JaccardIsExact) {
  EXPECT_DOUBLE_EQ(alike("abcdef", "abcdef"), 1.0);
  EXPECT_DOUBLE_EQ(alike("红色鞋子", "红色鞋"), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(alike("abcdef", "uvwxyz"), 0.0);
  EXPECT_DOUBLE_EQ(jaccard({}, {}), 1.0);
  const std::uint32_t a[] = {1, 3, 5, 7};
  const std::uint32_t b[] = {3, 4, 7, 9, 11};
  EXPECT_DOUBLE_EQ(jaccard(a, b), 2.0 / 7.0);
}

TEST(MinHash, BandingMissesOneInAThousand) {
  for (const double least : {0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0}) {
    const Banding banding = Banding::for_similarity(least);
    EXPECT_GE(banding.found(least), 0.999) << least;
    EXPECT_LE(banding.bands * banding.rows, 128U);
  }
  EXPECT_KINDRED_ERROR(Banding::for_similarity(0.1), ErrorKind::bad_input, "0.4 to 1");
}

// How often sets of a known similarity share a band: within the error of the count of what the
// theory says.
TEST(MinHash, FindsPairsAsOftenAsItSays) {
  const Banding banding{.bands = 8, .rows = 4};
  MinHasher hasher(banding);
  Random random(1);
  for (const double wanted : {0.3, 0.5, 0.7, 0.9}) {
    const std::size_t size = 60;
    const auto common = static_cast<std::size_t>(2.0 * size * wanted / (1.0 + wanted));
    int found = 0;
    constexpr int kPairs = 2000;
    double similarity = 0.0;
    for (int p = 0; p < kPairs; ++p) {
      std::set<std::uint32_t> a, b;
      while (a.size() < common) a.insert(static_cast<std::uint32_t>(random()));
      b = a;
      while (a.size() < size) a.insert(static_cast<std::uint32_t>(random()));
      while (b.size() < size) b.insert(static_cast<std::uint32_t>(random()));
      const std::vector<std::uint32_t> sa(a.begin(), a.end()), sb(b.begin(), b.end());
      similarity = jaccard(sa, sb);
      const auto keys = hasher.band_keys(sa);
      const std::vector<std::uint32_t> first(keys.begin(), keys.end());
      const auto second = hasher.band_keys(sb);
      bool shared = false;
      for (std::size_t i = 0; i < first.size(); ++i) shared = shared || first[i] == second[i];
      found += shared;
    }
    const double expected = banding.found(similarity);
    EXPECT_NEAR(found / static_cast<double>(kPairs), expected, 0.045) << wanted;
  }
}

}  // namespace
}  // namespace kindred::prepare
