// Items on three servers that a fourth one asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <regex>

#include "io/expect_error.h"
#include "search/backend_fixture.h"
#include "search/parity.h"
#include "search/postgres_backend.h"
#include "search/postgres_partitions.h"
#include "search/postgres_server.h"

namespace kindred::search {
namespace {

using testing::HasSubstr;

constexpr std::size_t kDimension = 16;

// The servers start once for all tests.
class PostgresPartitions : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why_not = PostgresServer::shared().why_no_partitions();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    options_.dimension = kDimension;
    options_.schema = PostgresServer::shared().new_schema();
    for (PostgresServer& server : servers()) options_.partitions.push_back(server.url());
  }

  static std::array<PostgresServer, 3>& servers() {
    static std::array<PostgresServer, 3> all;
    return all;
  }
  static const std::string& url() {
    static const std::string head = PostgresServer::shared().url();
    return head;
  }
  std::unique_ptr<PostgresBackend> create() { return PostgresBackend::create(url(), options_); }

  std::int64_t number(std::size_t part, const std::string& select) {
    SqlConnection sql(servers()[part].url());
    return sql
        .run(std::regex_replace(select, std::regex("@"),
                                options_.schema + "_" + std::to_string(part) + "."))
        .integer(0, 0);
  }

  PostgresOptions options_;
};

TEST_F(PostgresPartitions, FindWhatOneServerFinds) {
  const std::vector<Item> items = made_up_items(1500, kDimension);
  PostgresOptions alone = options_;
  alone.partitions.clear();
  alone.schema = PostgresServer::shared().new_schema();
  const auto one = PostgresBackend::create(url(), alone);
  create()->upsert(items);
  const auto three = PostgresBackend::open(url(), options_.schema);
  EXPECT_EQ(three->partitions(), 3U);
  one->upsert(items);
  const auto compare = [&](std::size_t left) {
    EXPECT_EQ(three->count({}).documents, left);
    std::vector<SearchRequest> requests;
    for (std::size_t i = 0; i < items.size(); i += 60) {
      for (const SearchMode mode : {SearchMode::vector, SearchMode::words, SearchMode::hybrid}) {
        requests.push_back(
            {.mode = mode, .text = items[i].texts[0].text, .vector = items[i].vector});
        if (i % 120 == 0)
          requests.back().filter = index::parse_filter("price < 100 AND NOT language = fr");
        if (i % 180 == 0) requests.back().all_words = true;
      }
    }
    const ParityReport report = compare_backends(*one, *three, requests);
    EXPECT_GE(report.mean_overlap, 0.99);
    // By words, and exactly, they are the same to the last digit.
    for (std::size_t i = 0; i < items.size(); i += 250) {
      const index::Filter filter =
          index::parse_filter("price >= 20 AND (language = es OR price = 99)");
      for (const index::Filter* f : {static_cast<const index::Filter*>(nullptr), &filter}) {
        const WordsQuery words{.text = items[i].texts[0].text, .k = 300, .filter = f};
        const auto a = one->find_words(words).hits;
        const auto b = three->find_words(words).hits;
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t h = 0; h < a.size(); ++h) {
          EXPECT_EQ(a[h].key, b[h].key);
          EXPECT_EQ(a[h].score, b[h].score);
        }
        const auto near_a = one->nearest(items[i].vector, 20, f, 1.0);
        const auto near_b = three->nearest(items[i].vector, 20, f, 1.0);
        ASSERT_EQ(near_a.size(), near_b.size());
        for (std::size_t n = 0; n < near_a.size(); ++n) EXPECT_EQ(near_a[n].key, near_b[n].key);
        for (const WordsQuery* w : {static_cast<const WordsQuery*>(nullptr), &words}) {
          const CountRequest request{w, f, {"language", "brand"}, {"price"}};
          const Counts x = one->count(request);
          const Counts y = three->count(request);
          EXPECT_EQ(x.documents, y.documents);
          EXPECT_EQ(x.facets, y.facets);
          EXPECT_EQ(x.number_facets[0].count, y.number_facets[0].count);
          EXPECT_EQ(x.number_facets[0].min, y.number_facets[0].min);
          EXPECT_EQ(x.number_facets[0].max, y.number_facets[0].max);
          EXPECT_NEAR(x.number_facets[0].sum, y.number_facets[0].sum,
                      1e-6 * x.number_facets[0].sum);
        }
        EXPECT_EQ(one->first_by({"price", i % 500 == 0}, 50, f),
                  three->first_by({"price", i % 500 == 0}, 50, f));
      }
      EXPECT_EQ(one->find_id(items[i].id), three->find_id(items[i].id));
    }
  };
  compare(1500);
  // Again, changed, and some gone.
  std::vector<Item> changed(items.begin(), items.begin() + 200);
  for (Item& item : changed) item.texts[0].text += " zzvintage";
  std::vector<std::string> gone = {"never there"};
  for (std::size_t i = 100; i < 400; ++i) gone.push_back(items[i].id);
  for (PostgresBackend* backend : {one.get(), three.get()}) {
    backend->upsert(changed);
    EXPECT_EQ(backend->erase(gone), 300U);
  }
  EXPECT_EQ(three->find_words({.text = "zzvintage", .k = 500, .correct = false}).hits.size(), 100U);
  EXPECT_THAT(three->find_ids(std::vector<std::string>{"p7", "never there", "p9"}),
              testing::UnorderedElementsAre(key_of_id("p7"), key_of_id("p9")));
  EXPECT_THAT(three->fetch(std::vector{key_of_id("p7")}, true).at(0).vector.size(), kDimension);
  compare(1200);
  for (std::size_t part = 0; part < 3; ++part) {
    EXPECT_GT(number(part, "SELECT count(*) FROM @items"), 300);  // they share the items
    EXPECT_EQ(number(part, "SELECT count(*) FROM @inbox"), 0);
    EXPECT_EQ(number(part,
                     "SELECT documents - (SELECT count(*) FROM @items) FROM @term_counts WHERE "
                     "term = ''"),
              0);
    EXPECT_EQ(number(part,
                     "SELECT count(*) FROM @term_counts t WHERE term <> '' AND documents <> "
                     "(SELECT count(*) FROM @postings p WHERE p.term = t.term)"),
              0);
  }
}

