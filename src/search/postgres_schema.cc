#include "search/postgres_schema.h"

#include <fmt/format.h>

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

bool has_schema(SqlConnection& sql, const std::string& schema) {
  return sql.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema}).size() > 0;
}

void need_extension(SqlConnection& sql, const std::string& name, const std::string& why) {
  if (sql.run("SELECT 1 FROM pg_available_extensions WHERE name = $1", {name}).size() == 0) {
    fail(ErrorKind::unsupported, "the PostgreSQL server has no {}; {}", name, why);
  }
  sql.script("CREATE EXTENSION IF NOT EXISTS " + name);
}

std::map<std::string, std::string> settings_of(const PostgresOptions& options) {
  return {{"version", std::to_string(kPostgresVersion)},
          {"dimension", std::to_string(options.dimension)},
          {"metric", std::to_string(static_cast<int>(options.metric))},
          {"vector_index", std::to_string(static_cast<int>(options.vector_index))},
          {"half", std::to_string(options.half)},
          {"binary", std::to_string(options.binary)},
          {"k1", fmt::format("{}", options.bm25.k1)},
          {"b", fmt::format("{}", options.bm25.b)},
          {"pivot", fmt::format("{}", options.bm25.pivot)},
          {"partitions", std::to_string(options.partitions.size())}};
}

void write_settings(SqlConnection& sql, const std::string& schema,
                    const std::map<std::string, std::string>& settings) {
  sql.script(
      fmt::format("CREATE TABLE {}.settings (name text PRIMARY KEY, value text NOT NULL)", schema));
  for (const auto& [name, value] : settings)
    sql.run("INSERT INTO " + schema + ".settings VALUES ($1, $2)", {name, value});
}

constexpr const char* kPostingColumns =
    "term text COLLATE \"C\" NOT NULL, key bigint NOT NULL, impact smallint NOT NULL";
constexpr const char* kCountColumns = "term text COLLATE \"C\" NOT NULL, documents bigint NOT NULL";
constexpr const char* kInboxColumns =
    "items jsonb, terms text[], term_keys bigint[], impacts smallint[], erased bigint[], "
    "erased_ids "
    "text[]";

std::string item_columns(const PostgresOptions& options) {
  return fmt::format(
      "key bigint NOT NULL, id text NOT NULL, payload bytea NOT NULL, fields bytea NOT NULL, tags "
      "text[] NOT NULL, paths text[] NOT NULL, numbers jsonb NOT NULL, embedding {} NOT NULL",
      sql_vector_type(options));
}

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
  if (options.vector_index == VectorIndexKind::none) return;
  const char* method = options.vector_index == VectorIndexKind::hnsw ? "hnsw" : "ivfflat";
  const std::string indexed =
      options.binary
          ? fmt::format("(binary_quantize(embedding)::bit({})) bit_hamming_ops", options.dimension)
          : fmt::format("embedding {}_{}", options.half ? "halfvec" : "vector",
                        operator_class(options.metric));
  sql.script(fmt::format("CREATE INDEX items_embedding ON {}.items USING {} ({})", schema, method,
                         indexed));
}

