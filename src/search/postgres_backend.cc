// Making, opening, writing. postgres_search.cc searches.
#include "search/postgres_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "search/filter_sql.h"

namespace kindred::search {
namespace {

constexpr std::size_t kBatchItems = 500;
constexpr int kVersion = 1;
constexpr std::int64_t kWriteLock = 0x6b696e64;  // of pg_advisory_xact_lock

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string vector_text(std::span<const float> vector) {
  return fmt::format("[{}]", fmt::join(vector, ","));
}

// The minor number of pgvector 0.x that the server can make.
int pgvector_minor(SqlConnection& sql) {
  const SqlRows rows = sql.run(
      "SELECT split_part(coalesce(installed_version, default_version), '.', 2)::int FROM "
      "pg_available_extensions "
      "WHERE name = 'vector'");
  if (rows.size() == 0) {
    fail(ErrorKind::unsupported,
         "the PostgreSQL server has no pgvector; install its package (postgresql-NN-pgvector), or "
         "use the embedded index");
  }
  return static_cast<int>(rows.integer(0, 0));
}

void need(int minor, int needed, std::string_view what) {
  if (minor < needed) {
    fail(ErrorKind::unsupported,
         "{} needs pgvector 0.{} and the server has 0.{}; update it or choose otherwise", what,
         needed, minor);
  }
}

std::string_view operator_class(index::Metric metric) {
  switch (metric) {
    case index::Metric::inner_product:
      return "ip_ops";
    case index::Metric::euclidean:
      return "l2_ops";
    default:
      return "cosine_ops";
  }
}

nlohmann::json to_json(const Item& item) {
  nlohmann::json numbers = nlohmann::json::object();
  for (const index::Number& number : item.fields.numbers) numbers[number.field] = number.value;
  return {{"key", key_of_id(item.id)},      {"id", item.id},
          {"payload", hex(item.payload)},   {"fields", hex(index::encode_fields(item.fields))},
          {"tags", tag_pairs(item.fields)}, {"paths", tag_paths(item.fields)},
          {"numbers", std::move(numbers)},  {"embedding", vector_text(item.vector)}};
}

}  // namespace

std::uint64_t key_of_id(std::string_view id) {
  return std::stoull(sha256(id).substr(0, 16), nullptr, 16) >> 1;
}

void PostgresOptions::validate() const {
  const auto sound = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (schema.empty() || schema.size() > 40 || (schema[0] >= '0' && schema[0] <= '9') ||
      !std::all_of(schema.begin(), schema.end(), sound)) {
    fail(ErrorKind::bad_input, "the schema is called '{}'; use small letters, digits and _",
         schema);
  }
  const std::size_t most = half || binary ? 4000 : 2000;  // what pgvector's indexes hold
  if (dimension == 0 || (vector_index != VectorIndexKind::none && dimension > most)) {
    fail(ErrorKind::bad_input, "the dimension is {}; pgvector indexes 1 to {}", dimension, most);
  }
}

std::string PostgresBackend::vector_type() const {
  return fmt::format("{}({})", options_.half ? "halfvec" : "vector", options_.dimension);
}

std::unique_ptr<PostgresBackend> PostgresBackend::create(const std::string& url,
                                                         const PostgresOptions& options) {
  options.validate();
  std::unique_ptr<PostgresBackend> backend(new PostgresBackend(url, options));
  auto sql = backend->pool_.take();
  backend->pgvector_minor_ = pgvector_minor(*sql);
  if (options.half) need(backend->pgvector_minor_, 7, "half precision");
  if (options.binary) need(backend->pgvector_minor_, 7, "binary quantisation");
  if (options.vector_index == VectorIndexKind::hnsw) need(backend->pgvector_minor_, 5, "HNSW");
  SqlTransaction transaction(*sql);
  backend->make_tables(*sql);
  transaction.commit();
  return backend;
}

void PostgresBackend::make_tables(SqlConnection& sql) const {
  const std::string& s = options_.schema;
  if (sql.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {s}).size() > 0) {
    fail(ErrorKind::bad_input,
         "the database has a schema '{}' already; open it, or choose another name", s);
  }
  sql.script("CREATE EXTENSION IF NOT EXISTS vector");
  sql.script(
      fmt::format("CREATE SCHEMA {0};"
                  "CREATE TABLE {0}.settings (name text PRIMARY KEY, value text NOT NULL);"
                  "CREATE TABLE {0}.items (key bigint PRIMARY KEY, id text NOT NULL, payload bytea "
                  "NOT NULL, fields bytea NOT NULL,"
                  " tags text[] NOT NULL, paths text[] NOT NULL, numbers jsonb NOT NULL, embedding "
                  "{1} NOT NULL);"
                  "CREATE INDEX ON {0}.items USING gin (paths);"
                  "CREATE TABLE {0}.postings (term text COLLATE \"C\", key bigint, impact smallint "
                  "NOT NULL, PRIMARY KEY (term, key));"
                  "CREATE INDEX ON {0}.postings (key);"
                  "CREATE TABLE {0}.term_counts (term text COLLATE \"C\" PRIMARY KEY, documents "
                  "bigint NOT NULL);"
                  "CREATE INDEX ON {0}.term_counts (char_length(term));"
                  "INSERT INTO {0}.term_counts VALUES ('', 0);",
                  s, vector_type()));
  const std::string_view ops = operator_class(options_.metric);
  const char* method = options_.vector_index == VectorIndexKind::hnsw ? "hnsw" : "ivfflat";
  if (options_.vector_index != VectorIndexKind::none && options_.binary) {
    sql.script(
        fmt::format("CREATE INDEX items_embedding ON {}.items USING {} "
                    "((binary_quantize(embedding)::bit({})) bit_hamming_ops)",
                    s, method, options_.dimension));
  } else if (options_.vector_index != VectorIndexKind::none) {
    sql.script(fmt::format("CREATE INDEX items_embedding ON {}.items USING {} (embedding {}_{})", s,
                           method, options_.half ? "halfvec" : "vector", ops));
  }
  const std::map<std::string, std::string> settings = {
      {"version", std::to_string(kVersion)},
      {"dimension", std::to_string(options_.dimension)},
      {"metric", std::to_string(static_cast<int>(options_.metric))},
      {"vector_index", std::to_string(static_cast<int>(options_.vector_index))},
      {"half", std::to_string(options_.half)},
      {"binary", std::to_string(options_.binary)},
      {"k1", fmt::format("{}", options_.bm25.k1)},
      {"b", fmt::format("{}", options_.bm25.b)},
      {"pivot", fmt::format("{}", options_.bm25.pivot)}};
  for (const auto& [name, value] : settings)
    sql.run("INSERT INTO " + table("settings") + " VALUES ($1, $2)", {name, value});
}