// The last statement that a server logged from `begin` on (without what `before` is), its
// parameters put in.
std::string logged_statement(const PostgresServer& server, const std::string& begin,
                             const std::string& before = "") {
  const std::string log = server.log();
  std::size_t found = log.rfind(before + begin);
  if (found == std::string::npos) return "";
  found += before.size();
  const std::size_t end = log.find('\n', found);
  std::string statement = log.substr(found, end - found);
  std::smatch match;
  std::string detail = log.substr(end + 1, log.find('\n', end + 1) - end - 1);
  std::vector<std::string> values;
  const std::regex value(R"(\$\d+ = ('(?:[^']|'')*'))");
  for (; std::regex_search(detail, match, value); detail = match.suffix())
    values.push_back(match[1]);
  for (std::size_t i = values.size(); i > 0; --i)
    statement =
        std::regex_replace(statement, std::regex("\\$" + std::to_string(i) + "\\b"), values[i - 1]);
  return statement;
}

// As postgres_fdw, or with the settings that the search has made.
std::string explain(const std::string& url, const std::string& statement,
                    const std::string& settings = "SET LOCAL search_path = pg_catalog") {
  SqlConnection sql(url);
  SqlTransaction transaction(sql);
  sql.script(settings);
  const SqlRows rows = sql.run("EXPLAIN (VERBOSE, COSTS OFF) " + statement);
  std::string plan;
  for (std::size_t row = 0; row < rows.size(); ++row) plan += std::string(rows.text(row, 0)) + '\n';
  return plan;
}

// The plan of the last search whose SQL begins so, on the server that is asked.
std::string plan_of(const std::string& begin) {
  const PostgresServer& head = PostgresServer::shared();
  return explain(head.url(), logged_statement(head, begin, "execute <unnamed>: "),
                 logged_statement(head, "SET LOCAL enable_sort", "statement: "));
}