// The functions that change items, their words and the counts of these together. They are called by
// connections with any search_path, postgres_fdw's above all.
void make_functions(SqlConnection& sql, const PostgresOptions& options, const std::string& schema) {
  const std::string extension(
      sql.run("SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'vector'")
          .text(0, 0));
  const std::string path = fmt::format("SET search_path = {}, {}, pg_catalog", schema, extension);
  sql.script(fmt::format(
      "CREATE FUNCTION {0}.forget(gone_keys bigint[]) RETURNS void LANGUAGE sql {1} AS $$ "
      "WITH gone AS (DELETE FROM postings WHERE key = ANY (gone_keys) RETURNING term), "
      "counts AS (SELECT term, count(*) AS documents FROM gone GROUP BY term) "
      "UPDATE term_counts AS t SET documents = t.documents - counts.documents FROM counts "
      "WHERE t.term = counts.term $$;"

      "CREATE FUNCTION {0}.write(rows jsonb, terms text[], term_keys bigint[], impacts smallint[]) "
      "RETURNS void LANGUAGE plpgsql {1} AS $$ "
      "DECLARE known bigint; others bigint; "
      "BEGIN "
      "SELECT count(*), count(*) FILTER (WHERE i.id <> r.id) INTO known, others "
      "FROM jsonb_to_recordset(rows) AS r(key bigint, id text) JOIN items AS i USING (key); "
      "IF others > 0 THEN RAISE EXCEPTION 'an item''s id has the same 63 bits of SHA-256 as that "
      "of "
      "another; give it another id'; END IF; "
      "PERFORM forget(ARRAY(SELECT key FROM jsonb_to_recordset(rows) AS r(key bigint))); "
      "INSERT INTO items SELECT key, id, decode(payload, 'hex'), decode(fields, 'hex'), "
      "ARRAY(SELECT jsonb_array_elements_text(tags)), ARRAY(SELECT "
      "jsonb_array_elements_text(paths)), "
      "numbers, embedding::{2} FROM jsonb_to_recordset(rows) AS r(key bigint, id text, payload "
      "text, "
      "fields text, tags jsonb, paths jsonb, numbers jsonb, embedding text) ORDER BY key "
      "ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, fields = excluded.fields, "
      "tags = excluded.tags, paths = excluded.paths, numbers = excluded.numbers, "
      "embedding = excluded.embedding; "
      "INSERT INTO postings SELECT * FROM unnest(terms, term_keys, impacts); "
      "INSERT INTO term_counts AS t SELECT term, count(*) FROM (SELECT unnest(terms) AS term "
      "UNION ALL SELECT '' FROM generate_series(1, jsonb_array_length(rows) - known)) AS words "
      "GROUP BY term ON CONFLICT (term) DO UPDATE SET documents = t.documents + "
      "excluded.documents; "
      "END $$;"

      "CREATE FUNCTION {0}.erase(keys bigint[], ids text[]) RETURNS bigint LANGUAGE plpgsql {1} AS "
      "$$ "
      "DECLARE gone_keys bigint[]; "
      "BEGIN "
      "WITH gone AS (DELETE FROM items WHERE key = ANY (keys) AND id = ANY (ids) RETURNING key) "
      "SELECT coalesce(array_agg(key), '{{}}') INTO gone_keys FROM gone; "
      "PERFORM forget(gone_keys); "
      "UPDATE term_counts SET documents = documents - cardinality(gone_keys) WHERE term = ''; "
      "RETURN cardinality(gone_keys); "
      "END $$",
      schema, path, sql_vector_type(options)));
}

void make_entrance(SqlConnection& sql, const PostgresOptions& options, const std::string& schema,
                   int pgvector_minor) {
  sql.script(fmt::format(
      "CREATE TABLE {0}.inbox ({1});"
      "CREATE FUNCTION {0}.take() RETURNS trigger LANGUAGE plpgsql SET search_path = {0}, "
      "pg_catalog "
      "AS $$ BEGIN "
      "IF NEW.items IS NOT NULL THEN PERFORM write(NEW.items, NEW.terms, NEW.term_keys, "
      "NEW.impacts); END IF; "
      "IF NEW.erased IS NOT NULL THEN PERFORM erase(NEW.erased, NEW.erased_ids); END IF; "
      "RETURN NULL; END $$;"
      "CREATE TRIGGER take BEFORE INSERT ON {0}.inbox FOR EACH ROW EXECUTE FUNCTION {0}.take()",
      schema, kInboxColumns));
  const bool hnsw = options.vector_index == VectorIndexKind::hnsw;
  std::string applied =
      fmt::format("set_config('{}', n::text, true)", hnsw ? "hnsw.ef_search" : "ivfflat.probes");
  if (pgvector_minor >= 8) {
    applied += hnsw ? " || set_config('hnsw.iterative_scan', 'strict_order', true)"
                    : " || set_config('ivfflat.iterative_scan', 'relaxed_order', true)";
  }
  sql.script(
      fmt::format("CREATE VIEW {}.effort AS SELECT n AS value, {} AS applied FROM "
                  "generate_series(1, 1000) AS n",
                  schema, applied));
}

