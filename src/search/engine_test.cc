#include "search/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "io/expect_error.h"
#include "search/backend_fixture.h"
#include "search/backend_kinds.h"

namespace kindred::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Every test runs over each kind of backend.
class EngineTest : public testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override {
    made_ = make_backend(GetParam(), /*dimension=*/3);
    if (!made_.backend) GTEST_SKIP() << made_.why_not;
    engine_ = std::make_unique<Engine>(std::move(made_.backend));
    const std::vector<Item> items = {
        make_item("shoe-es", "zapatillas rojas 42", {1, 0, 0}, fields("Acme", "es", 30, 1), "es"),
        make_item("shoe-zh", "红色运动鞋 42", {0.9F, 0.1F, 0}, fields("Acme", "zh", 20, 50), "zh"),
        make_item("shoe-mix", "zapatillas 红色 42", {0.8F, 0.2F, 0}, fields("Bolt", "es", 10, 0),
                  "es"),
        make_item("hat", "red hat", {0, 1, 0}, fields("Bolt", "en", 5, 3), "en"),
        make_item("phone", "phone 256 GB", {0, 0, 1}, fields("Core", "en", 500, 9), "en")};
    engine_->backend().upsert(items);
  }
  static index::FieldValues fields(const char* brand, const char* language, double price,
                                   double sales) {
    return {{{"brand", brand},
             {"lang", language},
             {"category", brand[0] == 'C' ? "Tech > Phones" : "Wear > Feet"}},
            {{"price", price}, {"sales", sales}}};
  }
  SearchResponse search(const SearchRequest& request) { return engine_->search(request); }

  MadeBackend made_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(EngineTest, FindsByVectorWordsAndBoth) {
  EXPECT_THAT(ids_of(search({.mode = SearchMode::vector, .vector = {1, 0, 0}, .k = 3}).hits),
              ElementsAre("shoe-es", "shoe-zh", "shoe-mix"));
  EXPECT_THAT(ids_of(search({.mode = SearchMode::words, .text = "zapatillas 红色 42"}).hits),
              ElementsAre("shoe-mix", testing::_, testing::_));
  const auto both = search({.text = "phone 256gb", .vector = {0, 1, 0}, .k = 2, .explain = true});
  EXPECT_THAT(ids_of(both.hits), UnorderedElementsAre("phone", "hat"));
  // Only a text, only a vector: the part that there is.
  EXPECT_THAT(ids_of(search({.text = "haat"}).hits), IsEmpty());  // three letters are not corrected
  EXPECT_THAT(ids_of(search({.text = "zapatila", .k = 2}).hits),
              UnorderedElementsAre("shoe-es", "shoe-mix"));
  EXPECT_THAT(ids_of(search({.vector = {0, 0, 1}, .k = 1}).hits), ElementsAre("phone"));
}

TEST_P(EngineTest, GivesPayloadAndFieldsBack) {
  const auto hits = search({.text = "hat"}).hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].item.payload, "payload of hat");
  auto got = hits[0].item.fields;
  auto expected = fields("Bolt", "en", 5, 3);
  const auto by_field = [](const auto& a, const auto& b) { return a.field < b.field; };
  for (auto* values : {&got, &expected}) {
    std::sort(values->tags.begin(), values->tags.end(), by_field);
    std::sort(values->numbers.begin(), values->numbers.end(), by_field);
  }
  EXPECT_EQ(got, expected);
}

