#include "tasks/shop_retrieval.h"

#include <gtest/gtest.h>

#include "shop/shop_fixture.h"
#include "tasks/retrieval_report.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {
namespace {

TEST(ShopRetrieval, AsksTheShopAsItsCustomersDo) {
  const io::TempDirectory temp;
  shop::Shop shop = shop::Shop::create(temp.file("shop"), "", shop::tiny_version());
  shop.catalogue().upsert(shop::products_of(0, 60));
  shop::sync(shop);
  const shop::Version version = shop.open_version();
  const auto encoder = shop::ShopEncoder::open(version.settings(), {.threads = 1});
  eval::Dataset dataset;
  dataset.name = "titles";
  for (int i = 0; i < 20; ++i) {
    const std::string id = "q" + std::to_string(i);
    dataset.queries.push_back({id, "", shop::words_of(i), {}});
    dataset.judgements[id] = {{"p" + std::to_string(i), 1.0}, {"gone", 0.0}};
  }
  std::size_t asked = 0;
  ShopRetrievalOptions options;
  options.depth = 5;
  options.on_progress = [&](std::size_t queries) { asked += queries; };
  std::vector<eval::Run> runs;
  for (const auto mode : {search::SearchMode::words, search::SearchMode::vector}) {
    ShopRun run = search_all(version, &encoder, mode, "run", dataset, options);
    EXPECT_EQ(run.milliseconds.size(), 20U);
    EXPECT_EQ(run.run.of_query.size(), 20U);
    EXPECT_LE(run.run.of_query.at("q3").size(), 5U);
    runs.push_back(std::move(run.run));
  }
  EXPECT_EQ(asked, 40U);
  EXPECT_EQ(count_unknown(version, dataset), 1U);
  const eval::Metric first{eval::Measure::hit_rate, 1};
  for (const eval::Run& run : runs) {
    const auto measured = eval::measure(run, dataset.judgements, std::span(&first, 1));
    EXPECT_EQ(measured.mean(0), 1.0);  // a title finds itself, by words and by vectors
  }
  // What was found has its title for the report.
  const eval::Report report = retrieval_report(dataset, runs, {});
  EXPECT_EQ(report.worst.front().found.front().second.front().text,
            shop::words_of(std::stoul(report.worst.front().id.substr(1))));
}

TEST(ShopRetrieval, StopsBetweenBatches) {
  const io::TempDirectory temp;
  shop::Shop shop = shop::Shop::create(temp.file("shop"), "", shop::tiny_version());
  shop.catalogue().upsert(shop::products_of(0, 3));
  shop::sync(shop);
  const shop::Version version = shop.open_version();
  eval::Dataset dataset;
  dataset.queries.push_back({"q", "", "t3", {}});
  ShopRetrievalOptions options;
  options.stop = [] { return true; };
  EXPECT_THROW(search_all(version, nullptr, search::SearchMode::words, "words", dataset, options),
               Stopped);
}

}  // namespace
}  // namespace kindred::tasks