// True where the schema is there already, as make_part left it.
bool is_made(SqlConnection& sql, const std::string& schema,
             const std::map<std::string, std::string>& settings) {
  if (!has_schema(sql, schema)) return false;
  std::map<std::string, std::string> there;
  if (sql.run("SELECT to_regclass($1) IS NOT NULL", {schema + ".settings"}).text(0, 0) == "t") {
    const SqlRows rows = sql.run("SELECT name, value FROM " + schema + ".settings");
    for (std::size_t row = 0; row < rows.size(); ++row)
      there[std::string(rows.text(row, 0))] = rows.text(row, 1);
  }
  if (there != settings || sql.run("SELECT 1 FROM " + schema + ".items LIMIT 1").size() > 0) {
    fail(ErrorKind::bad_input,
         "a partition's database has a schema '{}' already, with items or of other settings; drop "
         "it, or choose another name",
         schema);
  }
  return true;
}

struct ConnectionOption {
  std::string name;
  std::string value;
};

std::vector<ConnectionOption> parse_address(const std::string& url) {
  char* problem = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &problem);
  if (parsed == nullptr) {
    const std::string reason = problem == nullptr ? "no memory" : problem;
    PQfreemem(problem);
    fail(ErrorKind::bad_input, "a partition's address is not one of PostgreSQL: {}",
         reason.substr(0, reason.find('\n')));
  }
  std::vector<ConnectionOption> options;
  for (const PQconninfoOption* o = parsed; o->keyword != nullptr; ++o)
    if (o->val != nullptr) options.push_back({o->keyword, o->val});
  PQconninfoFree(parsed);
  return options;
}

std::string option_list(const std::vector<ConnectionOption>& options) {
  std::string list;
  for (const ConnectionOption& option : options) {
    list += list.empty() ? "OPTIONS (" : ", ";
    list += option.name + " " + sql_literal(option.value);
  }
  return list.empty() ? list : list + ")";
}

