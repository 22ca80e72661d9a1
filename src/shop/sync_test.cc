#include "shop/sync.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "io/expect_error.h"
#include "shop/item.h"
#include "shop/shop_fixture.h"
#include "shop/verify.h"

namespace kindred::shop {
namespace {

class SyncTest : public testing::Test {
 protected:
  Shop make_shop() { return Shop::create(temp_.file("shop"), "", tiny_version()); }
  Shop open_shop(Access access = Access::write) { return Shop::open(temp_.file("shop"), access); }

  io::TempDirectory temp_;
};

std::vector<std::string> ids_of(const search::SearchResponse& response) {
  std::vector<std::string> ids;
  for (const auto& hit : response.hits) ids.push_back(hit.item.id);
  return ids;
}

TEST_F(SyncTest, IndexesWhatChangedAndNothingElse) {
  Shop shop = make_shop();
  shop.catalogue().upsert(products_of(0, 50));
  SyncCounts counts = sync(shop);
  EXPECT_EQ(counts.written, 50U);
  EXPECT_EQ(counts.encoded, 50U);
  EXPECT_GT(counts.tokens, 150U);
  EXPECT_TRUE(counts.complete);
  counts = sync(shop);
  EXPECT_EQ(counts.written + counts.removed + counts.encoded, 0U);

  std::vector<catalog::Product> products = products_of(0, 50);
  products[3].titles["es"] = "t90 t91 t92";  // p3 sells in Spanish
  products[4].price = 999.0;                 // not in the text
  products.push_back(product_of(50));
  shop.catalogue().upsert(products);
  shop.catalogue().remove(std::vector<std::string>{"p5"});
  counts = sync(shop);
  EXPECT_EQ(counts.written, 3U);
  EXPECT_EQ(counts.encoded, 2U);  // p3 and p50
  EXPECT_EQ(counts.removed, 1U);

  Version version = shop.open_version();
  EXPECT_EQ(version.items(), 50U);
  EXPECT_EQ(ids_of(version.engine().search(
                {.mode = search::SearchMode::words, .text = "t90 t91 t92", .all_words = true})),
            std::vector<std::string>{"p3"});
  EXPECT_EQ(ids_of(version.engine().search({.filter = index::parse_filter("price > 900"),
                                            .sort = search::SortOrder{"price"}})),
            std::vector<std::string>{"p4"});
  EXPECT_FALSE(version.backend().find_id("p5").has_value());
  const VerifyResult result = verify(shop.catalogue(), version);
  EXPECT_EQ(result.products, 50U);
  EXPECT_EQ(result.waiting, 0U);
}

TEST_F(SyncTest, ManySmallCallsLeaveNoLongLog) {
  Shop shop = make_shop();
  std::uint64_t most = 0;
  for (std::uint64_t begin = 0; begin < 4200; begin += 600) {
    shop.catalogue().upsert(products_of(begin, begin + 600));
    Version version = shop.open_version();
    EXPECT_EQ(sync(shop, version).written, 600U);
    most = std::max(most, version.unflushed());
  }
  EXPECT_LT(most, 2000U);
  EXPECT_GT(most, 1000U);  // and not every call writes a segment
  Version version = shop.open_version();
  EXPECT_EQ(verify(shop.catalogue(), version).items, 4200U);
  EXPECT_EQ(version.embedded()->vectors().stats().deleted, 0U);
}

TEST_F(SyncTest, KeepsTheVectorOfAProductWhoseTextIsTheSame) {
  Shop shop = make_shop();
  shop.catalogue().upsert(products_of(0, 5));
  sync(shop);
  const auto vector_of = [&](const std::string& id) {
    const Version version = shop.open_version();
    const std::uint64_t key = version.backend().find_id(id).value();
    return version.backend().fetch(std::span(&key, 1), true).at(0).vector;
  };
  const std::vector<float> before = vector_of("p1");
  catalog::Product dearer = product_of(1);
  dearer.price = 77.0;
  shop.catalogue().upsert(std::vector{dearer});
  EXPECT_EQ(sync(shop).encoded, 0U);
  const std::vector<float> after = vector_of("p1");
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-3F);
}

TEST_F(SyncTest, StopsAndGoesOn) {
  Shop shop = make_shop();
  shop.catalogue().upsert(products_of(0, 100));
  Version version = shop.open_version();
  int batches = 0;
  SyncOptions options;
  options.batch = 10;
  options.stop = [&] { return batches++ == 3; };
  SyncCounts counts = sync(shop, version, options);
  EXPECT_FALSE(counts.complete);
  EXPECT_EQ(counts.written, 30U);
  EXPECT_EQ(verify(shop.catalogue(), version).waiting, 70U);
  counts = sync(shop, version);
  EXPECT_TRUE(counts.complete);
  EXPECT_EQ(counts.written, 70U);
}

TEST_F(SyncTest, VerifyFindsADifference) {
  Shop shop = make_shop();
  shop.catalogue().upsert(products_of(0, 10));
  sync(shop);
  Version version = shop.open_version();
  version.backend().erase(std::vector<std::string>{"p3"});
  EXPECT_KINDRED_ERROR(verify(shop.catalogue(), version), ErrorKind::corrupt, "p3");
  search::Item item = compose(product_of(3), version.settings().prompt).item;
  item.vector.assign(version.settings().dimension, 0.5F);
  item.fields.numbers[0].value += 1.0;
  version.backend().upsert(std::vector{item});
  EXPECT_KINDRED_ERROR(verify(shop.catalogue(), version), ErrorKind::corrupt, "another");
  item = compose(product_of(3), version.settings().prompt).item;
  item.vector.assign(version.settings().dimension, 0.5F);
  version.backend().upsert(std::vector{item});
  EXPECT_EQ(verify(shop.catalogue(), version).items, 10U);
  item.id = "stray";
  version.backend().upsert(std::vector{item});
  EXPECT_KINDRED_ERROR(verify(shop.catalogue(), version), ErrorKind::corrupt, "11 items");
}

TEST_F(SyncTest, RefusesAnotherCatalogue) {
  Shop shop = make_shop();
  shop.catalogue().upsert(products_of(0, 10));
  sync(shop);
  Version version = shop.open_version();
  version.set_position(1000);
  EXPECT_KINDRED_ERROR(sync(shop, version), ErrorKind::corrupt, "1000");
}

// Imports and indexes until it is killed.
[[noreturn]] void index_for_ever(const std::string& directory, int round) {
  try {
    Shop shop = Shop::open(directory, Access::write);
    const auto first = static_cast<std::uint64_t>(round) * 20;
    shop.catalogue().upsert(products_of(first, first + 200));
    std::vector<std::string> removed;
    for (int i = 0; i < 10; ++i) removed.push_back("p" + std::to_string(round * 7 + i));
    shop.catalogue().remove(removed);
    SyncOptions options;
    options.batch = 8;
    Version version = shop.open_version(std::nullopt, {.memtable_bytes = 20'000, .threads = 1});
    sync(shop, version, options);
    for (std::uint64_t i = 0;; ++i) {  // prices go up and down
      catalog::Product product = product_of(first + i % 200);
      product.price = static_cast<double>(i);
      shop.catalogue().upsert(std::vector{product});
      sync(shop, version, options);
    }
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    (void)!::write(STDERR_FILENO, what.data(), what.size());
    ::_exit(2);
  }
}

TEST_F(SyncTest, SurvivesKillsAnywhere) {
  constexpr int kKills = 25;
  make_shop();
  Random delay(5);
  std::uint64_t waited = 0;
  for (int round = 0; round < kKills; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) index_for_ever(temp_.file("shop"), round);
    std::this_thread::sleep_for(std::chrono::microseconds(5000 + delay.below(250'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
    Shop shop = open_shop(round % 2 == 0 ? Access::read : Access::write);
    if (round > 0 || io::is_file(temp_.file("shop/versions/1/SYNCED"))) {
      Version version = shop.open_version();
      // A write that was cut off between vectors and words is taken up by the next writer.
      if (round % 2 == 1) waited += verify(shop.catalogue(), version).waiting;
    }
  }
  EXPECT_GT(waited, 0U) << "every kill came when nothing was under way";
  Shop shop = open_shop();
  EXPECT_TRUE(sync(shop).complete);
  Version version = shop.open_version();
  const VerifyResult result = verify(shop.catalogue(), version);
  EXPECT_EQ(result.waiting, 0U);
  EXPECT_EQ(result.items, shop.catalogue().count());
  EXPECT_GT(result.items, 100U);
}

}  // namespace
}  // namespace kindred::shop
