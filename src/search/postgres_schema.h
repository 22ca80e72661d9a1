// The tables and functions that hold items in PostgreSQL, on one server or on several. Tested by
// postgres_backend_test.cc and postgres_partitions_test.cc, with real servers.
#pragma once

#include <cstddef>
#include <string>

#include "search/postgres_backend.h"
#include "search/postgres_connection.h"

namespace kindred::search {

/// The type of the vectors' column: halfvec(384) and the like.
std::string sql_vector_type(const PostgresOptions& options);

/// The minor number of pgvector 0.x that the server has. Errors: unsupported where it has none, or
/// one too old for the options.
int check_pgvector(SqlConnection& sql, const PostgresOptions& options);

/// Everything on one server: settings, items, postings, term_counts, and the functions write and
/// erase, in options.schema. With options.citus the items and postings are distributed by key.
void make_tables(SqlConnection& sql, const PostgresOptions& options);

/// Partition `part` on the server of its address: the tables of make_tables in the schema
/// SCHEMA_PART, with what lets another server write to them (an inbox, whose trigger calls write
/// and erase) and choose the effort of a vector search (a view that sets it when it is read). Doing
/// it again changes nothing. Errors: bad_input where the schema holds something else, or items.
void make_part(const PostgresOptions& options, std::size_t part);

/// On the server that is asked: the partitions as foreign tables. Errors: unsupported without
/// postgres_fdw.
void link_parts(SqlConnection& sql, const PostgresOptions& options);

/// What make_tables made, or link_parts and make_part.
void drop_tables(SqlConnection& sql, const std::string& schema, std::size_t parts);

}  // namespace kindred::search
