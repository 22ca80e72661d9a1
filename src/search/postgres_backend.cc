// Making, opening, writing. postgres_search.cc searches.
#include "search/postgres_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "search/filter_sql.h"
#include "search/postgres_schema.h"

namespace kindred::search {
namespace {

constexpr std::size_t kBatchItems = 500;
constexpr std::size_t kMaxPartitions = 256;
constexpr std::int64_t kWriteLock = 0x6b696e64;  // of pg_advisory_xact_lock

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string vector_text(std::span<const float> vector) {
  return fmt::format("[{}]", fmt::join(vector, ","));
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
  if (partitions.size() > kMaxPartitions)
    fail(ErrorKind::bad_input, "{} partitions; at most {} are allowed", partitions.size(),
         kMaxPartitions);
  if (citus && !partitions.empty()) {
    fail(ErrorKind::bad_input,
         "Citus has its own partitions; name partitions' servers or distribute by Citus, not both");
  }
  const std::size_t most = half || binary ? 4000 : 2000;  // what pgvector's indexes hold
  if (dimension == 0 || (vector_index != VectorIndexKind::none && dimension > most)) {
    fail(ErrorKind::bad_input, "the dimension is {}; pgvector indexes 1 to {}", dimension, most);
  }
}

std::unique_ptr<PostgresBackend> PostgresBackend::create(const std::string& url,
                                                         const PostgresOptions& options) {
  options.validate();
  std::unique_ptr<PostgresBackend> backend(new PostgresBackend(url, options));
  backend->parts_ = options.partitions.size();
  auto sql = backend->pool_.take();
  backend->pgvector_minor_ = check_pgvector(*sql, options);
  const std::string& schema = options.schema;
  if (sql->run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema}).size() > 0) {
    fail(ErrorKind::bad_input,
         "the database has a schema '{}' already; open it, or choose another name", schema);
  }
  // Each server's part is whole by itself: where a later one fails, creating again goes on.
  for (std::size_t part = 0; part < backend->parts_; ++part) make_part(options, part);
  SqlTransaction transaction(*sql);
  if (backend->parts_ > 0) {
    link_parts(*sql, options);
  } else {
    make_tables(*sql, options);
  }
  transaction.commit();
  return backend;
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
  if (settings["version"] != kPostgresVersion) {
    fail(ErrorKind::unsupported,
         "the tables have version {} and this program knows {}; use the program that made them, or "
         "make them anew from the catalogue",
         settings["version"], kPostgresVersion);
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
  backend->parts_ = static_cast<std::size_t>(settings["partitions"]);
  backend->pgvector_minor_ = check_pgvector(*sql, o);
  return backend;
}

void PostgresBackend::drop(const std::string& url, const std::string& schema) {
  const auto backend = open(url, schema);
  drop_tables(*backend->pool_.take(), schema, backend->parts_);
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
    batch.reserve(last.size());
    for (const auto& [id, item] : last) batch.push_back(*item);
    SqlTransaction transaction(*sql);
    sql->run("SELECT pg_advisory_xact_lock($1::bigint)", {std::to_string(kWriteLock)});
    write(*sql, batch);
    transaction.commit();
  }
}

// Which partition each of the keys belongs to: PostgreSQL's own hash of them.
std::vector<std::size_t> PostgresBackend::parts_of(SqlConnection& sql,
                                                   std::span<const std::uint64_t> keys) const {
  const SqlRows rows = sql.run(
      fmt::format("SELECT part FROM unnest($1::bigint[]) WITH ORDINALITY AS k(key, place), "
                  "generate_series(0, {0} - 1) AS part "
                  "WHERE satisfies_hash_partition('{1}'::regclass, {0}, part, key) ORDER BY place",
                  parts_, table("items")),
      {sql_array(std::vector<std::uint64_t>(keys.begin(), keys.end()))});
  std::vector<std::size_t> parts;
  for (std::size_t row = 0; row < rows.size(); ++row)
    parts.push_back(static_cast<std::size_t>(rows.integer(row, 0)));
  require(parts.size() == keys.size(), "a partition for each key");
  return parts;
}

namespace {

// The arguments of the function write of postgres_schema.cc.
struct WrittenRows {
  nlohmann::json rows = nlohmann::json::array();
  std::vector<std::string> terms;
  std::vector<std::uint64_t> term_keys;
  std::vector<int> impacts;

  void add(const Item& item, const Bm25& bm25) {
    rows.push_back(to_json(item));
    const std::uint64_t key = key_of_id(item.id);
    const AnalyzedDocument document = analyze_document({key, item.texts, item.fields});
    for (const auto& [term, frequency] : document.terms) {
      terms.push_back(term);
      term_keys.push_back(key);
      impacts.push_back(bm25.impact(frequency, document.length));
    }
  }

  std::vector<std::string> parameters() const {
    try {
      return {rows.dump(), sql_array(terms), sql_array(term_keys), sql_array(impacts)};
    } catch (const nlohmann::json::exception&) {
      fail(ErrorKind::bad_input,
           "an item has an id, field or tag that is not valid UTF-8; clean the catalogue first");
    }
  }
};

}  // namespace

void PostgresBackend::write(SqlConnection& sql, std::span<const Item> items) const {
  std::vector<std::size_t> parts(items.size(), 0);
  if (parts_ > 0) {
    std::vector<std::uint64_t> keys;
    for (const Item& item : items) keys.push_back(key_of_id(item.id));
    parts = parts_of(sql, keys);
  }
  std::map<std::size_t, WrittenRows> written;
  for (std::size_t i = 0; i < items.size(); ++i) written[parts[i]].add(items[i], options_.bm25);
  constexpr const char* kArguments = "$1::jsonb, $2::text[], $3::bigint[], $4::smallint[]";
  for (const auto& [part, rows] : written) {
    sql.run(parts_ == 0
                ? fmt::format("SELECT {}({})", table("write"), kArguments)
                : fmt::format("INSERT INTO {}_{} (items, terms, term_keys, impacts) VALUES ({})",
                              table("inbox"), part, kArguments),
            rows.parameters());
  }
}

std::uint64_t PostgresBackend::erase(std::span<const std::string> ids) {
  std::vector<std::uint64_t> keys;
  for (const std::string& id : ids) keys.push_back(key_of_id(id));
  const std::vector<std::string> parameters = {
      sql_array(keys), sql_array(std::vector<std::string>(ids.begin(), ids.end()))};
  auto sql = pool_.take();
  SqlTransaction transaction(*sql);
  sql->run("SELECT pg_advisory_xact_lock($1::bigint)", {std::to_string(kWriteLock)});
  const auto erased = static_cast<std::uint64_t>(
      sql->run(parts_ == 0 ? "SELECT " + table("erase") + "($1::bigint[], $2::text[])"
                           : "SELECT count(*) FROM " + table("items") +
                                 " WHERE key = ANY ($1::bigint[]) AND id = ANY ($2::text[])",
               parameters)
          .integer(0, 0));
  for (std::size_t part = 0; part < parts_; ++part) {
    sql->run(fmt::format("INSERT INTO {}_{} (erased, erased_ids) VALUES ($1::bigint[], $2::text[])",
                         table("inbox"), part),
             parameters);
  }
  transaction.commit();
  return erased;
}

}  // namespace kindred::search
