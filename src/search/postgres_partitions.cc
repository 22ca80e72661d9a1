#include "search/postgres_partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>
#include <vector>

#include "base/error.h"
#include "search/postgres_schema.h"

namespace kindred::search {
namespace {

constexpr const char* kFdwAdvice =
    "install its contrib package (postgresql-contrib), which asks the partitions' servers";
constexpr const char* kInboxColumns =
    "items jsonb, terms text[], term_keys bigint[], impacts smallint[], erased bigint[], "
    "erased_ids text[]";

std::string part_schema(const std::string& schema, std::size_t part) {
  return fmt::format("{}_{}", schema, part);
}

Settings settings_of_part(const PostgresOptions& options, std::size_t part,
                          const std::string& collection) {
  Settings settings = settings_of(options);
  settings["part"] = std::to_string(part);
  settings["collection"] = collection;
  return settings;
}

// Whether make_part made it. Errors: bad_input where the schema holds anything else, or items.
bool is_made(SqlConnection& sql, const std::string& schema, const Settings& settings) {
  if (!has_schema(sql, schema)) return false;
  if (read_settings(sql, schema) != settings ||
      sql.run("SELECT 1 FROM " + schema + ".items LIMIT 1").size() > 0) {
    fail(ErrorKind::bad_input,
         "a partition's database has a schema '{}' already, with items or of other settings; drop "
         "it, or choose another name (--schema)",
         schema);
  }
  return true;
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
    applied += hnsw ? " || set_config('hnsw.iterative_scan', 'relaxed_order', true)"
                    : " || set_config('ivfflat.iterative_scan', 'relaxed_order', true)";
  }
  sql.script(
      fmt::format("CREATE VIEW {}.effort AS SELECT n AS value, {} AS applied FROM "
                  "generate_series(1, 1000) AS n",
                  schema, applied));
}

std::string option_list(const std::vector<ConnectionOption>& options) {
  std::string list;
  for (const ConnectionOption& option : options) {
    list += list.empty() ? "OPTIONS (" : ", ";
    list += option.name + " " + sql_literal(option.value);
  }
  return list.empty() ? list : list + ")";
}

// How another machine reaches the server that `sql` was connected to by `url`: what defaults, the
// environment and services added is known here alone.
std::vector<ConnectionOption> address_for_others(const SqlConnection& sql, const std::string& url) {
  std::set<std::string> names = {"host", "hostaddr", "port", "dbname", "user"};
  for (const ConnectionOption& option : parse_address(url)) names.insert(option.name);
  for (const char* mine : {"service", "servicefile", "passfile", "password"}) names.erase(mine);
  std::vector<ConnectionOption> address = sql.options();
  std::erase_if(address, [&](const auto& option) { return !names.contains(option.name); });
  return address;
}

// The password, where that server asks for one, goes into the user mapping: PostgreSQL shows it to
// its owner and to superusers alone.
void link_server(SqlConnection& sql, const std::string& name, const Partition& partition) {
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
  for (const ConnectionOption& option : partition.address) {
    const bool of_user = option.name == "user" || option.name == "sslcert" ||
                         option.name == "sslkey" || option.name == "sslpassword";
    (of_user ? user : server).push_back(option);
  }
  if (!partition.password.empty()) user.push_back({"password", partition.password});
  for (const auto& [option, value] : {std::pair{"connect_timeout", "5"},
                                      {"keepalives_idle", "30"},
                                      {"keepalives_interval", "10"},
                                      {"keepalives_count", "3"},
                                      {"tcp_user_timeout", "60000"}}) {
    const auto same = [wanted = option](const ConnectionOption& other) {
      return other.name == wanted;
    };
    if (std::none_of(server.begin(), server.end(), same)) server.push_back({option, value});
  }
  // What an earlier collection of the name left behind.
  sql.script(
      fmt::format("DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER {0};"
                  "DROP SERVER IF EXISTS {0};"
                  "CREATE SERVER {0} FOREIGN DATA WRAPPER postgres_fdw {1};"
                  "CREATE USER MAPPING FOR CURRENT_USER SERVER {0} {2}",
                  name, option_list(server), option_list(user)));
}

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
  if (rows.size() == 0) {
    fail(ErrorKind::bad_input,
         "the foreign server {} has no user mapping of the present user; connect as the one who "
         "made it",
         server);
  }
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

std::string collection_name(SqlConnection& sql, const std::string& schema) {
  return fmt::format(
      "{}/{}",
      sql.run("SELECT system_identifier || '/' || current_database() FROM pg_control_system()")
          .text(0, 0),
      schema);
}

void check_head(SqlConnection& sql) {
  need_available(sql, "postgres_fdw", kFdwAdvice);
}

void check_part(const PostgresOptions& options, std::size_t part, const std::string& collection) {
  SqlConnection sql(options.partitions[part]);
  check_pgvector(sql, options);
  is_made(sql, part_schema(options.schema, part), settings_of_part(options, part, collection));
}

Partition make_part(const PostgresOptions& options, std::size_t part,
                    const std::string& collection) {
  SqlConnection sql(options.partitions[part]);
  const int minor = check_pgvector(sql, options);
  const std::string schema = part_schema(options.schema, part);
  const Settings settings = settings_of_part(options, part, collection);
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
  return {address_for_others(sql, options.partitions[part]), sql.password()};
}

void link_parts(SqlConnection& sql, const PostgresOptions& options,
                std::span<const Partition> partitions) {
  const std::string& schema = options.schema;
  const std::size_t parts = partitions.size();
  need_extension(sql, "vector", "install pgvector, for the types of the foreign tables");
  need_extension(sql, "postgres_fdw", kFdwAdvice);
  sql.script("CREATE SCHEMA " + schema);
  write_settings(sql, schema, settings_of_head(options));
  sql.script(
      fmt::format("CREATE TABLE {0}.items ({1}) PARTITION BY HASH (key);"
                  "CREATE TABLE {0}.postings ({2}) PARTITION BY HASH (key)",
                  schema, item_columns(options), kPostingColumns));
  std::string counts;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string server = fmt::format("{}_{}", schema, part);
    link_server(sql, server, partitions[part]);
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

void build_linked_indexes(SqlConnection& sql, const PostgresOptions& options, std::size_t parts) {
  std::vector<std::future<void>> builds;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string name = part_schema(options.schema, part);
    builds.push_back(
        std::async(std::launch::async, [address = address_of(sql, name), name, &options] {
          SqlConnection server(address);
          build_vector_index(server, options, name);
        }));
  }
  for (std::future<void>& build : builds) build.get();
}

void drop_linked_parts(SqlConnection& sql, const std::string& schema, std::size_t parts) {
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string name = part_schema(schema, part);
    SqlConnection(address_of(sql, name)).script("DROP SCHEMA IF EXISTS " + name + " CASCADE");
  }
}

bool drop_part(const std::string& url, const std::string& schema, std::size_t part,
               const std::string& collection) {
  const std::string name = part_schema(schema, part);
  SqlConnection sql(url);
  const Settings settings = read_settings(sql, name);
  const auto owner = settings.find("collection");
  if (owner == settings.end() || owner->second != collection) return false;
  sql.script("DROP SCHEMA " + name + " CASCADE");
  return true;
}

}  // namespace kindred::search
