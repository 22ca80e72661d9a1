// Items in PostgreSQL on several servers: a partition on each, and the foreign tables of the server
// that is asked. Tested by postgres_partitions_test.cc, with real servers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "search/postgres_backend.h"
#include "search/postgres_connection.h"

namespace kindred::search {

/// A partition's server, as it was reached when its tables were made.
struct Partition {
  std::vector<ConnectionOption> address;
  std::string password;  ///< empty where it asked for none
};

/// What the partitions of a schema of this database have in common with no other's: the server's
/// identity, the database and the schema.
std::string collection_name(SqlConnection& sql, const std::string& schema);

/// Whether link_parts can. Errors: unsupported without postgres_fdw.
void check_head(SqlConnection& sql);

/// Whether make_part can: the server answers, has pgvector, and its schema is free or was made by
/// an interrupted call. Errors: those of make_part.
void check_part(const PostgresOptions& options, std::size_t part, const std::string& collection);

/// Partition `part` on the server of its address: the tables of make_tables in the schema
/// SCHEMA_PART, with what lets another server write to them (an inbox, whose trigger calls write
/// and erase) and choose the effort of a vector search (a view that sets it when it is read). Doing
/// it again changes nothing. Errors: bad_input where the schema holds something else, or items.
Partition make_part(const PostgresOptions& options, std::size_t part,
                    const std::string& collection);

/// On the server that is asked: the partitions as foreign tables. Errors: unsupported without
/// postgres_fdw.
void link_parts(SqlConnection& sql, const PostgresOptions& options,
                std::span<const Partition> partitions);

/// build_vector_index of make_part's tables, on all servers at once.
void build_linked_indexes(SqlConnection& sql, const PostgresOptions& options, std::size_t parts);

/// What make_part made, wherever the foreign servers say that it is now.
void drop_linked_parts(SqlConnection& sql, const std::string& schema, std::size_t parts);
/// The same before link_parts: nothing, and false, where it is not of the collection.
bool drop_part(const std::string& url, const std::string& schema, std::size_t part,
               const std::string& collection);

}  // namespace kindred::search