std::unique_ptr<PostgresBackend> PostgresBackend::open(const std::string& url,
                                                       const std::string& schema) {
  PostgresOptions options;
  options.schema = schema;
  options.dimension = 1;
  options.validate();
  std::unique_ptr<PostgresBackend> backend(new PostgresBackend(url, options));
  auto sql = backend->pool_.take();
  if (sql->run("SELECT to_regclass($1) IS NOT NULL", {schema + ".settings"}).text(0, 0) != "t") {
    fail(ErrorKind::not_found,
         "the database has no Kindred tables in the schema '{}'; make them first, or name another",
         schema);
  }
  std::map<std::string, double, std::less<>> settings;
  const SqlRows rows = sql->run("SELECT name, value FROM " + schema + ".settings");
  for (std::size_t row = 0; row < rows.size(); ++row)
    settings[std::string(rows.text(row, 0))] = rows.number(row, 1);
  if (settings["version"] > kVersion) {
    fail(ErrorKind::unsupported,
         "the tables have version {} and this program reads up to {}; use a newer program",
         settings["version"], kVersion);
  }
  PostgresOptions& o = backend->options_;
  o.dimension = static_cast<std::size_t>(settings["dimension"]);
  o.metric = static_cast<index::Metric>(settings["metric"]);
  o.vector_index = static_cast<VectorIndexKind>(settings["vector_index"]);
  o.half = settings["half"] != 0;
  o.binary = settings["binary"] != 0;
  o.bm25 = {static_cast<float>(settings["k1"]), static_cast<float>(settings["b"]),
            static_cast<float>(settings["pivot"])};
  o.validate();
  backend->pgvector_minor_ = pgvector_minor(*sql);
  return backend;
}

void PostgresBackend::upsert(std::span<const Item> items) {
  for (const Item& item : items) item.validate(dimension());
  auto sql = pool_.take();
  for (std::size_t at = 0; at < items.size(); at += kBatchItems) {
    // Of several with one id the last counts.
    std::map<std::string_view, const Item*> last;
    for (const Item& item : items.subspan(at, std::min(kBatchItems, items.size() - at)))
      last[item.id] = &item;
    std::vector<Item> batch;
    for (const auto& [id, item] : last) batch.push_back(*item);
    SqlTransaction transaction(*sql);
    sql->run("SELECT pg_advisory_xact_lock($1::bigint)", {std::to_string(kWriteLock)});
    write(*sql, batch);
    transaction.commit();
  }
}

