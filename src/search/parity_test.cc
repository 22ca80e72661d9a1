#include "search/parity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "search/backend_fixture.h"
#include "search/postgres_backend.h"
#include "search/postgres_server.h"

namespace kindred::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SearchRequest> requests_from(const std::vector<Item>& items, std::size_t step) {
  std::vector<SearchRequest> requests;
  for (std::size_t i = 0; i < items.size(); i += step) {
    requests.push_back({.mode = static_cast<SearchMode>(requests.size() % 3),
                        .text = items[i].texts[0].text,
                        .vector = items[i].vector});
    if (requests.size() % 2 == 0) requests.back().filter = index::parse_filter("price < 100");
  }
  return requests;
}

TEST(Parity, TellsWhatDiffers) {
  const io::TempDirectory directory;
  const auto a = make_embedded(directory.file("a"), 2);
  const auto b = make_embedded(directory.file("b"), 2);
  std::vector<Item> items;
  for (const char* id : {"1", "2", "3", "4"})
    items.push_back(
        make_item(id, std::string("shoe ") + id, {1.0F, static_cast<float>(id[0] - '0')}));
  a->upsert(items);
  items[3].id = "5";
  b->upsert(items);
  const std::vector<SearchRequest> requests = {
      {.mode = SearchMode::vector, .vector = {1.0F, 0.0F}, .k = 3},
      {.mode = SearchMode::words, .text = "nothing", .correct = false},
      {.mode = SearchMode::words, .text = "2", .correct = false}};
  const ParityReport report = compare_backends(*a, *b, requests);
  EXPECT_EQ(report.requests, 3U);
  EXPECT_DOUBLE_EQ(report.min_overlap, 0.75);  // of the first ten, whatever k says
  EXPECT_DOUBLE_EQ(report.mean_overlap, 2.75 / 3);
  ASSERT_EQ(report.differences.size(), 1U);
  EXPECT_EQ(report.differences[0].request, 0U);
  EXPECT_THAT(report.differences[0].only_a, ElementsAre("4"));
  EXPECT_THAT(report.differences[0].only_b, ElementsAre("5"));
  EXPECT_GT(report.latency_a.p50, 0.0);
  EXPECT_LE(report.latency_b.p50, report.latency_b.p99);
  EXPECT_KINDRED_ERROR(
      compare_backends(*a, *b, std::vector<SearchRequest>{{.mode = SearchMode::words}}),
      ErrorKind::bad_input, "no text");
  EXPECT_EQ(compare_backends(*a, *b, {}).mean_overlap, 1.0);
}

TEST(Parity, EmbeddedAndPostgres) {
  if (const std::string& why_not = PostgresServer::shared().why_not(); !why_not.empty())
    GTEST_SKIP() << why_not;
  const std::vector<Item> items = made_up_items(1000, 16);
  const io::TempDirectory directory;
  const auto embedded = make_embedded(directory.file("items"), 16);
  const auto postgres =
      PostgresBackend::create(PostgresServer::shared().url(),
                              {.dimension = 16, .schema = PostgresServer::shared().new_schema()});
  embedded->upsert(items);
  postgres->upsert(items);
  const auto requests = requests_from(items, 25);
  ParityReport report = compare_backends(*embedded, *postgres, requests);
  EXPECT_EQ(report.requests, requests.size());
  EXPECT_GE(report.mean_overlap, 0.95);
  // Half of the items gone from one side is seen.
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < items.size(); i += 2) gone.push_back(items[i].id);
  EXPECT_EQ(postgres->erase(gone), gone.size());
  report = compare_backends(*embedded, *postgres, requests);
  EXPECT_LT(report.mean_overlap, 0.75);
  EXPECT_EQ(report.differences.size(), kMostDifferences);
  EXPECT_EQ(report.differences[0].overlap, report.min_overlap);
}

}  // namespace
}  // namespace kindred::search
