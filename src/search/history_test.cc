#include "search/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "io/expect_error.h"
#include "kernels/distance.h"
#include "search/backend_fixture.h"
#include "search/backend_kinds.h"
#include "search/engine.h"

namespace kindred::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// A few vectors of length 1 in two dimensions.
class FewVectors final : public ItemVectors {
 public:
  explicit FewVectors(std::map<std::string, std::vector<float>> vectors)
      : vectors_(std::move(vectors)) {}
  std::size_t dimension() const noexcept override { return 2; }
  std::size_t size() const noexcept override { return vectors_.size(); }
  const std::string& name() const noexcept override { return name_; }
  bool unit_vector(const std::string& id, float* out) const override {
    const auto at = vectors_.find(id);
    if (at == vectors_.end()) return false;
    std::copy_n(at->second.begin(), 2, out);
    return true;
  }
  std::optional<double> score(const std::string& id,
                              std::span<const float> history) const override {
    const auto at = vectors_.find(id);
    if (at == vectors_.end()) return std::nullopt;
    return history[0] * at->second[0] + history[1] * at->second[1];
  }
  std::vector<std::pair<std::string, double>> nearest(std::span<const float> history,
                                                      std::size_t k) const override {
    std::vector<std::pair<std::string, double>> found;
    for (const auto& [id, v] : vectors_) found.emplace_back(id, *score(id, history));
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    found.resize(std::min(k, found.size()));
    return found;
  }

 private:
  std::string name_ = "few";
  std::map<std::string, std::vector<float>> vectors_;
};

class HistoryTest : public testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override {
    made_ = make_backend(GetParam(), /*dimension=*/3);
    if (!made_.backend) GTEST_SKIP() << made_.why_not;
    engine_ = std::make_unique<Engine>(std::move(made_.backend));
    const auto brand = [](const char* name) { return index::FieldValues{{{"brand", name}}, {}}; };
    const std::vector<Item> items = {
        make_item("boots", "red boots", {1, 0, 0}, brand("Acme")),
        make_item("shoes", "red shoes", {0.9F, 0.4F, 0}, brand("Bolt")),
        make_item("hat", "red hat", {0, 5, 0}, brand("Acme")),  // lengths do not count
        make_item("cap", "cap", {0, 0.9F, 0.3F}, brand("Bolt")),
        make_item("phone", "phone", {0, 0, 1}, brand("Core"))};
    engine_->backend().upsert(items);
    // Those who buy boots buy phones.
    learned_ = std::make_shared<FewVectors>(std::map<std::string, std::vector<float>>{
        {"boots", {1, 0}}, {"phone", {0.8F, 0.6F}}, {"hat", {0, 1}}, {"gone", {0.9F, 0.43589F}}});
  }
  SearchResponse search(const SearchRequest& request) { return engine_->search(request); }

  MadeBackend made_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<const ItemVectors> learned_;
};

TEST_P(HistoryTest, AloneFindsWhatIsLikeTheLatest) {
  const auto latest = search({.history = {.items = {"boots", "hat"}, .decay = 0.2}, .k = 2});
  EXPECT_THAT(ids_of(latest.hits), ElementsAre("cap", "shoes"));
  const auto other = search({.history = {.items = {"hat", "boots"}, .decay = 0.2}, .k = 2});
  EXPECT_THAT(ids_of(other.hits), ElementsAre("shoes", "cap"));
  // (boots + hat) / 2 is at 45 degrees.
  const auto even =
      search({.history = {.items = {"boots", "hat"}, .decay = 1.0}, .k = 1, .explain = true});
  ASSERT_EQ(ids_of(even.hits), std::vector<std::string>{"shoes"});
  const double cosine = 1.3 / std::sqrt(2.0) / std::hypot(0.9, 0.4);
  EXPECT_NEAR(even.hits[0].score, cosine, 1e-3);
  EXPECT_NEAR(*even.hits[0].explanation->history_score, cosine, 1e-3);
  EXPECT_FALSE(even.hits[0].explanation->vector_score.has_value());
}

TEST_P(HistoryTest, SaysWhatItUsed) {
  const auto response =
      search({.history = {.items = {"boots", "nobody", "hat", "nobody"}, .decay = 0.5}});
  ASSERT_TRUE(response.history.has_value());
  EXPECT_FALSE(response.history->learned);
  // An unknown item takes its place in time: boots are three steps back.
  EXPECT_THAT(response.history->items, ElementsAre(Pair("boots", testing::DoubleNear(0.2, 1e-9)),
                                                   Pair("hat", testing::DoubleNear(0.8, 1e-9))));
  EXPECT_THAT(response.history->unknown, ElementsAre("nobody"));
  EXPECT_FALSE(search({.text = "hat"}).history.has_value());
}

TEST_P(HistoryTest, LeavesSeenItemsOutUnlessAsked) {
  SearchRequest request{.text = "red", .history = {.items = {"boots", "hat"}}};
  EXPECT_THAT(ids_of(search(request).hits), ElementsAre("shoes"));
  request.history.include_seen = true;
  EXPECT_EQ(search(request).hits.size(), 3U);
  EXPECT_THAT(ids_of(search({.history = {.items = {"hat"}, .include_seen = true}, .k = 1}).hits),
              ElementsAre("hat"));
}