TEST_P(EngineTest, FiltersEveryMode) {
  const index::Filter filter = index::parse_filter("brand = Bolt AND price < 20");
  EXPECT_THAT(
      ids_of(search({.mode = SearchMode::vector, .vector = {1, 0, 0}, .filter = filter}).hits),
      ElementsAre("shoe-mix", "hat"));
  EXPECT_THAT(ids_of(search({.mode = SearchMode::words, .text = "42", .filter = filter}).hits),
              ElementsAre("shoe-mix"));
  EXPECT_THAT(ids_of(search({.text = "red",
                             .vector = {0, 1, 0},
                             .filter = index::parse_filter("NOT category = Wear")})
                         .hits),
              ElementsAre("phone"));
  for (const auto& [text, ids] : std::vector<std::pair<const char*, std::vector<std::string>>>{
           {"category = Wear", {"shoe-es", "shoe-zh", "shoe-mix", "hat"}},
           {"category = \"Wear > Feet\" AND lang != es", {"shoe-zh", "hat"}},
           {"category = Wea", {}},
           {"price = 500", {"phone"}},
           {"price 10..20", {"shoe-zh", "shoe-mix"}},
           {"price > 10 AND price <= 30", {"shoe-es", "shoe-zh"}},
           {"brand IN (Acme, Core) OR price < 6", {"shoe-es", "shoe-zh", "phone", "hat"}},
           {"sales EXISTS AND NOT (lang = es OR lang = en)", {"shoe-zh"}},
           {"brand NOT IN (Acme)", {"shoe-mix", "hat", "phone"}}}) {
    EXPECT_THAT(ids_of(search({.vector = {1, 1, 1}, .filter = index::parse_filter(text)}).hits),
                testing::UnorderedElementsAreArray(ids))
        << text;
  }
}

// A misspelt field would be answered as if it were there: in any order, or by all items.
TEST_P(EngineTest, RefusesFieldsThatAreNotThere) {
  const SearchRequest all{.vector = {1, 1, 1}};
  const auto refused = [&](const char* part, const auto& change) {
    SearchRequest request = all;
    change(request);
    EXPECT_KINDRED_ERROR(search(request), ErrorKind::bad_input, part);
  };
  for (const bool used : {false, true}) {  // what was seen may be known by then
    SCOPED_TRACE(used);
    refused(
        "sort: there is no field prise; did you mean price? The fields are: brand, category, lang, "
        "price, sales",
        [](auto& r) { r.sort = SortOrder{"prise"}; });
    refused("the field brand holds texts", [](auto& r) { r.sort = SortOrder{"brand"}; });
    refused("did you mean brand?", [](auto& r) { r.facets = {"price", "brnd"}; });
    refused("did you mean price?", [](auto& r) { r.number_facets = {"pric"}; });
    refused("collapse: there is no field x.", [](auto& r) { r.collapse = "x"; });
    refused("the field price holds numbers", [](auto& r) { r.collapse = "price"; });
    refused("filter: there is no field weight",
            [](auto& r) { r.filter = index::parse_filter("NOT weight EXISTS OR price = 5"); });
    refused("the field lang holds texts",
            [](auto& r) { r.filter = index::parse_filter("lang > 3"); });
    refused("boost: there is no field sale; did you mean sales?", [](auto& r) {
      r.number_boosts.push_back({"sale", 1.0});
    });
    refused("boost: there is no field brnad", [](auto& r) {
      r.boosts.push_back({index::parse_filter("brnad = Bolt"), 2.0});
    });
    SearchRequest fine = all;
    fine.sort = SortOrder{"price"};
    fine.facets = {"brand", "price"};
    fine.number_facets = {"brand", "price"};
    fine.filter = index::parse_filter("lang EXISTS AND price 0..600");
    EXPECT_FALSE(search(fine).hits.empty());
  }
  SearchRequest expected = all;
  expected.expected_fields = {{"weight", {.tags = false, .numbers = true}}};
  expected.sort = SortOrder{"weight"};
  EXPECT_FALSE(search(expected).hits.empty());
  engine_->backend().erase(
      std::vector<std::string>{"shoe-es", "shoe-zh", "shoe-mix", "hat", "phone"});
  EXPECT_TRUE(search(expected).hits.empty());
}

