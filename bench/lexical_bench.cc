// Question: how fast are two words found among this many products, beside SQLite's FTS5? Both index
// the same analysed words; FTS5 splits them at spaces and ranks by its bm25().
//   lexical_bench [PRODUCTS (default 1000000)] [QUERIES (default 2000)] [DIRECTORY (default /tmp)]
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "catalog/generator.h"
#include "search/analyzer.h"
#include "search/lexical_index.h"

namespace {

using namespace kindred::search;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double peak_gigabytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

LexicalDocument to_document(const kindred::catalog::GeneratedProduct& product) {
  LexicalDocument document;
  document.key = product.id;
  for (std::size_t l = 0; l < kindred::catalog::kLanguages; ++l) {
    document.texts.push_back({TextField::title, std::string(kindred::catalog::kLanguageCodes[l]),
                              product.titles.by_language[l]});
  }
  const std::string language(
      kindred::catalog::kLanguageCodes[static_cast<std::size_t>(product.language)]);
  document.texts.push_back({TextField::description, language, product.description()});
  document.texts.push_back({TextField::brand, "", product.brand});
  for (const auto& level : product.category) {
    document.texts.push_back({TextField::category, language, level[product.language]});
  }
  document.fields.tags = {{"language", language}, {"brand", product.brand}};
  document.fields.numbers = {{"price", product.price}};
  return document;
}

void report(const char* what, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))] * 1e3;
  };
  double sum = 0.0;
  for (const double s : seconds) sum += s;
  std::printf("%-52s p50 %8.3f  p95 %8.3f  p99 %8.3f  max %8.3f ms  %9.0f queries/s\n", what,
              at(0.5), at(0.95), at(0.99), at(1.0), static_cast<double>(seconds.size()) / sum);
  std::fflush(stdout);
}

template <typename Fn>
void time_queries(const char* what, const std::vector<std::string>& queries, const Fn& fn) {
  std::vector<double> seconds;
  std::size_t found = 0;
  for (const std::string& query : queries) {
    const auto start = Clock::now();
    found += fn(query);
    seconds.push_back(seconds_since(start));
  }
  report((std::string(what) + ", " + std::to_string(found / queries.size()) + " found").c_str(),
         seconds);
}

// The peer: a table of one column with the words between spaces, a title's words four times.
class Fts5 {
 public:
  explicit Fts5(const std::string& path) {
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path + ending);
    check(sqlite3_open(path.c_str(), &database_));
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE VIRTUAL TABLE words USING fts5(body, content='', tokenize=\"ascii tokenchars "
        "'.'\");");
    check(sqlite3_prepare_v2(database_, "INSERT INTO words(rowid, body) VALUES (?, ?)", -1,
                             &insert_, nullptr));
    run("BEGIN");
  }
  ~Fts5() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(select_);
    sqlite3_close(database_);
  }
  void add(std::uint64_t key, const std::string& words) {
    sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(key));
    sqlite3_bind_text(insert_, 2, words.data(), static_cast<int>(words.size()), SQLITE_STATIC);
    sqlite3_step(insert_);
    check(sqlite3_reset(insert_));
  }
  void finish() {
    run("COMMIT; INSERT INTO words(words) VALUES('optimize');");
    check(sqlite3_prepare_v2(
        database_, "SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT 10", -1,
        &select_, nullptr));
  }
  std::size_t search(const std::string& match) {
    sqlite3_bind_text(select_, 1, match.data(), static_cast<int>(match.size()), SQLITE_STATIC);
    std::size_t found = 0;
    while (sqlite3_step(select_) == SQLITE_ROW) ++found;
    check(sqlite3_reset(select_));
    return found;
  }

 private:
  void check(int status) {
    if (status != SQLITE_OK) {
      std::fprintf(stderr, "FTS5: %s\n", sqlite3_errmsg(database_));
      std::exit(1);
    }
  }
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};

std::string match_expression(const std::string& query, const char* operation) {
  std::string expression;
  for (const QueryWord& word : analyze_query(query, "")) {
    if (!expression.empty()) expression += operation;
    expression += '"' + word.term + '"';
  }
  return expression;
}