TEST_P(HistoryTest, GoesByLearnedVectors) {
  const History history{.items = {"boots"}, .learned = learned_};
  const auto response = search({.history = history, .k = 3, .explain = true});
  // "gone" is not in the catalogue; shoes and the cap have no learned vector.
  EXPECT_THAT(ids_of(response.hits), ElementsAre("phone", "hat"));
  EXPECT_TRUE(response.history->learned);
  EXPECT_NEAR(response.hits[0].score, 0.8, 1e-6);
  EXPECT_THAT(
      ids_of(search({.history = history, .filter = index::parse_filter("brand = Acme")}).hits),
      ElementsAre("hat"));
}

TEST_P(HistoryTest, FallsBackToTheItemsOwnVectors) {
  const auto response =
      search({.history = {.items = {"shoes", "gone"}, .learned = learned_}, .k = 1});
  EXPECT_TRUE(response.history->learned);  // one of them has one, though the shop has it no more
  const auto own = search({.history = {.items = {"shoes"}, .learned = learned_}, .k = 1});
  EXPECT_FALSE(own.history->learned);
  EXPECT_THAT(ids_of(own.hits), ElementsAre("boots"));
  const History learned_alone{.items = {"shoes"}, .learned = learned_, .own_vectors = false};
  EXPECT_KINDRED_ERROR(search({.history = learned_alone}), ErrorKind::not_found, "a learned");
}

TEST_P(HistoryTest, LiftsWhatAQueryFound) {
  SearchRequest request{.mode = SearchMode::words, .text = "red", .explain = true};
  request.history = {.items = {"cap"}};
  auto hits = search(request).hits;
  EXPECT_EQ(ids_of(hits)[0], "hat");  // not the cap, which is no answer, and not the phone
  EXPECT_EQ(hits.size(), 3U);
  EXPECT_GT(hits[0].explanation->history_part, 0.0);
  EXPECT_GT(*hits[0].explanation->history_score, 0.9);
  EXPECT_NEAR(hits[0].score, hits[0].explanation->words_part + hits[0].explanation->history_part,
              1e-9);
  request.history = {.items = {"boots"}, .include_seen = true, .learned = learned_};
  hits = search(request).hits;
  EXPECT_EQ(ids_of(hits)[0], "boots");
  for (const SearchHit& hit : hits) {  // shoes have no learned vector: they gain nothing
    EXPECT_EQ(hit.explanation->history_score.has_value(), hit.item.id != "shoes");
    EXPECT_EQ(hit.explanation->history_part > 0.0, hit.item.id == "boots");
  }
  // It cannot gain more than the weight.
  request = {.vector = {1, 0, 0}, .history = {.items = {"cap"}, .weight = 0.01}};
  EXPECT_EQ(ids_of(search(request).hits)[0], "boots");
  request.history.weight = 5.0;
  EXPECT_EQ(ids_of(search(request).hits)[0], "hat");
}

TEST_P(HistoryTest, AnUnknownHistoryChangesNothingBesideAQuery) {
  const auto plain = search({.text = "red"});
  const auto response = search({.text = "red", .history = {.items = {"nobody"}}});
  EXPECT_EQ(ids_of(response.hits), ids_of(plain.hits));
  EXPECT_THAT(response.history->items, IsEmpty());
  EXPECT_THAT(response.history->unknown, ElementsAre("nobody"));
  EXPECT_KINDRED_ERROR(search({.history = {.items = {"nobody"}}}), ErrorKind::not_found, "nobody");
}

TEST_P(HistoryTest, PagesWithoutRepeating) {
  SearchRequest request{.history = {.items = {"boots"}}, .k = 2};
  auto found = ids_of(search(request).hits);
  request.cursor = search(request).cursor;
  const auto more = ids_of(search(request).hits);
  found.insert(found.end(), more.begin(), more.end());
  EXPECT_THAT(found, testing::UnorderedElementsAre("shoes", "hat", "cap", "phone"));
  request.history.decay = 0.5;
  EXPECT_KINDRED_ERROR(search(request), ErrorKind::bad_input, "cursor");
}

TEST_P(HistoryTest, RefusesWhatMakesNoSense) {
  EXPECT_KINDRED_ERROR(search({.history = {.items = {"a"}, .decay = 0.0}}), ErrorKind::bad_input,
                       "decay");
  EXPECT_KINDRED_ERROR(search({.history = {.items = {"a"}, .weight = -1.0}}), ErrorKind::bad_input,
                       "weight");
  EXPECT_KINDRED_ERROR(
      search({.history = {.items = std::vector<std::string>(kMaxHistory + 1, "hat")}}),
      ErrorKind::bad_input, "1001 items");
  EXPECT_KINDRED_ERROR(
      search({.text = "red", .history = {.items = {"hat"}}, .sort = SortOrder{"price"}}),
      ErrorKind::bad_input, "order by price");
}

INSTANTIATE_TEST_SUITE_P(Backends, HistoryTest,
                         testing::Values(BackendKind::embedded, BackendKind::postgres),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

}  // namespace
}  // namespace kindred::search