std::size_t count_of(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

TEST_F(PostgresPartitions, SortAndLimitThemselves) {
  for (const std::string& address : std::vector{url(), servers()[0].url()})
    SqlConnection(address).script("ALTER DATABASE postgres SET log_statement = 'all'");
  const auto backend = create();
  const std::vector<Item> items = made_up_items(3000, kDimension);
  backend->upsert(items);
  for (std::size_t part = 0; part < 3; ++part)
    SqlConnection(servers()[part].url()).script("ANALYZE");
  const index::Filter filter =
      index::parse_filter("price < 500 AND language = es AND NOT (brand = x OR price = 7)");
  const std::string remote_from = "FROM " + options_.schema + "_[012].";

  // Always the order; the limit where the planner expects more rows than that.
  for (const index::Filter* f : {static_cast<const index::Filter*>(nullptr), &filter}) {
    backend->nearest(items[5].vector, 10, f, 0.95);
    std::string plan = plan_of("(SELECT key, embedding");
    EXPECT_EQ(count_of(plan, "Remote SQL: .*" + remote_from + "items.* ORDER BY .*<=>"), 3U)
        << plan;
    const std::string sent = logged_statement(servers()[0], "SELECT", "CURSOR FOR\n\t");
    EXPECT_THAT(sent, HasSubstr("<=>"));
    if (f == nullptr) {
      EXPECT_EQ(count_of(plan, "Async Foreign Scan"), 3U) << plan;
      EXPECT_EQ(count_of(plan, "Remote SQL: .* LIMIT 10"), 3U) << plan;
      // What the server was really sent is answered from its index.
      EXPECT_THAT(sent, HasSubstr("LIMIT 10"));
      EXPECT_THAT(explain(servers()[0].url(), sent), HasSubstr("Index Scan using items_embedding"));
    } else {
      for (const char* column : {"numbers", "paths"}) {
        EXPECT_EQ(count_of(plan, std::string("Remote SQL: .* WHERE .*") + column + ".* ORDER BY"),
                  3U)
            << plan;
      }
    }

    backend->find_words({.text = items[5].texts[0].text, .k = 10, .filter = f, .all_words = true});
    plan = plan_of("(SELECT key, sum(");
    EXPECT_EQ(count_of(plan, "Remote SQL: .*postings.* GROUP BY .* HAVING .* ORDER BY "), 3U)
        << plan;

    backend->first_by({"price"}, 10, f);
    plan = plan_of("(SELECT key, jsonb_path_query_first");
    EXPECT_EQ(count_of(plan, "Remote SQL: .* ORDER BY "), 3U) << plan;
    if (f == nullptr) {
      EXPECT_EQ(count_of(plan, "Remote SQL: .* LIMIT 10"), 3U) << plan;
    }

    backend->count({nullptr, f, {}, {"price"}});
    plan = plan_of("SELECT sum(n)::bigint FROM");
    EXPECT_EQ(count_of(plan, "Remote SQL: SELECT count\\(\\*\\)"), 3U) << plan;
    plan = plan_of("SELECT sum(n)::bigint, ");
    EXPECT_EQ(count_of(plan, "Remote SQL: SELECT count\\(.*min\\(.*max\\(.*sum\\("), 3U) << plan;
  }
  for (const std::string& address : std::vector{url(), servers()[0].url()})
    SqlConnection(address).script("ALTER DATABASE postgres RESET log_statement");
}

TEST_F(PostgresPartitions, EveryKindOfVectorIndexFindsTheNearest) {
  const std::vector<Item> items = made_up_items(900, kDimension);
  for (const VectorIndexKind kind :
       {VectorIndexKind::none, VectorIndexKind::hnsw, VectorIndexKind::ivfflat}) {
    for (const bool binary : {false, true}) {
      if (binary && kind != VectorIndexKind::hnsw) continue;
      options_.schema = PostgresServer::shared().new_schema();
      options_.vector_index = kind;
      options_.binary = binary;
      const auto backend = create();
      backend->upsert(items);
      double recall = 0.0;
      int queries = 0;
      for (std::size_t i = 7; i < items.size(); i += 100, ++queries) {
        const auto exact = backend->nearest(items[i].vector, 10, nullptr, 1.0);
        ASSERT_EQ(exact.size(), 10U);
        EXPECT_EQ(exact[0].key, key_of_id(items[i].id));
        for (const RankedKey& key : backend->nearest(items[i].vector, 10, nullptr, 0.99)) {
          recall +=
              std::any_of(exact.begin(), exact.end(), [&](auto& e) { return e.key == key.key; }) /
              10.0;
        }
      }
      EXPECT_GE(recall / queries, kind == VectorIndexKind::ivfflat || binary ? 0.5 : 0.97)
          << static_cast<int>(kind) << binary;
    }
  }
}

TEST_F(PostgresPartitions, AServerIsAwayAndComesBack) {
  const auto backend = create();
  const std::vector<Item> items = made_up_items(300, kDimension);
  backend->upsert(std::span(items).first(200));
  const auto before = backend->nearest(items[3].vector, 200, nullptr, 1.0);
  servers()[1].stop();
  const auto refused = [&](auto&& call) {
    EXPECT_KINDRED_ERROR(call(), ErrorKind::not_found, "a partition's server does not answer");
    try {
      call();
    } catch (const Error& error) {  // and says which
      EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr(options_.schema + "_1"),
                                               HasSubstr(servers()[1].directory())));
    }
  };
  refused([&] { backend->nearest(items[3].vector, 10, nullptr, 0.95); });
  refused([&] { backend->find_words({.text = items[3].texts[0].text}); });
  refused([&] { backend->count({}); });
  refused([&] { backend->upsert(items); });
  refused([&] { backend->erase(std::vector{items[0].id, items[1].id, items[2].id, items[3].id}); });
  ASSERT_TRUE(servers()[1].start());
  // Whole again: nothing was lost, and nothing of what was refused was written.
  EXPECT_EQ(backend->count({}).documents, 200U);
  const auto after = backend->nearest(items[3].vector, 200, nullptr, 1.0);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].key, before[i].key);
  backend->upsert(items);
  EXPECT_EQ(backend->count({}).documents, 300U);
  for (const Item& item : items) EXPECT_TRUE(backend->find_id(item.id));
}

