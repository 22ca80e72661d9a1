#include "search/postgres_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"

namespace kindred::search {
namespace {

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

}  // namespace

std::string sql_vector_type(const PostgresOptions& options) {
  return fmt::format("{}({})", options.half ? "halfvec" : "vector", options.dimension);
}

int check_pgvector(SqlConnection& sql, const PostgresOptions& options) {
  const SqlRows rows = sql.run(
      "SELECT split_part(coalesce(installed_version, default_version), '.', 2)::int FROM "
      "pg_available_extensions WHERE name = 'vector'");
  if (rows.size() == 0) {
    fail(ErrorKind::unsupported,
         "the PostgreSQL server has no pgvector; install its package (postgresql-NN-pgvector), or "
         "use the embedded index");
  }
  const int minor = static_cast<int>(rows.integer(0, 0));
  if (options.half) need(minor, 7, "half precision");
  if (options.binary) need(minor, 7, "binary quantisation");
  if (options.vector_index == VectorIndexKind::hnsw) need(minor, 5, "HNSW");
  return minor;
}

bool has_schema(SqlConnection& sql, const std::string& schema) {
  return sql.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema}).size() > 0;
}

void need_available(SqlConnection& sql, const std::string& name, const std::string& advice) {
  if (sql.run("SELECT 1 FROM pg_available_extensions WHERE name = $1", {name}).size() == 0)
    fail(ErrorKind::unsupported, "the PostgreSQL server has no {}; {}", name, advice);
}

void need_extension(SqlConnection& sql, const std::string& name, const std::string& advice) {
  need_available(sql, name, advice);
  sql.script("CREATE EXTENSION IF NOT EXISTS " + name);
}

Settings settings_of(const PostgresOptions& options) {
  return {{"version", std::to_string(kPostgresVersion)},
          {"dimension", std::to_string(options.dimension)},
          {"metric", std::to_string(static_cast<int>(options.metric))},
          {"vector_index", std::to_string(static_cast<int>(options.vector_index))},
          {"half", std::to_string(options.half)},
          {"binary", std::to_string(options.binary)},
          {"k1", fmt::format("{}", options.bm25.k1)},
          {"b", fmt::format("{}", options.bm25.b)},
          {"pivot", fmt::format("{}", options.bm25.pivot)},
          {"citus", std::to_string(options.citus)},
          {"partitions", std::to_string(options.partitions.size())}};
}

Settings read_settings(SqlConnection& sql, const std::string& schema) {
  Settings settings;
  const SqlRows there = sql.run("SELECT to_regclass($1) IS NOT NULL", {schema + ".settings"});
  if (there.text(0, 0) != "t") return settings;
  const SqlRows rows = sql.run("SELECT name, value FROM " + schema + ".settings");
  for (std::size_t row = 0; row < rows.size(); ++row)
    settings[std::string(rows.text(row, 0))] = rows.text(row, 1);
  return settings;
}

void check_schema_is_free(SqlConnection& sql, const std::string& schema) {
  if (!has_schema(sql, schema)) return;
  fail(ErrorKind::bad_input,
       "the database has a schema '{}' already; name another (--schema), or drop that one", schema);
}

Settings settings_of_head(const PostgresOptions& options) {
  Settings settings = settings_of(options);
  settings["indexed"] = std::to_string(!options.index_later);
  return settings;
}

void write_settings(SqlConnection& sql, const std::string& schema, const Settings& settings) {
  sql.script(
      fmt::format("CREATE TABLE {}.settings (name text PRIMARY KEY, value text NOT NULL)", schema));
  for (const auto& [name, value] : settings)
    sql.run("INSERT INTO " + schema + ".settings VALUES ($1, $2)", {name, value});
}

std::string item_columns(const PostgresOptions& options) {
  return fmt::format(
      "key bigint NOT NULL, id text NOT NULL, payload bytea NOT NULL, fields bytea NOT NULL, tags "
      "text[] NOT NULL, paths text[] NOT NULL, numbers jsonb NOT NULL, embedding {} NOT NULL",
      sql_vector_type(options));
}

namespace {

void make_vector_index(SqlConnection& sql, const PostgresOptions& options,
                       const std::string& schema) {
  if (options.vector_index == VectorIndexKind::none) return;
  const char* method = options.vector_index == VectorIndexKind::hnsw ? "hnsw" : "ivfflat";
  const std::string indexed =
      options.binary
          ? fmt::format("(binary_quantize(embedding)::bit({})) bit_hamming_ops", options.dimension)
          : fmt::format("embedding {}_{}", options.half ? "halfvec" : "vector",
                        operator_class(options.metric));
  sql.script(fmt::format("CREATE INDEX IF NOT EXISTS items_embedding ON {}.items USING {} ({})",
                         schema, method, indexed));
}

}  // namespace

void make_item_tables(SqlConnection& sql, const PostgresOptions& options,
                      const std::string& schema) {
  sql.script(
      fmt::format("CREATE TABLE {0}.items ({1}, PRIMARY KEY (key));"
                  "CREATE INDEX ON {0}.items USING gin (paths);"
                  "CREATE TABLE {0}.postings ({2}, PRIMARY KEY (term, key));"
                  "CREATE INDEX ON {0}.postings (key);"
                  "CREATE TABLE {0}.term_counts ({3}, PRIMARY KEY (term));"
                  "CREATE INDEX ON {0}.term_counts (char_length(term));"
                  "INSERT INTO {0}.term_counts VALUES ('', 0)",
                  schema, item_columns(options), kPostingColumns, kCountColumns));
  if (!options.index_later) make_vector_index(sql, options, schema);
}

