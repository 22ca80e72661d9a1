// The embedded index beside pgvector, through the same interface: recall@10, latency, queries a
// second, time to build and room on the disk, without a filter and with filters.
//
// postgres_bench URL [ROWS [DIMENSION [QUERIES]]]
//
// Vectors are those of bench/mixture.h; the truth is exact search in single precision here. Each
// item has tags that a tenth, a hundredth and a thousandth of all share. pgvector's indexes are
// built at once over all rows, its faster way. Everything is in schemas bench_… of the database,
// which are removed first and last.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "base/error.h"
#include "bench/mixture.h"
#include "search/embedded_backend.h"
#include "search/filter_sql.h"
#include "search/postgres_backend.h"

namespace {

using namespace kindred;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBest = 10;
constexpr std::size_t kClients = 2;
constexpr std::size_t kAdded = 300;  // rows written into an index that is there

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct FilterCase {
  const char* name;
  std::optional<index::Filter> filter;
  std::function<bool(std::size_t)> admits;  // a row
};

std::vector<FilterCase> filter_cases() {
  return {{"all", std::nullopt, [](std::size_t) { return true; }},
          {"10 %", index::parse_filter("tenth = t3"), [](std::size_t i) { return i % 10 == 3; }},
          {"1 %", index::parse_filter("hundredth = h37"),
           [](std::size_t i) { return i / 10 % 100 == 37; }},
          {"0.1 %", index::parse_filter("thousandth = k371"),
           [](std::size_t i) { return i / 7 % 1000 == 371; }}};
}

// Rows by number, and for each query and filter the ids of the best, found exactly.
class Data {
 public:
  Data(std::size_t rows, std::size_t dimension, std::size_t queries)
      : rows_(rows), dimension_(dimension), mixture_(dimension, /*seed=*/1) {
    const bench::Mixture others(dimension, /*seed=*/2);
    queries_.resize(queries, std::vector<float>(dimension));
    for (std::size_t q = 0; q < queries; ++q) others.row(q, queries_[q].data());
    std::vector<float> vectors(rows * dimension);
    for (std::size_t i = 0; i < rows; ++i) mixture_.row(i, vectors.data() + i * dimension);
    for (const FilterCase& filter : cases_) find_nearest(vectors, filter);
  }

  std::size_t rows() const { return rows_; }
  std::size_t dimension() const { return dimension_; }
  const std::vector<FilterCase>& cases() const { return cases_; }
  const std::vector<std::vector<float>>& queries() const { return queries_; }

  std::vector<search::Item> items(std::size_t begin, std::size_t end) const {
    std::vector<search::Item> items;
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<float> vector(dimension_);
      mixture_.row(i, vector.data());
      index::FieldValues fields{{{"tenth", fmt::format("t{}", i % 10)},
                                 {"hundredth", fmt::format("h{}", i / 10 % 100)},
                                 {"thousandth", fmt::format("k{}", i / 7 % 1000)}},
                                {{"price", static_cast<double>(i % 997)}}};
      items.push_back({std::to_string(i), {}, std::move(fields), "", std::move(vector)});
    }
    return items;
  }

  double recall(std::size_t filter, std::size_t query, const std::vector<std::string>& ids) const {
    const std::set<std::string>& best = nearest_[filter][query];
    const auto found =
        std::count_if(ids.begin(), ids.end(), [&](const auto& id) { return best.contains(id); });
    return best.empty() ? 1.0 : static_cast<double>(found) / static_cast<double>(best.size());
  }

 private:
  void find_nearest(const std::vector<float>& vectors, const FilterCase& filter) {
    auto& all = nearest_.emplace_back();
    for (const std::vector<float>& query : queries_) {
      std::vector<std::pair<float, std::size_t>> scores;
      for (std::size_t i = 0; i < rows_; ++i) {
        if (!filter.admits(i)) continue;
        const float* row = vectors.data() + i * dimension_;
        float score = 0.0F;
        for (std::size_t j = 0; j < dimension_; ++j) score += row[j] * query[j];
        scores.emplace_back(-score, i);
      }
      const std::size_t best = std::min(kBest, scores.size());
      std::partial_sort(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(best),
                        scores.end());
      auto& ids = all.emplace_back();
      for (std::size_t b = 0; b < best; ++b) ids.insert(std::to_string(scores[b].second));
    }
  }

  std::size_t rows_;
  std::size_t dimension_;
  bench::Mixture mixture_;
  std::vector<FilterCase> cases_ = filter_cases();
  std::vector<std::vector<float>> queries_;
  std::vector<std::vector<std::set<std::string>>> nearest_;  // of each filter and query
};

std::vector<std::string> ids_of(const search::Backend& backend,
                                const std::vector<search::RankedKey>& found) {
  std::vector<std::uint64_t> keys;
  for (const search::RankedKey& key : found) keys.push_back(key.key);
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> ids;
  for (const search::StoredItem& item : backend.fetch(keys, false)) ids.push_back(item.id);
  return ids;
}

using Search = std::function<std::vector<search::RankedKey>(const std::vector<float>& query)>;