TEST_P(EngineTest, CountsFacets) {
  auto response = search({.vector = {1, 0, 0},
                          .filter = index::parse_filter("price < 100"),
                          .facets = {"brand"},
                          .number_facets = {"price"}});
  ASSERT_EQ(response.facets.size(), 1U);
  EXPECT_THAT(response.facets[0].values,
              ElementsAre(index::FacetValue{"Acme", 2}, index::FacetValue{"Bolt", 2}));
  EXPECT_EQ(response.number_facets[0].summary.count, 4U);
  EXPECT_EQ(response.number_facets[0].summary.max, 30.0);
  response = search({.mode = SearchMode::words, .text = "zapatillas", .facets = {"brand", "lang"}});
  EXPECT_THAT(response.facets[0].values,
              ElementsAre(index::FacetValue{"Acme", 1}, index::FacetValue{"Bolt", 1}));
  EXPECT_THAT(response.facets[1].values, ElementsAre(index::FacetValue{"es", 2}));
}

TEST_P(EngineTest, SortsByANumberWithAndWithoutAQuery) {
  EXPECT_THAT(ids_of(search({.k = 3, .sort = SortOrder{"price"}}).hits),
              ElementsAre("hat", "shoe-mix", "shoe-zh"));
  EXPECT_THAT(ids_of(search({.k = 2, .sort = SortOrder{"price", true}}).hits),
              ElementsAre("phone", "shoe-es"));
  EXPECT_THAT(
      ids_of(search({.mode = SearchMode::words, .text = "42", .sort = SortOrder{"price"}}).hits),
      ElementsAre("shoe-mix", "shoe-zh", "shoe-es"));
}

TEST_P(EngineTest, SortsWhatWasMeantAlone) {
  const SortOrder cheapest{"price"};
  // The hat is cheapest, and as near by the vector as any; it has none of the words.
  EXPECT_THAT(ids_of(search({.text = "42", .vector = {1, 1, 0}, .sort = cheapest}).hits),
              ElementsAre("shoe-mix", "shoe-zh", "shoe-es"));
  // Some have all words: those with some are not meant.
  for (const SearchMode mode : {SearchMode::hybrid, SearchMode::words}) {
    const auto response = search({.mode = mode,
                                  .text = "zapatillas rojas",
                                  .vector = {1, 1, 0},
                                  .sort = cheapest,
                                  .facets = {"brand"},
                                  .explain = true});
    EXPECT_THAT(ids_of(response.hits), ElementsAre("shoe-es"));
    EXPECT_THAT(response.facets[0].values, ElementsAre(index::FacetValue{"Acme", 1}));
    EXPECT_EQ(response.hits[0].explanation->terms.size(), 2U);
  }
  // None has all.
  EXPECT_THAT(ids_of(search({.text = "zapatillas phone", .sort = cheapest}).hits),
              ElementsAre("shoe-mix", "shoe-es", "phone"));
  EXPECT_THAT(
      ids_of(search({.text = "zapatillas phone", .all_words = true, .sort = cheapest}).hits),
      IsEmpty());
  // None has any: the nearest, without the hat and the phone, which are as far as can be.
  EXPECT_THAT(ids_of(search({.text = "sneakers", .vector = {1, 0, 0}, .sort = cheapest}).hits),
              ElementsAre("shoe-mix", "shoe-zh", "shoe-es"));
  EXPECT_THAT(ids_of(search({.vector = {1, 0, 0}, .sort = cheapest}).hits),
              ElementsAre("shoe-mix", "shoe-zh", "shoe-es"));
  EXPECT_THAT(ids_of(search({.like = {"shoe-es"}, .sort = cheapest}).hits),
              ElementsAre("shoe-mix", "shoe-zh"));
  EXPECT_THAT(
      ids_of(search({.mode = SearchMode::words, .text = "sneakers", .sort = cheapest}).hits),
      IsEmpty());
}

TEST_P(EngineTest, Boosts) {
  const SearchRequest plain{
      .mode = SearchMode::vector, .vector = {1, 0, 0}, .k = 2, .explain = true};
  SearchRequest boosted = plain;
  boosted.boosts.push_back({index::parse_filter("brand = Bolt"), 3.0});
  EXPECT_THAT(ids_of(search(boosted).hits), ElementsAre("shoe-mix", "shoe-es"));
  SearchRequest sold = plain;
  sold.number_boosts.push_back({"sales", 0.5});
  const auto hits = search(sold).hits;
  EXPECT_THAT(ids_of(hits), ElementsAre("shoe-zh", "shoe-es"));
  EXPECT_NEAR(hits[0].explanation->boosts.at(0), 1.0 + 0.5 * std::log(51.0), 1e-9);
  EXPECT_NEAR(hits[0].score, *hits[0].explanation->vector_score * hits[0].explanation->boosts[0],
              1e-6);
}

