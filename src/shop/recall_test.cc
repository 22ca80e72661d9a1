#include "shop/recall.h"

#include <gtest/gtest.h>

#include "shop/shop_fixture.h"

namespace kindred::shop {
namespace {

TEST(Recall, OfAnExactIndexIsOneBehindEveryFilter) {
  const io::TempDirectory temp;
  Shop shop = Shop::create(temp.file("shop"), "", tiny_version());
  shop.catalogue().upsert(products_of(0, 2000));
  shop.catalogue().remove(std::vector<std::string>{"p3", "p4"});
  sync(shop);
  const Version version = shop.open_version();
  const search::Backend& backend = version.backend();
  const RecallQueries queries = sample_products(shop.catalogue(), backend, 30, 1);
  ASSERT_EQ(queries.vectors.size(), 30U);
  ASSERT_EQ(queries.own.size(), 30U);
  RecallRow row = measure_recall(backend, queries, nullptr, {10, 1.0});
  EXPECT_EQ(row.recall, 1.0);
  EXPECT_EQ(row.share, 1.0);
  const auto filters = filters_by_share(backend);
  ASSERT_EQ(filters.size(), 4U);  // 50, 10, 1 and 0.1 % of 1,998
  double before = 1.0;
  for (const index::Filter& filter : filters) {
    row = measure_recall(backend, queries, &filter, {10, 1.0});
    EXPECT_EQ(row.recall, 1.0) << row.filter;
    EXPECT_LT(row.share, before) << row.filter;
    EXPECT_GT(row.share, 0.0) << row.filter;
    before = row.share;
  }
}

// A backend that finds only items with an even key unless it is asked exactly.
class HalfBlind final : public search::Backend {
 public:
  explicit HalfBlind(const search::Backend& inner) : inner_(inner) {}
  std::size_t dimension() const override { return inner_.dimension(); }
  void upsert(std::span<const search::Item>) override {}
  std::uint64_t erase(std::span<const std::string>) override { return 0; }
  std::vector<search::RankedKey> nearest(std::span<const float> query, std::size_t k,
                                         const index::Filter* filter,
                                         double recall) const override {
    auto found = inner_.nearest(query, k, filter, 1.0);
    if (recall < 1.0) std::erase_if(found, [](const auto& hit) { return hit.key % 2 == 1; });
    return found;
  }
  search::WordsResult find_words(const search::WordsQuery& q) const override {
    return inner_.find_words(q);
  }
  std::vector<search::TermScore> explain_words(const search::WordsQuery& q,
                                               std::uint64_t key) const override {
    return inner_.explain_words(q, key);
  }
  search::Counts count(const search::CountRequest& r) const override { return inner_.count(r); }
  std::vector<std::uint64_t> first_by(const search::SortOrder& order, std::size_t k,
                                      const index::Filter* filter) const override {
    return inner_.first_by(order, k, filter);
  }
  index::FieldKinds field_kinds(std::string_view name, index::FieldUse use) const override {
    return inner_.field_kinds(name, use);
  }
  std::vector<std::string> field_names() const override { return inner_.field_names(); }
  std::vector<search::StoredItem> fetch(std::span<const std::uint64_t> keys,
                                        bool vectors) const override {
    return inner_.fetch(keys, vectors);
  }
  std::optional<std::uint64_t> find_id(const std::string& id) const override {
    return inner_.find_id(id);
  }

 private:
  const search::Backend& inner_;
};

TEST(Recall, SeesWhatIsMissing) {
  const io::TempDirectory temp;
  Shop shop = Shop::create(temp.file("shop"), "", tiny_version());
  shop.catalogue().upsert(products_of(0, 300));
  sync(shop);
  const Version version = shop.open_version();
  const HalfBlind blind(version.backend());
  const RecallQueries queries = sample_products(shop.catalogue(), blind, 100, 1);
  const RecallRow row = measure_recall(blind, queries, nullptr, {10, 0.9});
  EXPECT_NEAR(row.recall, 0.5, 0.1);
  EXPECT_LE(row.worst, row.tenth);
  EXPECT_LE(row.tenth, row.recall);
}

}  // namespace
}  // namespace kindred::shop