void build_vector_index(SqlConnection& sql, const PostgresOptions& options,
                        const std::string& schema) {
  SqlTransaction transaction(sql);
  // A graph that does not fit into this is built many times slower.
  const std::size_t row_bytes = options.dimension * (options.half ? 2 : 4) + 512;
  constexpr std::size_t kMostKilobytes = 1'000'000;
  sql.run(
      "SELECT set_config('maintenance_work_mem', greatest(setting::bigint, least($1::bigint, "
      "(SELECT count(*) FROM " +
          schema +
          ".items) * $2::bigint / 1000 * 5 / 4))::text, true) FROM pg_settings WHERE name = "
          "'maintenance_work_mem'",
      {std::to_string(kMostKilobytes), std::to_string(row_bytes)});
  make_vector_index(sql, options, schema);
  transaction.commit();
  sql.script(fmt::format("ANALYZE {0}.items, {0}.postings, {0}.term_counts", schema));
}

namespace {

// {0} the schema, {1} SET search_path, {2} the vectors' type. Every statement touches tables of one
// kind, distributed by Citus or not: it refuses to change a local table by what a distributed one
// holds.
constexpr const char* kFunctions = R"(
CREATE FUNCTION {0}.forget(gone_keys bigint[]) RETURNS void LANGUAGE plpgsql {1} AS $$
DECLARE gone_terms text[]; gone_counts bigint[];
BEGIN
  SELECT array_agg(term), array_agg(n) INTO gone_terms, gone_counts
    FROM (SELECT term, count(*) AS n FROM postings WHERE key = ANY (gone_keys) GROUP BY term) AS gone;
  DELETE FROM postings WHERE key = ANY (gone_keys);
  UPDATE term_counts AS t SET documents = t.documents - gone.n
    FROM unnest(gone_terms, gone_counts) AS gone(term, n) WHERE t.term = gone.term;
END $$;

CREATE FUNCTION {0}.write(rows jsonb, terms text[], term_keys bigint[], impacts smallint[])
RETURNS void LANGUAGE plpgsql {1} AS $$
DECLARE
  row_keys bigint[] := ARRAY(SELECT key FROM jsonb_to_recordset(rows) AS r(key bigint));
  row_ids text[] := ARRAY(SELECT id FROM jsonb_to_recordset(rows) AS r(id text));
  known_keys bigint[]; others bigint;
BEGIN
  SELECT coalesce(array_agg(key), '{{}}'), count(*) FILTER (WHERE id <> ALL (row_ids))
    INTO known_keys, others FROM items WHERE key = ANY (row_keys);
  IF others > 0 THEN
    RAISE EXCEPTION 'an item''s id has the same 63 bits of SHA-256 as that of another'
      USING DETAIL = 'give it another id';
  END IF;
  IF cardinality(known_keys) > 0 THEN PERFORM forget(known_keys); END IF;
  INSERT INTO items
    SELECT key, id, decode(payload, 'hex'), decode(fields, 'hex'),
      ARRAY(SELECT jsonb_array_elements_text(tags)), ARRAY(SELECT jsonb_array_elements_text(paths)),
      numbers, embedding::{2}
    FROM jsonb_to_recordset(rows) AS r(key bigint, id text, payload text, fields text, tags jsonb,
      paths jsonb, numbers jsonb, embedding text)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, fields = excluded.fields,
      tags = excluded.tags, paths = excluded.paths, numbers = excluded.numbers,
      embedding = excluded.embedding;
  INSERT INTO postings SELECT * FROM unnest(terms, term_keys, impacts);
  INSERT INTO term_counts AS t
    SELECT term, count(*) FROM (
      SELECT unnest(terms) AS term UNION ALL
      SELECT '' FROM generate_series(1, cardinality(row_keys) - cardinality(known_keys))) AS words
    GROUP BY term
    ON CONFLICT (term) DO UPDATE SET documents = t.documents + excluded.documents;
END $$;

CREATE FUNCTION {0}.erase(keys bigint[], ids text[]) RETURNS bigint LANGUAGE plpgsql {1} AS $$
DECLARE gone_keys bigint[];
BEGIN
  SELECT coalesce(array_agg(key), '{{}}') INTO gone_keys
    FROM items WHERE key = ANY (keys) AND id = ANY (ids);
  DELETE FROM items WHERE key = ANY (gone_keys);
  PERFORM forget(gone_keys);
  UPDATE term_counts SET documents = documents - cardinality(gone_keys) WHERE term = '';
  RETURN cardinality(gone_keys);
END $$)";

}  // namespace

// They are called by connections with any search_path, postgres_fdw's above all.
void make_functions(SqlConnection& sql, const PostgresOptions& options, const std::string& schema) {
  const std::string extension(
      sql.run("SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'vector'")
          .text(0, 0));
  const std::string path = fmt::format("SET search_path = {}, {}, pg_catalog", schema, extension);
  sql.script(fmt::format(kFunctions, schema, path, sql_vector_type(options)));
}

void make_tables(SqlConnection& sql, const PostgresOptions& options) {
  const std::string& schema = options.schema;
  sql.script("CREATE EXTENSION IF NOT EXISTS vector");
  if (options.citus) {
    need_extension(sql, "citus", "install Citus, or name the partitions' servers instead");
  }
  sql.script("CREATE SCHEMA " + schema);
  write_settings(sql, schema, settings_of_head(options));
  make_item_tables(sql, options, schema);
  if (options.citus) {
    sql.script(
        fmt::format("SELECT create_distributed_table('{0}.items', 'key');"
                    "SELECT create_distributed_table('{0}.postings', 'key', colocate_with => "
                    "'{0}.items')",
                    schema));
  }
  make_functions(sql, options, schema);
}

}  // namespace kindred::search