TEST_F(PostgresPartitions, CreatingAgainGoesOnWhereItStopped) {
  servers()[2].stop();
  EXPECT_KINDRED_ERROR(create(), ErrorKind::not_found, "no PostgreSQL server answers");
  ASSERT_TRUE(servers()[2].start());
  EXPECT_KINDRED_ERROR(PostgresBackend::open(url(), options_.schema), ErrorKind::not_found,
                       options_.schema);
  const auto backend = create();
  backend->upsert(made_up_items(20, kDimension));
  EXPECT_EQ(backend->count({}).documents, 20U);
  EXPECT_KINDRED_ERROR(create(), ErrorKind::bad_input, "already");
  // The parts of a collection whose head was dropped are not taken over with what they hold.
  SqlConnection(url()).script("DROP SCHEMA " + options_.schema + " CASCADE");
  EXPECT_KINDRED_ERROR(create(), ErrorKind::bad_input, "with items or of other settings");
  for (std::size_t part = 0; part < 3; ++part) {
    SqlConnection(servers()[part].url())
        .script("TRUNCATE " + options_.schema + "_" + std::to_string(part) + ".items");
  }
  options_.half = false;
  EXPECT_KINDRED_ERROR(create(), ErrorKind::bad_input, "with items or of other settings");
}

TEST_F(PostgresPartitions, AreIndexedAtTheEnd) {
  options_.index_later = true;
  const std::vector<Item> items = made_up_items(300, kDimension);
  create()->upsert(items);
  const auto backend = PostgresBackend::open(url(), options_.schema);
  EXPECT_FALSE(backend->indexed());
  const auto before = backend->nearest(items[7].vector, 20, nullptr, 0.95);
  const std::string count =
      "SELECT count(*) FROM pg_indexes WHERE schemaname || '.' = '@' AND "
      "indexname = 'items_embedding'";
  for (std::size_t part = 0; part < 3; ++part) EXPECT_EQ(number(part, count), 0);
  servers()[2].stop();
  EXPECT_KINDRED_ERROR(backend->build_index(), ErrorKind::not_found, servers()[2].directory());
  ASSERT_TRUE(servers()[2].start());
  backend->build_index();
  EXPECT_TRUE(PostgresBackend::open(url(), options_.schema)->indexed());
  for (std::size_t part = 0; part < 3; ++part) EXPECT_EQ(number(part, count), 1);
  const auto after = backend->nearest(items[7].vector, 20, nullptr, 0.99);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].key, before[0].key);
}

