#include "search/postgres_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "io/expect_error.h"
#include "search/backend_fixture.h"
#include "search/engine.h"
#include "search/filter_sql.h"
#include "search/postgres_server.h"

namespace kindred::search {
namespace {

#define NEEDS_POSTGRES()                           \
  if (!PostgresServer::shared().why_not().empty()) \
  GTEST_SKIP() << PostgresServer::shared().why_not()

constexpr std::size_t kDimension = 16;

std::vector<Item> shop(std::size_t products) {
  return made_up_items(products, kDimension);
}

std::unique_ptr<PostgresBackend> make_postgres(PostgresOptions options) {
  options.dimension = kDimension;
  options.schema = PostgresServer::shared().new_schema();
  return PostgresBackend::create(PostgresServer::shared().url(), options);
}

// How many of the first ten are the same.
double overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::set<std::string> all(b.begin(), b.end());
  const auto same =
      std::count_if(a.begin(), a.end(), [&](const std::string& id) { return all.contains(id); });
  return a.empty() ? 1.0 : static_cast<double>(same) / static_cast<double>(a.size());
}

TEST(PostgresBackend, FindsWhatTheEmbeddedIndexFinds) {
  NEEDS_POSTGRES();
  const std::vector<Item> items = shop(1500);
  io::TempDirectory directory;
  Engine embedded(make_embedded(directory.file("items"), kDimension));
  Engine postgres(make_postgres({}));
  embedded.backend().upsert(items);
  postgres.backend().upsert(items);
  double vector_overlap = 0.0;
  double hybrid_overlap = 0.0;
  int queries = 0;
  for (std::size_t i = 0; i < items.size(); i += 50, ++queries) {
    SearchRequest request;
    request.text = items[i].texts[0].text;
    request.vector = items[i].vector;
    if (i % 100 == 0) request.filter = index::parse_filter("price < 100 AND NOT language = fr");
    // By words the scores are the same numbers.
    request.mode = SearchMode::words;
    const auto by_words = embedded.search(request).hits;
    const auto also_by_words = postgres.search(request).hits;
    ASSERT_EQ(by_words.size(), also_by_words.size());
    for (std::size_t h = 0; h < by_words.size(); ++h)
      EXPECT_EQ(by_words[h].score, also_by_words[h].score) << request.text;
    request.mode = SearchMode::vector;
    vector_overlap +=
        overlap(ids_of(embedded.search(request).hits), ids_of(postgres.search(request).hits));
    request.mode = SearchMode::hybrid;
    hybrid_overlap +=
        overlap(ids_of(embedded.search(request).hits), ids_of(postgres.search(request).hits));
  }
  EXPECT_GE(vector_overlap / queries, 0.97);
  EXPECT_GE(hybrid_overlap / queries, 0.9);  // equal scores of words are in another order of keys
}

TEST(PostgresBackend, EveryKindOfVectorIndexFindsTheNearest) {
  NEEDS_POSTGRES();
  const std::vector<Item> items = shop(1500);
  for (const index::Metric metric :
       {index::Metric::cosine, index::Metric::inner_product, index::Metric::euclidean}) {
    for (const VectorIndexKind kind :
         {VectorIndexKind::none, VectorIndexKind::hnsw, VectorIndexKind::ivfflat}) {
      for (const bool binary : {false, true}) {
        if (binary && (kind != VectorIndexKind::hnsw || metric != index::Metric::cosine)) continue;
        const auto backend = make_postgres({.metric = metric,
                                            .vector_index = kind,
                                            .half = kind != VectorIndexKind::ivfflat,
                                            .binary = binary});
        backend->upsert(items);
        const auto reopened =
            PostgresBackend::open(PostgresServer::shared().url(), backend->options().schema);
        const index::Filter rare = index::parse_filter("price < 20 AND language = es");
        double recall = 0.0;
        int queries = 0;
        for (std::size_t i = 7; i < items.size(); i += 100, ++queries) {
          const auto exact = backend->nearest(items[i].vector, 10, nullptr, 1.0);
          const auto near = reopened->nearest(items[i].vector, 10, nullptr, 0.99);
          ASSERT_EQ(exact.size(), 10U);
          if (metric == index::Metric::cosine) {
            EXPECT_EQ(exact[0].key, key_of_id(items[i].id));
            EXPECT_NEAR(exact[0].score, 1.0, 1e-3);
          }
          EXPECT_TRUE(std::is_sorted(exact.begin(), exact.end(),
                                     [](auto& a, auto& b) { return a.score > b.score; }));
          for (const RankedKey& key : near) {
            recall +=
                std::any_of(exact.begin(), exact.end(), [&](auto& e) { return e.key == key.key; }) /
                10.0;
          }
          // As many as there are, however rare.
          const auto all = backend->count({nullptr, &rare}).documents;
          EXPECT_EQ(reopened->nearest(items[i].vector, 1000, &rare, 1.0).size(), all);
          if (kind != VectorIndexKind::ivfflat && !binary) {
            EXPECT_EQ(reopened->nearest(items[i].vector, 10, &rare, 0.95).size(),
                      std::min<std::uint64_t>(10, all));
          }
        }
        EXPECT_GE(recall / queries, kind == VectorIndexKind::ivfflat || binary ? 0.5 : 0.97)
            << "metric " << static_cast<int>(metric) << " index " << static_cast<int>(kind)
            << " binary " << binary;
      }
    }
  }
}

TEST(PostgresBackend, SeveralWritersAndReadersAtOnce) {
  NEEDS_POSTGRES();
  const auto backend = make_postgres({});
  const std::vector<Item> items = shop(200);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (std::size_t round = 0; round < 5; ++round) {
          backend->upsert(std::span(items).subspan(t * 30, 80));  // they overlap
          backend->find_words({items[t].texts[0].text});
          backend->nearest(items[t].vector, 5, nullptr, 0.95);
        }
      } catch (const std::exception&) {
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(backend->count({}).documents, 170U);
  // The counts of terms are those of the postings.
  SqlConnection sql(PostgresServer::shared().url());
  const std::string& schema = backend->options().schema;
  const SqlRows wrong =
      sql.run("SELECT count(*) FROM " + schema +
              ".term_counts t WHERE term <> '' AND documents <> (SELECT count(*) FROM " + schema +
              ".postings p WHERE p.term = t.term)");
  EXPECT_EQ(wrong.integer(0, 0), 0);
  EXPECT_EQ(
      sql.run("SELECT documents FROM " + schema + ".term_counts WHERE term = ''").integer(0, 0),
      170);
}

TEST(PostgresBackend, GoesOnWhenItsServerComesBack) {
  NEEDS_POSTGRES();
  PostgresServer server;
  ASSERT_TRUE(server.why_not().empty()) << server.why_not();
  const auto backend = PostgresBackend::create(server.url(), {.dimension = kDimension});
  const std::vector<Item> items = shop(20);
  backend->upsert(items);
  server.stop();
  EXPECT_KINDRED_ERROR(backend->find_words({"a"}), ErrorKind::not_found,
                       "no PostgreSQL server answers");
  EXPECT_KINDRED_ERROR(backend->upsert(items), ErrorKind::not_found,
                       "no PostgreSQL server answers");
  ASSERT_TRUE(server.start());
  EXPECT_EQ(backend->count({}).documents, 20U);
  EXPECT_EQ(backend->nearest(items[3].vector, 1, nullptr, 0.95).at(0).key, key_of_id("p4"));
}

TEST(PostgresBackend, SaysWhereItFailedInALine) {
  NEEDS_POSTGRES();
  const std::string url = PostgresServer::shared().url();
  const std::string& place = PostgresServer::shared().directory();
  SqlConnection hasty(url + "&options=-c%20statement_timeout%3D200");
  EXPECT_KINDRED_ERROR(hasty.run("SELECT pg_sleep(30)"), ErrorKind::exhausted,
                       "raise statement_timeout");
  EXPECT_KINDRED_ERROR(hasty.run("SELECT 1 / 0"), ErrorKind::bad_input, place);
  EXPECT_KINDRED_ERROR(hasty.run("SELECT pg_terminate_backend(pg_backend_pid())"),
                       ErrorKind::not_found, place);
  EXPECT_KINDRED_ERROR(hasty.run("SELECT 1"), ErrorKind::not_found, place);
  SqlConnection reader(url);
  SqlTransaction reading(reader, SqlTransaction::Kind::reading);
  EXPECT_KINDRED_ERROR(reader.run("CREATE TABLE no (a int)"), ErrorKind::bad_input, "read-only");
}

TEST(PostgresBackend, ReadsRowByRow) {
  NEEDS_POSTGRES();
  SqlConnection sql(PostgresServer::shared().url());
  std::int64_t sum = 0;
  const auto add = [&](const SqlRows& row) {
    EXPECT_EQ(row.size(), 1U);
    sum += row.integer(0, 0);
  };
  sql.for_each("SELECT n FROM generate_series(1, $1::int) AS n", {"1000"}, add);
  EXPECT_EQ(sum, 500500);
  // After an error, of the server in the middle or of the reader, the connection is as before.
  EXPECT_KINDRED_ERROR(sql.for_each("SELECT 10 / (5 - n) FROM generate_series(1, 9) AS n", {}, add),
                       ErrorKind::bad_input, "zero");
  EXPECT_THROW(sql.for_each("SELECT 1 FROM generate_series(1, 9)", {},
                            [](const SqlRows&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  sql.for_each("SELECT 1 WHERE false", {}, [](const SqlRows&) { ADD_FAILURE(); });
  EXPECT_EQ(sql.run("SELECT 7").integer(0, 0), 7);
}

TEST(PostgresBackend, ReadsAddressesWithoutTheirSecrets) {
  EXPECT_EQ(describe_address("postgres://me:secret@db:5433/shop"), "shop at db:5433");
  EXPECT_EQ(describe_address("postgres://me@/shop?host=/run/pg&port=5432"), "shop at /run/pg");
  EXPECT_EQ(describe_address("postgres:///?service=shop"), "service shop");
  EXPECT_KINDRED_ERROR(describe_address("postgres://[::"), ErrorKind::bad_input,
                       "postgres://user@host/database");
  for (const char* open : {"postgres://me:secret@db/shop", "postgres://db/shop?password=secret",
                           "postgres://db/shop?sslpassword=secret"}) {
    EXPECT_KINDRED_ERROR(refuse_password(open), ErrorKind::bad_input, "shop at db");
    EXPECT_KINDRED_ERROR(refuse_password(open), ErrorKind::bad_input, "PGPASSFILE");
  }
  refuse_password("postgres://me@db/shop?passfile=pgpass");
  NEEDS_POSTGRES();
  // Whatever the server's settings are, a literal holds what was put into it.
  SqlConnection old(PostgresServer::shared().url() +
                    "&options=-c%20standard_conforming_strings%3Doff");
  const std::string text = R"(a\' || version() || 'b)";
  EXPECT_EQ(old.run("SELECT " + sql_literal(text)).text(0, 0), text);
}

TEST(PostgresBackend, NothingOfAFilterIsSql) {
  NEEDS_POSTGRES();
  const auto backend = make_postgres({});
  Item item = make_item("o'hara", "shoe", std::vector<float>(kDimension, 1.0F),
                        {{{"bra'nd", "a'; DROP TABLE x; --"}, {"q", "\"\\{},"}}, {}});
  backend->upsert(std::vector{item});
  for (const auto& [field, value] : std::vector<std::pair<std::string, std::string>>{
           {"bra'nd", "a'; DROP TABLE x; --"}, {"q", "\"\\{},"}}) {
    const index::Filter filter{index::Filter::Kind::values, field, {value}};
    EXPECT_EQ(backend->nearest(item.vector, 5, &filter, 1.0).size(), 1U) << value;
    EXPECT_EQ(backend->count({nullptr, &filter, {field}}).facets[0].at(value), 1U);
  }
  EXPECT_TRUE(backend->find_id("o'hara").has_value());
  EXPECT_EQ(backend->fetch(std::vector{key_of_id("o'hara")}, true).at(0).fields, item.fields);
}

TEST(PostgresBackend, RefusesWhatItCannotDo) {
  EXPECT_KINDRED_ERROR((PostgresOptions{.dimension = 8, .schema = "a b"}.validate()),
                       ErrorKind::bad_input, "a b");
  EXPECT_KINDRED_ERROR((PostgresOptions{.dimension = 0}.validate()), ErrorKind::bad_input,
                       "dimension");
  EXPECT_KINDRED_ERROR(PostgresBackend::open("postgresql://x@/x?host=/nowhere"),
                       ErrorKind::not_found, "no PostgreSQL server answers");
  NEEDS_POSTGRES();
  EXPECT_KINDRED_ERROR(PostgresBackend::open(PostgresServer::shared().url(), "nothing"),
                       ErrorKind::not_found, "nothing");
  const auto backend = make_postgres({});
  EXPECT_KINDRED_ERROR(
      PostgresBackend::create(PostgresServer::shared().url(),
                              {.dimension = 4, .schema = backend->options().schema}),
      ErrorKind::bad_input, "already");
  EXPECT_KINDRED_ERROR(
      backend->upsert(std::vector{make_item("a\xff", "x", std::vector<float>(kDimension, 1.0F))}),
      ErrorKind::bad_input, "UTF-8");
  EXPECT_EQ(backend->count({}).documents, 0U);
}

TEST(FilterSql, ListsEachTagWithThePathsAboveIt) {
  const index::FieldValues values{{{"c", "a > b > d"}, {"c", "a > b"}}, {}};
  EXPECT_THAT(tag_paths(values), testing::ElementsAre("c\x1f",
                                                      "c\x1f"
                                                      "a",
                                                      "c\x1f"
                                                      "a > b",
                                                      "c\x1f"
                                                      "a > b > d"));
  EXPECT_THAT(tag_pairs(values), testing::ElementsAre("c\x1f"
                                                      "a > b",
                                                      "c\x1f"
                                                      "a > b > d"));
}

}  // namespace
}  // namespace kindred::search
