// Items in PostgreSQL, with pgvector. Tested by engine_test.cc and postgres_backend_test.cc, with a
// real server.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "index/metric.h"
#include "search/backend.h"
#include "search/postgres_connection.h"

namespace kindred::search {

struct ResolvedWords;

/// Of the tables and functions.
inline constexpr int kPostgresVersion = 2;

enum class VectorIndexKind : std::uint8_t { none, hnsw, ivfflat };

struct PostgresOptions {
  std::size_t dimension = 0;
  index::Metric metric = index::Metric::cosine;
  VectorIndexKind vector_index = VectorIndexKind::hnsw;
  bool half = true;  ///< vectors in half precision (pgvector 0.7)
  bool binary =
      false;  ///< the index holds a bit a dimension; its best are ranked again (pgvector 0.7)
  std::string schema = "kindred";  ///< letters, digits and _: where the tables are
  /// Addresses of the servers that hold the items, as the server that is asked reaches them; empty:
  /// it holds them itself. A server may be named several times, to be moved apart later.
  std::vector<std::string> partitions = {};
  bool index_later = false;  ///< create leaves the index of vectors to build_index
  bool citus = false;        ///< distribute the tables by Citus, which the server must have
  Bm25 bm25 = {};

  void validate() const;  ///< Errors: bad_input
};

/// Tables: items (an item a row), postings (a row for each term of an item), term_counts (how many
/// items have a term; the empty term: all items) and settings. An item's key is taken from its id
/// by SHA-256, so that items and postings can be partitioned by key. Words are analysed and ranked
/// as in LexicalIndex: scores are equal where it has no deleted documents.
///
/// With partitions, each of their servers holds those tables for its hash of the keys, and the one
/// that is asked has foreign tables (postgres_fdw, PostgreSQL 14). A search asks all of them at
/// once, each for its own best; a write is one transaction on all of them, which postgres_fdw
/// commits one server after another: one that dies in that moment keeps its part of a batch from
/// being written, and writing the batch again puts it right. Where one does not answer, every
/// search and every write is refused (not_found), and nothing of the batch is written.
///
/// A misspelt word is compared with the terms of about its length on this side.
///
/// Threads: every method may run concurrently, each on a connection of its own; writes are one at a
/// time over all processes.
class PostgresBackend final : public Backend {
 public:
  /// Makes the tables, and those of the partitions. Errors: unsupported where pgvector,
  /// postgres_fdw or Citus is asked for and not installed, or too old; bad_input when they are
  /// there.
  static std::unique_ptr<PostgresBackend> create(const std::string& url,
                                                 const PostgresOptions& options);
  /// Errors: not_found.
  static std::unique_ptr<PostgresBackend> open(const std::string& url,
                                               const std::string& schema = "kindred");

  /// Whether create would find everything as it needs it, before it makes anything. Errors: those
  /// of create.
  static void check_free(const std::string& url, const PostgresOptions& options);

  /// Removes the tables, those of the partitions first; false where there were none. `partitions`
  /// are needed where creating them was interrupted, and only then; nothing of another collection
  /// is touched. Errors: not_found where a partition's server does not answer; then what is left
  /// can be dropped again.
  static bool drop(const std::string& url, const std::string& schema = "kindred",
                   std::span<const std::string> partitions = {});

  std::size_t dimension() const override { return options_.dimension; }
  /// Opened, they do not tell where the partitions are: that is PostgreSQL's to know.
  const PostgresOptions& options() const noexcept { return options_; }
  std::size_t partitions() const noexcept { return parts_; }  ///< 0: none
  /// Whether build_index was called, or need not be.
  bool indexed() const noexcept { return indexed_; }
  /// Makes the index of vectors over what is there, on all partitions at once, and the planner's
  /// statistics: many times faster than row by row. Takes up to 1 GB of the server's memory
  /// (maintenance_work_mem); writers wait. Done again, it is gone on with.
  void build_index();
  void upsert(std::span<const Item> items) override;
  std::uint64_t erase(std::span<const std::string> ids) override;

  /// `recall` 1 is exact; below that HNSW looks at max(2 k, 40 … 400) nodes and IVFFlat at 1 … 20%
  /// of its lists. With a filter, iterative scans go on until k are found (pgvector 0.8); where it
  /// admits few thousand items, all of these are looked at.
  std::vector<RankedKey> nearest(std::span<const float> query, std::size_t k,
                                 const index::Filter* filter, double recall) const override;
  WordsResult find_words(const WordsQuery& query) const override;
  std::vector<TermScore> explain_words(const WordsQuery& query, std::uint64_t key) const override;
  Counts count(const CountRequest& request) const override;
  std::vector<std::uint64_t> first_by(const SortOrder& order, std::size_t k,
                                      const index::Filter* filter) const override;
  index::FieldKinds field_kinds(std::string_view name, index::FieldUse use) const override;
  std::vector<std::string> field_names() const override;
  std::vector<StoredItem> fetch(std::span<const std::uint64_t> keys, bool vectors) const override;
  std::optional<std::uint64_t> find_id(const std::string& id) const override;
  std::vector<std::uint64_t> find_ids(std::span<const std::string> ids) const override;

 private:
  PostgresBackend(std::string url, PostgresOptions options)
      : options_(std::move(options)), pool_(std::move(url)) {}
  std::string table(std::string_view name) const {
    return options_.schema + "." + std::string(name);
  }
  void lock_for_writing(SqlConnection& sql) const;
  void write(SqlConnection& sql, std::span<const Item> items) const;
  std::vector<std::size_t> parts_of(SqlConnection& sql, std::span<const std::uint64_t> keys) const;
  void leave_to_parts(SqlConnection& sql) const;
  bool admits_few(SqlConnection& sql, const index::Filter& filter) const;
  void set_effort(SqlConnection& sql, std::size_t k, double recall) const;
  ResolvedWords resolve(SqlConnection& sql, const WordsQuery& query) const;
  /// `select` of "" where there are no partitions, else of each partition's suffix, together.
  template <typename Select>
  std::string each_part(Select select) const;

  PostgresOptions options_;
  std::size_t parts_ = 0;
  bool indexed_ = true;
  int pgvector_minor_ = 0;  // of 0.x
  mutable SqlPool pool_;
  mutable std::mutex kinds_mutex_;
  mutable std::map<std::string, index::FieldKinds, std::less<>> kinds_;  // that were seen
};

/// The key of an item's id: the first 63 bits of its SHA-256.
std::uint64_t key_of_id(std::string_view id);

}  // namespace kindred::search