void link_server(SqlConnection& sql, const std::string& name, const std::string& url) {
  // A row that comes over costs far more than it takes to connect: so the planner leaves a LIMIT to
  // the partition, which else looks no better to it than its own.
  std::vector<ConnectionOption> server = {{"extensions", "vector"},
                                          {"async_capable", "true"},
                                          {"fetch_size", "1000"},
                                          {"fdw_startup_cost", "0"},
                                          {"fdw_tuple_cost", "100"}};
  if (sql.run("SELECT current_setting('server_version_num')").integer(0, 0) >= 150000)
    server.push_back({"parallel_commit", "true"});
  std::vector<ConnectionOption> user;
  bool timed = false;
  for (ConnectionOption& option : parse_address(url)) {
    timed = timed || option.name == "connect_timeout";
    const bool of_user = option.name == "user" || option.name == "password" ||
                         option.name == "sslcert" || option.name == "sslkey" ||
                         option.name == "sslpassword";
    (of_user ? user : server).push_back(std::move(option));
  }
  if (!timed) server.push_back({"connect_timeout", "5"});
  // What an earlier collection of the name left behind.
  sql.script(
      fmt::format("DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER {0};"
                  "DROP SERVER IF EXISTS {0};"
                  "CREATE SERVER {0} FOREIGN DATA WRAPPER postgres_fdw {1};"
                  "CREATE USER MAPPING FOR CURRENT_USER SERVER {0} {2}",
                  name, option_list(server), option_list(user)));
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

void make_tables(SqlConnection& sql, const PostgresOptions& options) {
  const std::string& schema = options.schema;
  sql.script("CREATE EXTENSION IF NOT EXISTS vector");
  if (options.citus) {
    need_extension(sql, "citus", "install Citus, or name the partitions' servers instead");
  }
  sql.script("CREATE SCHEMA " + schema);
  write_settings(sql, schema, settings_of(options));
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

void make_part(const PostgresOptions& options, std::size_t part) {
  SqlConnection sql(options.partitions[part]);
  const int minor = check_pgvector(sql, options);
  const std::string schema = fmt::format("{}_{}", options.schema, part);
  std::map<std::string, std::string> settings = settings_of(options);
  settings["part"] = std::to_string(part);
  SqlTransaction transaction(sql);
  if (!is_made(sql, schema, settings)) {
    sql.script("CREATE EXTENSION IF NOT EXISTS vector");
    sql.script("CREATE SCHEMA " + schema);
    write_settings(sql, schema, settings);
    make_item_tables(sql, options, schema);
    make_functions(sql, options, schema);
    make_entrance(sql, options, schema, minor);
  }
  transaction.commit();
}

void link_parts(SqlConnection& sql, const PostgresOptions& options) {
  const std::string& schema = options.schema;
  const std::size_t parts = options.partitions.size();
  need_extension(sql, "vector", "install pgvector, for the types of the foreign tables");
  need_extension(sql, "postgres_fdw",
                 "install its contrib package (postgresql-contrib), which asks the partitions' "
                 "servers");
  sql.script("CREATE SCHEMA " + schema);
  write_settings(sql, schema, settings_of(options));
  sql.script(
      fmt::format("CREATE TABLE {0}.items ({1}) PARTITION BY HASH (key);"
                  "CREATE TABLE {0}.postings ({2}) PARTITION BY HASH (key)",
                  schema, item_columns(options), kPostingColumns));
  std::string counts;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string server = fmt::format("{}_{}", schema, part);
    link_server(sql, server, options.partitions[part]);
    for (const char* table : {"items", "postings"}) {
      sql.script(fmt::format(
          "CREATE FOREIGN TABLE {0}.{1}_{2} PARTITION OF {0}.{1} FOR VALUES WITH (MODULUS {3}, "
          "REMAINDER {2}) SERVER {4} OPTIONS (schema_name '{4}', table_name '{1}')",
          schema, table, part, parts, server));
    }
    for (const auto& [table, columns] :
         {std::pair{"term_counts", kCountColumns}, std::pair{"inbox", kInboxColumns},
          std::pair{"effort", "value int, applied text"}}) {
      sql.script(
          fmt::format("CREATE FOREIGN TABLE {0}.{1}_{2} ({3}) SERVER {4} OPTIONS (schema_name "
                      "'{4}', table_name '{1}')",
                      schema, table, part, columns, server));
    }
    counts += fmt::format("{}SELECT term, documents FROM {}.term_counts_{}",
                          counts.empty() ? "" : " UNION ALL ", schema, part);
  }
  sql.script(fmt::format("CREATE VIEW {}.term_counts AS {}", schema, counts));
}

namespace {

// The address that a foreign server and its user mapping make.
std::string address_of(SqlConnection& sql, const std::string& server) {
  const SqlRows rows = sql.run(
      "SELECT o.option_name, o.option_value FROM pg_user_mappings AS m JOIN pg_foreign_server AS s "
      "ON "
      "s.oid = m.srvid, pg_options_to_table(s.srvoptions || m.umoptions) AS o "
      "WHERE s.srvname = $1 AND m.usename = CURRENT_USER AND o.option_name NOT IN "
      "('extensions', 'async_capable', 'fetch_size', 'parallel_commit', 'fdw_startup_cost', "
      "'fdw_tuple_cost')",
      {server});
  std::string address;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string value;
    for (const char c : rows.text(row, 1)) {
      if (c == '\\' || c == '\'') value += '\\';
      value += c;
    }
    address += fmt::format("{}='{}' ", rows.text(row, 0), value);
  }
  return address;
}

}  // namespace

void drop_tables(SqlConnection& sql, const std::string& schema, std::size_t parts) {
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string name = fmt::format("{}_{}", schema, part);
    SqlConnection(address_of(sql, name)).script("DROP SCHEMA IF EXISTS " + name + " CASCADE");
  }
  SqlTransaction transaction(sql);
  sql.script("DROP SCHEMA " + schema + " CASCADE");
  for (std::size_t part = 0; part < parts; ++part) {
    sql.script(fmt::format("DROP USER MAPPING FOR CURRENT_USER SERVER {0}_{1}; DROP SERVER {0}_{1}",
                           schema, part));
  }
  transaction.commit();
}

}  // namespace kindred::search