TEST_P(EngineTest, ExplainsEachPart) {
  for (const FusionMethod method : {FusionMethod::reciprocal_rank, FusionMethod::weighted_scores,
                                    FusionMethod::bounded_scores}) {
    const auto hits = search({.text = "zapatillas 42",
                              .vector = {1, 0, 0},
                              .k = 5,
                              .fusion = FusionOptions::of(method),
                              .explain = true})
                          .hits;
    ASSERT_FALSE(hits.empty());
    for (const SearchHit& hit : hits) {
      const Explanation& e = *hit.explanation;
      EXPECT_DOUBLE_EQ(hit.score, e.vector_part + e.words_part);
      ASSERT_TRUE(e.vector_rank.has_value());
      if (method == FusionMethod::reciprocal_rank) {
        EXPECT_NEAR(e.vector_part, 0.5 / (60.0 + static_cast<double>(*e.vector_rank)), 1e-12);
      }
      double terms = 0.0;
      for (const TermScore& term : e.terms) terms += term.score;
      EXPECT_NEAR(terms, e.words_score.value_or(0.0), 1e-6);
    }
    EXPECT_EQ(hits[0].item.id, "shoe-es");
    EXPECT_EQ(hits[0].explanation->terms.size(), 2U);
  }
}

TEST_P(EngineTest, LetsTheWordsDecideWhereTheySayMuch) {
  // The vector is that of the hat; every word is the phone's.
  const auto hybrid = [&](const char* text) {
    return ids_of(search({.text = text, .vector = {0, 1, 0}, .correct = false, .k = 1}).hits);
  };
  EXPECT_THAT(hybrid("phone 256 GB"), ElementsAre("phone"));
  // One of many words is: what the others mean, the vector knows.
  EXPECT_THAT(hybrid("phone chapeau rouge pour la tête de ma grande petite soeur"),
              ElementsAre("hat"));
}

TEST_P(EngineTest, CollapsesVariantsOverPages) {
  SearchRequest request{.vector = {1, 0.5F, 0.1F}, .k = 2, .collapse = "brand"};
  const auto first = search(request);
  EXPECT_THAT(ids_of(first.hits), ElementsAre("shoe-mix", "shoe-zh"));
  EXPECT_EQ(first.hits[0].collapsed, 1U);
  request.cursor = first.cursor;
  EXPECT_THAT(ids_of(search(request).hits), ElementsAre("phone"));
}

TEST_P(EngineTest, Diversifies) {
  SearchRequest request{
      .mode = SearchMode::vector, .vector = {1, 0.3F, 0.1F}, .k = 3, .diversity = 0.0};
  EXPECT_THAT(ids_of(search(request).hits), UnorderedElementsAre("shoe-es", "shoe-zh", "shoe-mix"));
  request.diversity = 0.7;
  const auto diverse = ids_of(search(request).hits);
  EXPECT_EQ(std::set<std::string>(diverse.begin(), diverse.end()).count("hat"), 1U);
  EXPECT_EQ(std::set<std::string>(diverse.begin(), diverse.end()).count("phone"), 1U);
}

TEST_P(EngineTest, FindsMoreLikeItems) {
  EXPECT_THAT(ids_of(search({.like = {"shoe-es"}, .k = 2}).hits),
              ElementsAre("shoe-zh", "shoe-mix"));
  EXPECT_THAT(ids_of(search({.like = {"shoe-es", "hat"}, .k = 1}).hits), ElementsAre("shoe-mix"));
  EXPECT_KINDRED_ERROR(search({.like = {"nobody"}}), ErrorKind::not_found, "nobody");
}