// A line of the table: one client for recall and latency, then several for queries a second.
void measure(const std::string& name, const search::Backend& backend, const Data& data,
             std::size_t filter, const std::string& asked, const Search& search) {
  std::vector<double> times;
  double recall = 0.0;
  double found = 0.0;
  for (std::size_t q = 0; q < data.queries().size(); ++q) {
    const auto start = Clock::now();
    const auto keys = search(data.queries()[q]);
    times.push_back(1e3 * seconds_since(start));
    recall += data.recall(filter, q, ids_of(backend, keys));
    found += static_cast<double>(keys.size());
  }
  const auto start = Clock::now();
  std::vector<std::thread> clients;
  for (std::size_t c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      for (std::size_t q = c; q < data.queries().size(); q += kClients) search(data.queries()[q]);
    });
  }
  for (std::thread& client : clients) client.join();
  const auto queries = static_cast<double>(data.queries().size());
  const double per_second = queries / seconds_since(start);
  std::sort(times.begin(), times.end());
  fmt::print("| {} | {} | {} | {:.4f} | {:.1f} | {:.2f} | {:.2f} | {:.0f} |\n", name,
             data.cases()[filter].name, asked, recall / queries, found / queries,
             times[times.size() / 2], times[times.size() * 99 / 100], per_second);
  std::fflush(stdout);
}

const index::Filter* filter_of(const FilterCase& filter) {
  return filter.filter ? &*filter.filter : nullptr;
}

void measure_backend(const std::string& name, const search::Backend& backend, const Data& data) {
  for (std::size_t filter = 0; filter < data.cases().size(); ++filter) {
    for (const double recall : {0.9, 0.95, 0.99}) {
      if (filter > 0 && recall != 0.95) continue;
      measure(name, backend, data, filter, fmt::format("{:.2f}", recall), [&](const auto& query) {
        return backend.nearest(query, kBest, filter_of(data.cases()[filter]), recall);
      });
    }
  }
}

double fill(search::Backend& backend, const Data& data, std::size_t begin, std::size_t end) {
  constexpr std::size_t kBatch = 1000;
  double seconds = 0.0;
  for (std::size_t at = begin; at < end; at += kBatch) {
    const auto items = data.items(at, std::min(end, at + kBatch));
    const auto start = Clock::now();
    backend.upsert(items);
    seconds += seconds_since(start);
  }
  return seconds;
}

// Into an index that is there, and out again.
double added_per_second(search::Backend& backend, const Data& data) {
  const double seconds = fill(backend, data, data.rows(), data.rows() + kAdded);
  std::vector<std::string> ids;
  for (std::size_t i = data.rows(); i < data.rows() + kAdded; ++i) ids.push_back(std::to_string(i));
  backend.erase(ids);
  return kAdded / seconds;
}

void say_built(const std::string& name, double filled, double built, double table_mb,
               double index_mb, double added) {
  fmt::print(
      "\n{}: rows written in {:.1f} s, index built in {:.1f} s; disk {:.0f} MB, of which the "
      "index of vectors {:.0f} MB; then {:.0f} rows/s written into it\n",
      name, filled, built, table_mb, index_mb, added);
  fmt::print(
      "| store | filter | asked | recall@10 | found | p50 ms | p99 ms | queries/s |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|\n");
}

void run_embedded(const Data& data) {
  const std::string directory =
      (std::filesystem::temp_directory_path() / "kindred_postgres_bench").string();
  std::filesystem::remove_all(directory);
  search::EmbeddedOptions options;
  options.vectors.dimension = data.dimension();
  const auto embedded = search::EmbeddedBackend::create(directory, options);
  const double filled = fill(*embedded, data, 0, data.rows());
  const auto start = Clock::now();
  embedded->vectors().compact();
  const double built = seconds_since(start);
  double disk = 0.0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) disk += static_cast<double>(entry.file_size()) / 1e6;
  const double vectors = static_cast<double>(embedded->vectors().stats().disk_bytes) / 1e6;
  say_built("embedded", filled, built, disk, vectors, added_per_second(*embedded, data));
  measure_backend("embedded", *embedded, data);
  std::filesystem::remove_all(directory);
}

// How pgvector's own ways to filter compare, where the planner may not go around its index.
void measure_scans(const std::string& url, const search::PostgresBackend& backend,
                   const Data& data) {
  for (std::size_t filter = 1; filter + 1 < data.cases().size(); ++filter) {
    for (const char* scan : {"off", "strict_order", "relaxed_order"}) {
      for (const int effort : {40, 200}) {
        const Search search = [&](const std::vector<float>& query) {
          thread_local std::optional<search::SqlConnection> sql;
          thread_local std::string applied;
          const std::string wanted = fmt::format(
              "SET enable_bitmapscan = off; SET enable_seqscan = off; SET enable_sort = off; "
              "SET hnsw.iterative_scan = {}; SET hnsw.ef_search = {}",
              scan, effort);
          if (!sql) sql.emplace(url);
          if (applied != wanted) sql->script(applied = wanted);
          std::vector<std::string> parameters = {fmt::format("[{}]", fmt::join(query, ",")),
                                                 std::to_string(kBest)};
          const std::string admitted = search::to_sql(*data.cases()[filter].filter, parameters);
          const search::SqlRows rows = sql->run(
              fmt::format(
                  "SELECT key FROM {}.items WHERE {} ORDER BY embedding <=> $1::halfvec({}) "
                  "LIMIT $2::bigint",
                  backend.options().schema, admitted, data.dimension()),
              parameters);
          std::vector<search::RankedKey> found;
          for (std::size_t row = 0; row < rows.size(); ++row)
            found.push_back({static_cast<std::uint64_t>(rows.integer(row, 0)), 0.0});
          return found;
        };
        measure(fmt::format("iterative scan {}", scan), backend, data, filter,
                fmt::format("ef {}", effort), search);
      }
    }
  }
}

