// The tables and functions that hold items in PostgreSQL, on one server. Tested by
// postgres_backend_test.cc, with a real server.
#pragma once

#include <map>
#include <string>

#include "search/postgres_backend.h"
#include "search/postgres_connection.h"

namespace kindred::search {

/// The table `settings`, by name.
using Settings = std::map<std::string, std::string>;

inline constexpr const char* kPostingColumns =
    "term text COLLATE \"C\" NOT NULL, key bigint NOT NULL, impact smallint NOT NULL";
inline constexpr const char* kCountColumns =
    "term text COLLATE \"C\" NOT NULL, documents bigint NOT NULL";
std::string item_columns(const PostgresOptions& options);

/// The type of the vectors' column: halfvec(384) and the like.
std::string sql_vector_type(const PostgresOptions& options);

/// The minor number of pgvector 0.x that the server has. Errors: unsupported where it has none, or
/// one too old for the options.
int check_pgvector(SqlConnection& sql, const PostgresOptions& options);
/// Errors: unsupported, with `advice`, where the server does not have the extension to make.
void need_available(SqlConnection& sql, const std::string& name, const std::string& advice);
/// Makes it where it is not there yet.
void need_extension(SqlConnection& sql, const std::string& name, const std::string& advice);

bool has_schema(SqlConnection& sql, const std::string& schema);
/// Errors: bad_input where there is a schema of the name.
void check_schema_is_free(SqlConnection& sql, const std::string& schema);

Settings settings_of(const PostgresOptions& options);
/// With "indexed" besides, which build_index sets: for the server that is asked.
Settings settings_of_head(const PostgresOptions& options);
void write_settings(SqlConnection& sql, const std::string& schema, const Settings& settings);
/// Empty where there are none.
Settings read_settings(SqlConnection& sql, const std::string& schema);

/// Everything on one server: settings, items, postings, term_counts, and the functions write and
/// erase, in options.schema. With options.citus the items and postings are distributed by key.
void make_tables(SqlConnection& sql, const PostgresOptions& options);
/// The index of vectors, unless there is one, and the planner's statistics.
void build_vector_index(SqlConnection& sql, const PostgresOptions& options,
                        const std::string& schema);
/// Of these: items, postings and term_counts with their indexes, in `schema`.
void make_item_tables(SqlConnection& sql, const PostgresOptions& options,
                      const std::string& schema);
/// And the functions that change the three together.
void make_functions(SqlConnection& sql, const PostgresOptions& options, const std::string& schema);

}  // namespace kindred::search