std::string misspell(std::string word, kindred::Random& random) {
  if (word.size() > 4) std::swap(word[1 + random.below(word.size() - 3)], word[2]);
  return word;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t products = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  const std::size_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2000;
  const std::string base = argc > 3 ? argv[3] : "/tmp";
  const std::string directory = base + "/lexical_bench";
  std::filesystem::remove_all(directory);
  const auto index = LexicalIndex::create(directory);
  Fts5 peer(base + "/lexical_bench.sqlite");

  std::vector<LexicalDocument> batch;
  std::vector<std::string> two_words;
  std::vector<std::string> one_title;
  kindred::Random random(1);
  double ours = 0.0;
  double theirs = 0.0;
  std::ofstream words_file(base + "/lexical_bench.words");  // for tantivy_peer.py
  const auto write = [&] {
    auto start = Clock::now();
    index->upsert(batch);
    ours += seconds_since(start);
    start = Clock::now();
    for (const LexicalDocument& document : batch) {
      std::string words;
      for (const auto& [term, weight] : analyze_document(document).terms) {
        for (std::uint32_t i = 0; i < weight; ++i) words += term + ' ';
      }
      peer.add(document.key, words);
      words_file << document.key << '\t' << words << '\n';
    }
    theirs += seconds_since(start);
    batch.clear();
  };
  kindred::catalog::generate(
      {.products = products}, [&](const kindred::catalog::GeneratedProduct& product) {
        batch.push_back(to_document(product));
        if (random.below(products) < 2 * count) {  // two words of one title
          const std::vector<QueryWord> words =
              analyze_query(product.titles.by_language[random.below(4)], "");
          if (words.size() >= 2 && two_words.size() < count) {
            const std::size_t first = random.below(words.size() - 1);
            two_words.push_back(words[first].term + ' ' + words[first + 1].term);
            one_title.push_back(product.titles.by_language[random.below(4)]);
          }
        }
        if (batch.size() == 2000) write();
      });
  if (!batch.empty()) write();
  const auto start = Clock::now();
  index->flush();
  std::printf(
      "%zu products: indexed in %.0f s (analysis included), last flush and merges %.1f s; FTS5 "
      "%.0f s\n",
      products, ours, seconds_since(start), theirs);
  const auto peer_start = Clock::now();
  peer.finish();
  const LexicalStats stats = index->stats();
  std::printf(
      "FTS5 optimised in %.0f s, %.0f MB; %zu segments, %.0f MB, %llu terms, average length %.0f; "
      "peak memory %.2f GB\n",
      seconds_since(peer_start),
      static_cast<double>(std::filesystem::file_size(base + "/lexical_bench.sqlite")) / 1e6,
      stats.segments, static_cast<double>(stats.disk_bytes) / 1e6,
      static_cast<unsigned long long>(stats.terms), stats.average_length, peak_gigabytes());

  const auto ours_of = [&](const WordsQuery& query) { return index->search(query).hits.size(); };
  const kindred::index::Filter filter =
      kindred::index::parse_filter("language = es AND price < 50");
  for (int round = 0; round < 2; ++round) {
    std::printf(round == 0 ? "-- as it grew\n" : "-- compacted\n");
    time_queries("two words, any", two_words, [&](const std::string& q) { return ours_of({q}); });
    time_queries("two words, all", two_words,
                 [&](const std::string& q) { return ours_of({.text = q, .all_words = true}); });
    time_queries("two words, any, filtered", two_words,
                 [&](const std::string& q) { return ours_of({.text = q, .filter = &filter}); });
    time_queries("a whole title, any", one_title,
                 [&](const std::string& q) { return ours_of({q}); });
    time_queries("two words, one misspelt", two_words,
                 [&](const std::string& q) { return ours_of({misspell(q, random)}); });
    if (round == 0) index->compact();
  }
  const std::vector<std::string> all_two_words = two_words;
  two_words.resize(std::min<std::size_t>(two_words.size(), 200));
  time_queries("FTS5: two words, any", two_words,
               [&](const std::string& q) { return peer.search(match_expression(q, " OR ")); });
  time_queries("FTS5: two words, all", two_words,
               [&](const std::string& q) { return peer.search(match_expression(q, " AND ")); });

  std::ofstream queries(base + "/lexical_bench.queries");
  for (const std::string& query : all_two_words) queries << query << '\n';
  return 0;
}