TEST_P(EngineTest, ReplacesAndErases) {
  engine_->backend().upsert(
      std::vector{make_item("hat", "blue cap", {1, 0, 0}, fields("Acme", "en", 1, 1))});
  EXPECT_THAT(ids_of(search({.text = "hat", .correct = false}).hits), IsEmpty());
  EXPECT_THAT(ids_of(search({.text = "cap"}).hits), ElementsAre("hat"));
  EXPECT_THAT(
      ids_of(search({.vector = {0, 1, 0}, .filter = index::parse_filter("brand = Bolt")}).hits),
      ElementsAre("shoe-mix"));
  EXPECT_EQ(engine_->backend().erase(std::vector<std::string>{"hat", "nobody"}), 1U);
  EXPECT_THAT(ids_of(search({.text = "cap"}).hits), IsEmpty());
  EXPECT_EQ(search({.vector = {1, 0, 0}}).hits.size(), 4U);
  EXPECT_FALSE(engine_->backend().find_id("hat").has_value());
}

TEST_P(EngineTest, PagesWithoutDuplicatesWhileItemsComeAndGo) {
  Random random(4);
  const auto random_item = [&](int number) {
    return make_item("item" + std::to_string(number), "common word" + std::to_string(number % 7),
                     {static_cast<float>(random.normal()), static_cast<float>(random.normal()),
                      static_cast<float>(random.normal())},
                     {{{"group", std::to_string(number % 50)}},
                      {{"price", static_cast<double>(random.below(20))}}});
  };
  std::vector<Item> items;
  for (int i = 0; i < 300; ++i) items.push_back(random_item(i));
  engine_->backend().upsert(items);
  std::vector<SearchRequest> requests(4);
  for (SearchRequest& request : requests) {
    request.text = "common word3";
    request.vector = {1, 1, 1};
    request.k = 37;
  }
  requests[1].text = "common";
  requests[1].sort = SortOrder{"price", true};
  requests[2].diversity = 0.3;
  requests[3].text = "";
  requests[3].vector = {};
  requests[3].sort = SortOrder{"price"};
  for (std::size_t r = 0; r < requests.size(); ++r) {
    std::set<std::string> seen;
    std::size_t pages = 0;
    for (;; ++pages) {
      const auto response = search(requests[r]);
      for (const std::string& id : ids_of(response.hits))
        EXPECT_TRUE(seen.insert(id).second) << id << " twice, request " << r;
      if (response.cursor.empty()) break;
      requests[r].cursor = response.cursor;
      engine_->backend().upsert(std::vector{random_item(static_cast<int>(random.below(300))),
                                            random_item(400 + static_cast<int>(pages))});
    }
    EXPECT_GE(seen.size(), 295U) << "request " << r;
    EXPECT_GE(pages, 7U);
  }
  SearchRequest other = requests[0];
  other.text = "other";
  EXPECT_KINDRED_ERROR(search(other), ErrorKind::bad_input, "another request");
}

TEST_P(EngineTest, RefusesWhatItCannotDo) {
  EXPECT_KINDRED_ERROR(search({}), ErrorKind::bad_input, "nothing to search by");
  EXPECT_KINDRED_ERROR(search({.text = "a", .k = 0}), ErrorKind::bad_input, "k is 0");
  EXPECT_KINDRED_ERROR(search({.vector = {1, 2}}), ErrorKind::bad_input, "2 dimensions");
  EXPECT_KINDRED_ERROR(search({.text = "a", .diversity = 2.0}), ErrorKind::bad_input, "diversity");
  EXPECT_KINDRED_ERROR(engine_->backend().upsert(std::vector{make_item("", "a", {1, 0, 0})}),
                       ErrorKind::bad_input, "no id");
  EXPECT_KINDRED_ERROR(engine_->backend().upsert(std::vector{make_item("a", "a", {1, NAN, 0})}),
                       ErrorKind::bad_input, "not finite");
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineTest,
                         testing::Values(BackendKind::embedded, BackendKind::postgres),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

}  // namespace
}  // namespace kindred::search
