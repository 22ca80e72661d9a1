// Making, opening, writing. postgres_search.cc searches.
#include "search/postgres_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "search/filter_sql.h"
#include "search/postgres_partitions.h"
#include "search/postgres_schema.h"

namespace kindred::search {
namespace {

constexpr std::size_t kBatchItems = 500;
constexpr std::size_t kMaxPartitions = 256;
constexpr std::int32_t kWriteLock = 0x6b696e64;  // of pg_advisory_xact_lock

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

void PostgresBackend::check_free(const std::string& url, const PostgresOptions& options) {
  options.validate();
  SqlConnection sql(url);
  check_pgvector(sql, options);
  check_schema_is_free(sql, options.schema);
  if (options.partitions.empty()) return;
  check_head(sql);
  const std::string collection = collection_name(sql, options.schema);
  for (std::size_t part = 0; part < options.partitions.size(); ++part)
    check_part(options, part, collection);
}

std::unique_ptr<PostgresBackend> PostgresBackend::create(const std::string& url,
                                                         const PostgresOptions& options) {
  options.validate();
  std::unique_ptr<PostgresBackend> backend(new PostgresBackend(url, options));
  backend->parts_ = options.partitions.size();
  backend->indexed_ = !options.index_later;
  auto sql = backend->pool_.take();
  backend->pgvector_minor_ = check_pgvector(*sql, options);
  check_schema_is_free(*sql, options.schema);
  // Each server's part is whole by itself: where a later one fails, creating again goes on.
  std::vector<Partition> partitions;
  for (std::size_t part = 0; part < backend->parts_; ++part)
    partitions.push_back(make_part(options, part, collection_name(*sql, options.schema)));
  SqlTransaction transaction(*sql);
  if (backend->parts_ > 0) {
    link_parts(*sql, options, partitions);
  } else {
    make_tables(*sql, options);
  }
  transaction.commit();
  return backend;
}

namespace {

double setting(const Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  if (found == settings.end()) return 0.0;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  if (found->second.empty() || *end != '\0') {
    fail(ErrorKind::corrupt, "the table settings has '{}' for {}; restore it from a backup",
         found->second, name);
  }
  return value;
}

std::size_t count_setting(const Settings& settings, const std::string& name) {
  constexpr double kMost = 1e6;
  const double value = setting(settings, name);
  if (!(value >= 0.0 && value <= kMost))
    fail(ErrorKind::corrupt, "the table settings has {} for {}; restore it from a backup", value,
         name);
  return static_cast<std::size_t>(value);
}

void validate_schema(const std::string& schema) {
  PostgresOptions options;
  options.schema = schema;
  options.dimension = 1;
  options.validate();
}

}  // namespace

std::unique_ptr<PostgresBackend> PostgresBackend::open(const std::string& url,
                                                       const std::string& schema) {
  validate_schema(schema);
  PostgresOptions options;
  options.schema = schema;
  std::unique_ptr<PostgresBackend> backend(new PostgresBackend(url, options));
  auto sql = backend->pool_.take();
  const Settings settings = read_settings(*sql, schema);
  if (settings.empty()) {
    fail(ErrorKind::not_found,
         "the database has no Kindred tables in the schema '{}'; make them first, or name another",
         schema);
  }
  if (setting(settings, "version") != kPostgresVersion) {
    fail(ErrorKind::unsupported,
         "the tables have version {} and this program knows {}; use the program that made them, or "
         "make them anew from the catalogue",
         setting(settings, "version"), kPostgresVersion);
  }
  PostgresOptions& o = backend->options_;
  o.dimension = count_setting(settings, "dimension");
  o.metric = static_cast<index::Metric>(count_setting(settings, "metric"));
  o.vector_index = static_cast<VectorIndexKind>(count_setting(settings, "vector_index"));
  o.half = setting(settings, "half") != 0;
  o.binary = setting(settings, "binary") != 0;
  o.citus = setting(settings, "citus") != 0;
  o.bm25 = {static_cast<float>(setting(settings, "k1")), static_cast<float>(setting(settings, "b")),
            static_cast<float>(setting(settings, "pivot"))};
  o.validate();
  backend->parts_ = count_setting(settings, "partitions");
  backend->indexed_ = !settings.contains("indexed") || setting(settings, "indexed") != 0;
  backend->pgvector_minor_ = check_pgvector(*sql, o);
  return backend;
}

void PostgresBackend::build_index() {
  auto sql = pool_.take();
  if (parts_ > 0) {
    build_linked_indexes(*sql, options_, parts_);
  } else {
    build_vector_index(*sql, options_, options_.schema);
  }
  sql->run("INSERT INTO " + table("settings") +
           " VALUES ('indexed', '1') ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  indexed_ = true;
}

bool PostgresBackend::drop(const std::string& url, const std::string& schema,
                           std::span<const std::string> partitions) {
  validate_schema(schema);
  SqlConnection sql(url);
  const Settings settings = read_settings(sql, schema);
  if (settings.empty()) {  // creating them was interrupted, if anything is there at all
    bool dropped = false;
    for (std::size_t part = 0; part < partitions.size(); ++part)
      dropped |= drop_part(partitions[part], schema, part, collection_name(sql, schema));
    return dropped;
  }
  const std::size_t parts = count_setting(settings, "partitions");
  drop_linked_parts(sql, schema, parts);
  SqlTransaction transaction(sql);
  sql.script("DROP SCHEMA " + schema + " CASCADE");
  for (std::size_t part = 0; part < parts; ++part) {
    sql.script(fmt::format("DROP USER MAPPING FOR CURRENT_USER SERVER {0}_{1}; DROP SERVER {0}_{1}",
                           schema, part));
  }
  transaction.commit();
  return true;
}

// Until the transaction ends, against every other writer of this schema.
void PostgresBackend::lock_for_writing(SqlConnection& sql) const {
  sql.run("SELECT pg_advisory_xact_lock($1::int, hashtext($2))",
          {std::to_string(kWriteLock), options_.schema});
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
    lock_for_writing(*sql);
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
  lock_for_writing(*sql);
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