struct Contender {
  const char* name;
  search::VectorIndexKind kind;
  bool half;
  bool binary;
  std::string indexed;  // after USING
};

double megabytes(search::SqlConnection& sql, const std::string& size) {
  return sql.run("SELECT (" + size + ")::float8 / 1000000").number(0, 0);
}

// One table of rows, and one index of vectors after another over it.
void run_postgres(const std::string& url, const Data& data, bool half,
                  const std::vector<Contender>& contenders) {
  const std::string schema = half ? "bench_half" : "bench_full";
  search::PostgresBackend::drop(url, schema);
  search::SqlConnection sql(url);
  search::PostgresOptions options;
  options.dimension = data.dimension();
  options.half = half;
  options.schema = schema;
  options.vector_index = search::VectorIndexKind::none;
  const auto filled = [&] {
    const auto backend = search::PostgresBackend::create(url, options);
    return fill(*backend, data, 0, data.rows());
  }();
  sql.script("SET maintenance_work_mem = '2GB'");
  sql.script("VACUUM ANALYZE " + schema + ".items");
  for (const Contender& contender : contenders) {
    sql.script("DROP INDEX IF EXISTS " + schema + ".items_embedding");
    const auto start = Clock::now();
    if (contender.kind != search::VectorIndexKind::none) {
      sql.script(fmt::format("CREATE INDEX items_embedding ON {}.items USING {}", schema,
                             contender.indexed));
    }
    const double built = seconds_since(start);
    for (const auto& [name, value] : {std::pair{"vector_index", static_cast<int>(contender.kind)},
                                      std::pair{"binary", static_cast<int>(contender.binary)}}) {
      sql.run("UPDATE " + schema + ".settings SET value = $2 WHERE name = $1",
              {name, std::to_string(value)});
    }
    const auto backend = search::PostgresBackend::open(url, schema);
    const std::string size =
        fmt::format("coalesce(pg_relation_size(to_regclass('{}.items_embedding')), 0)", schema);
    say_built(contender.name, filled, built,
              megabytes(sql, fmt::format("pg_total_relation_size('{}.items')", schema)),
              megabytes(sql, size), added_per_second(*backend, data));
    sql.script("VACUUM " + schema + ".items");
    measure_backend(contender.name, *backend, data);
    if (contender.kind == search::VectorIndexKind::hnsw && half && !contender.binary)
      measure_scans(url, *backend, data);
  }
  search::PostgresBackend::drop(url, schema);
}

void run(const std::string& url, std::size_t rows, std::size_t dimension, std::size_t queries) {
  using Kind = search::VectorIndexKind;
  search::SqlConnection sql(url);
  fmt::print("{} rows of {} dimensions, {} queries; {}; pgvector {}\n", rows, dimension, queries,
             std::string(sql.run("SELECT split_part(version(), ' on ', 1)").text(0, 0)),
             std::string(sql.run("SELECT default_version FROM pg_available_extensions WHERE name = "
                                 "'vector'")
                             .text(0, 0)));
  const Data data(rows, dimension, queries);
  run_embedded(data);
  const std::size_t lists = std::max<std::size_t>(rows / 1000, 10);
  run_postgres(
      url, data, /*half=*/true,
      {{"pgvector hnsw, halfvec", Kind::hnsw, true, false, "hnsw (embedding halfvec_cosine_ops)"},
       {"pgvector hnsw of bits, ranked again", Kind::hnsw, true, true,
        fmt::format("hnsw ((binary_quantize(embedding)::bit({})) bit_hamming_ops)", dimension)},
       {"pgvector ivfflat, halfvec", Kind::ivfflat, true, false,
        fmt::format("ivfflat (embedding halfvec_cosine_ops) WITH (lists = {})", lists)},
       {"pgvector without an index", Kind::none, true, false, ""}});
  run_postgres(
      url, data, /*half=*/false,
      {{"pgvector hnsw, vector", Kind::hnsw, false, false, "hnsw (embedding vector_cosine_ops)"}});
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? std::stoul(argv[at]) : otherwise;
  };
  if (argc < 2) {
    fmt::print(stderr, "postgres_bench URL [ROWS [DIMENSION [QUERIES]]]\n");
    return 2;
  }
  try {
    run(argv[1], number(2, 50'000), number(3, 384), number(4, 200));
  } catch (const std::exception& error) {
    fmt::print(stderr, "postgres_bench: {}\n", error.what());
    return 1;
  }
}