TEST_F(PostgresPartitions, AreDroppedBeforeTheyWereLinked) {
  SqlConnection head(url());
  make_part(options_, 0, collection_name(head, options_.schema));
  make_part(options_, 1, "of another server");
  EXPECT_KINDRED_ERROR(PostgresBackend::check_free(url(), options_), ErrorKind::bad_input,
                       "of other settings");
  EXPECT_TRUE(PostgresBackend::drop(url(), options_.schema, options_.partitions));
  for (const auto& [part, left] : {std::pair{0, 0}, {1, 1}, {2, 0}}) {
    EXPECT_EQ(number(static_cast<std::size_t>(part),
                     "SELECT count(*) FROM pg_namespace WHERE nspname || '.' = '@'"),
              left);
  }
  EXPECT_FALSE(PostgresBackend::drop(url(), options_.schema, options_.partitions));
  SqlConnection(servers()[1].url()).script("DROP SCHEMA " + options_.schema + "_1 CASCADE");
  PostgresBackend::check_free(url(), options_);
  create();
  // Whoever has no mapping of their own must not reach some default database instead.
  head.script("CREATE ROLE " + options_.schema + "_other SUPERUSER LOGIN");
  const std::string other =
      std::regex_replace(url(), std::regex("kindred@"), options_.schema + "_other@");
  EXPECT_KINDRED_ERROR(PostgresBackend::drop(other, options_.schema), ErrorKind::bad_input,
                       "no user mapping");
  EXPECT_TRUE(PostgresBackend::drop(url(), options_.schema));
}

TEST_F(PostgresPartitions, GoWithTheirCollection) {
  create()->upsert(made_up_items(20, kDimension));
  PostgresBackend::drop(url(), options_.schema);
  EXPECT_KINDRED_ERROR(PostgresBackend::open(url(), options_.schema), ErrorKind::not_found,
                       options_.schema);
  for (std::size_t part = 0; part < 3; ++part)
    EXPECT_EQ(number(part, "SELECT count(*) FROM pg_namespace WHERE nspname || '.' = '@'"), 0);
  EXPECT_EQ(create()->count({}).documents, 0U);
}

// The SQL blocks of docs/postgresql.md, each on the server that its first line names, in order.
TEST_F(PostgresPartitions, EveryStatementOfTheManualRuns) {
  options_.schema = "kindred";
  const std::vector<Item> items = made_up_items(60, kDimension);
  const auto several = create();
  several->upsert(items);
  const auto one = PostgresBackend::create(servers()[1].url(), {.dimension = kDimension});
  one->upsert(items);
  const std::map<std::string, std::string> places = {
      {"-- on the only server", servers()[1].url()},
      {"-- on the server that is asked", url()},
      {"-- on the server of partition 0", servers()[0].url()}};
  std::ifstream file(KINDRED_TEST_DATA "/../docs/postgresql.md");
  const std::string manual((std::istreambuf_iterator<char>(file)), {});
  int blocks = 0;
  for (std::size_t at = 0; (at = manual.find("```sql\n", at)) != std::string::npos; ++blocks) {
    at += 7;
    const std::size_t end = manual.find("```", at);
    const std::string block = std::regex_replace(
        manual.substr(at, end - at), std::regex("/run/postgresql"), servers()[0].directory());
    const auto place = std::find_if(places.begin(), places.end(),
                                    [&](const auto& p) { return block.starts_with(p.first); });
    ASSERT_NE(place, places.end()) << block;
    if (block.find("DROP SCHEMA kindred ") != std::string::npos) {
      EXPECT_EQ(several->nearest(items[0].vector, 5, nullptr, 0.95).size(), 5U);
      EXPECT_EQ(one->nearest(items[0].vector, 5, nullptr, 0.95).size(), 5U);
    }
    EXPECT_NO_THROW(SqlConnection(place->second).script(block)) << block;
  }
  EXPECT_EQ(blocks, 10);
}

TEST_F(PostgresPartitions, RefuseWhatCannotBe) {
  PostgresOptions both = options_;
  both.citus = true;
  EXPECT_KINDRED_ERROR(both.validate(), ErrorKind::bad_input, "not both");
  options_.partitions = {"postgresql://x:y@[:::"};
  EXPECT_KINDRED_ERROR(create(), ErrorKind::not_found, "no PostgreSQL server answers");
  both.partitions.clear();
  // Citus itself is not to be had for the tests: what it would be told is in postgres_schema.cc.
  EXPECT_KINDRED_ERROR(PostgresBackend::create(url(), both), ErrorKind::unsupported, "citus");
}

}  // namespace
}  // namespace kindred::search