void PostgresBackend::write(SqlConnection& sql, std::span<const Item> items) const {
  nlohmann::json rows = nlohmann::json::array();
  std::vector<std::uint64_t> keys;
  std::vector<std::string> terms;
  std::vector<std::uint64_t> term_keys;
  std::vector<int> impacts;
  for (const Item& item : items) {
    rows.push_back(to_json(item));
    keys.push_back(key_of_id(item.id));
    const AnalyzedDocument document = analyze_document({keys.back(), item.texts, item.fields});
    for (const auto& [term, frequency] : document.terms) {
      terms.push_back(term);
      term_keys.push_back(keys.back());
      impacts.push_back(options_.bm25.impact(frequency, document.length));
    }
  }
  std::string json;
  try {
    json = rows.dump();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::bad_input,
         "an item has an id, field or tag that is not valid UTF-8; clean the catalogue first");
  }
  forget_words(sql, keys);
  const SqlRows written = sql.run(
      fmt::format(
          "INSERT INTO {0} AS i SELECT key, id, decode(payload, 'hex'), decode(fields, 'hex'),"
          " ARRAY(SELECT jsonb_array_elements_text(tags)), ARRAY(SELECT "
          "jsonb_array_elements_text(paths)), numbers,"
          " embedding::{1} FROM jsonb_to_recordset($1::jsonb) AS r(key bigint, id text, payload "
          "text, fields text,"
          " tags jsonb, paths jsonb, numbers jsonb, embedding text) ORDER BY key "
          "ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, fields = excluded.fields, "
          "tags = excluded.tags,"
          " paths = excluded.paths, numbers = excluded.numbers, embedding = excluded.embedding "
          "WHERE i.id = excluded.id RETURNING (xmax = 0)::int",
          table("items"), vector_type()),
      {json});
  if (written.size() != items.size()) {
    fail(ErrorKind::bad_input,
         "an item's id has the same 63 bits of SHA-256 as that of another; give it another id");
  }
  std::int64_t inserted = 0;
  for (std::size_t row = 0; row < written.size(); ++row) inserted += written.integer(row, 0);
  sql.run("INSERT INTO " + table("postings") +
              " SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[])",
          {sql_array(terms), sql_array(term_keys), sql_array(impacts)});
  terms.insert(terms.end(), static_cast<std::size_t>(inserted), "");
  sql.run(
      fmt::format("INSERT INTO {0} AS t SELECT term, count(*) FROM unnest($1::text[]) AS term "
                  "GROUP BY term "
                  "ON CONFLICT (term) DO UPDATE SET documents = t.documents + excluded.documents",
                  table("term_counts")),
      {sql_array(terms)});
}

void PostgresBackend::forget_words(SqlConnection& sql,
                                   const std::vector<std::uint64_t>& keys) const {
  sql.run(
      fmt::format("WITH gone AS (DELETE FROM {} WHERE key = ANY ($1::bigint[]) RETURNING term), "
                  "counts AS (SELECT term, count(*) AS documents FROM gone GROUP BY term) "
                  "UPDATE {} AS t SET documents = t.documents - counts.documents FROM counts WHERE "
                  "t.term = counts.term",
                  table("postings"), table("term_counts")),
      {sql_array(keys)});
}

std::uint64_t PostgresBackend::erase(std::span<const std::string> ids) {
  std::vector<std::uint64_t> keys;
  for (const std::string& id : ids) keys.push_back(key_of_id(id));
  auto sql = pool_.take();
  SqlTransaction transaction(*sql);
  sql->run("SELECT pg_advisory_xact_lock($1::bigint)", {std::to_string(kWriteLock)});
  const SqlRows gone =
      sql->run("DELETE FROM " + table("items") +
                   " WHERE key = ANY ($1::bigint[]) AND id = ANY ($2::text[]) RETURNING key",
               {sql_array(keys), sql_array(std::vector<std::string>(ids.begin(), ids.end()))});
  std::vector<std::uint64_t> erased;
  for (std::size_t row = 0; row < gone.size(); ++row)
    erased.push_back(static_cast<std::uint64_t>(gone.integer(row, 0)));
  forget_words(*sql, erased);
  sql->run(
      "UPDATE " + table("term_counts") + " SET documents = documents - $1::bigint WHERE term = ''",
      {std::to_string(erased.size())});
  transaction.commit();
  return erased.size();
}

}  // namespace kindred::search
