#include "shop/labels.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "shop/shop_fixture.h"

namespace kindred::shop {
namespace {

TEST(Labels, AreReadFromATable) {
  const io::TempDirectory temp;
  const auto plain = read_labels(temp.write("a.csv", "id,query\n1,red hat\n2,red hat\n3,cap\n"));
  ASSERT_EQ(plain.size(), 2U);
  EXPECT_EQ(plain[0].query, "red hat");
  EXPECT_EQ(plain[0].gains, (std::map<std::string, double>{{"1", 1.0}, {"2", 1.0}}));
  const auto graded = read_labels(temp.write(
      "b.tsv", "query\tgrade\tid\tlanguage\nhat\t3\t1\ten\nhat\t0\t2\ten\nhat\t\t3\tes\n"));
  ASSERT_EQ(graded.size(), 2U);
  EXPECT_EQ(graded[0].gains, (std::map<std::string, double>{{"1", 3.0}}));
  EXPECT_EQ(graded[1].language, "es");
  EXPECT_KINDRED_ERROR(read_labels(temp.write("c.csv", "query,id,grade\na,1,good\n")),
                       ErrorKind::bad_input, "line 2");
  EXPECT_KINDRED_ERROR(read_labels(temp.write("d.csv", "query,sku\na,1\n")), ErrorKind::not_found,
                       "id");
  EXPECT_KINDRED_ERROR(read_labels(temp.write("e.txt", "a\n")), ErrorKind::bad_input, ".csv");
}

TEST(Labels, AreSearchedByVectorAndByWords) {
  const io::TempDirectory temp;
  Shop shop = Shop::create(temp.file("shop"), "", tiny_version());
  shop.catalogue().upsert(products_of(0, 60));
  sync(shop);
  const Version version = shop.open_version();
  const auto encoder = ShopEncoder::open(version.settings(), {.threads = 1});
  std::vector<Labels> labels;
  for (int i = 0; i < 20; ++i)
    labels.push_back({words_of(i), "", {{"p" + std::to_string(i), 1.0}, {"gone", 1.0}}});
  const LabelledSearches searches = search_labels(version, encoder, labels);
  ASSERT_EQ(searches.queries.size(), 20U);
  EXPECT_EQ(searches.unknown_ids, 20U);
  std::size_t first = 0;
  for (const search::LabelledQuery& query : searches.queries) {
    EXPECT_EQ(query.vector.size(), 60U);
    ASSERT_EQ(query.gains.size(), 1U);
    first += query.words.at(0).key == query.gains.begin()->first ? 1 : 0;
  }
  EXPECT_EQ(first, 20U);  // a title's own words find it first
  const search::TuneResult result = search::tune(searches.queries);
  EXPECT_EQ(result.words_ndcg, 1.0);
  EXPECT_EQ(result.words_mrr, 1.0);
  EXPECT_GE(result.best_mrr, result.default_mrr - 1e-9);
}

}  // namespace
}  // namespace kindred::shop
