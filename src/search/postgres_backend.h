// Items in PostgreSQL, with pgvector. Tested by engine_test.cc and postgres_backend_test.cc, with a
// real server.
#pragma once

#include <memory>
#include <string>

#include "index/metric.h"
#include "search/backend.h"
#include "search/postgres_connection.h"

namespace kindred::search {

struct ResolvedWords;

enum class VectorIndexKind : std::uint8_t { none, hnsw, ivfflat };

struct PostgresOptions {
  std::size_t dimension = 0;
  index::Metric metric = index::Metric::cosine;
  VectorIndexKind vector_index = VectorIndexKind::hnsw;
  bool half = true;  ///< vectors in half precision (pgvector 0.7)
  bool binary =
      false;  ///< the index holds a bit a dimension; its best are ranked again (pgvector 0.7)
  std::string schema = "kindred";  ///< letters, digits and _: where the tables are
  Bm25 bm25 = {};

  void validate() const;  ///< Errors: bad_input
};

/// Tables: items (an item a row), postings (a row for each term of an item), term_counts (how many
/// items have a term; the empty term: all items) and settings. An item's key is taken from its id
/// by SHA-256, so that each table can be partitioned by key. Words are analysed and ranked as in
/// LexicalIndex: scores are equal where it has no deleted documents.
///
/// A misspelt word is compared with the terms of about its length on this side.
///
/// Threads: every method may run concurrently, each on a connection of its own; writes are one at a
/// time over all processes.
class PostgresBackend final : public Backend {
 public:
  /// Makes the tables. Errors: unsupported where pgvector is not installed or too old for the
  /// options; bad_input when they are there.
  static std::unique_ptr<PostgresBackend> create(const std::string& url,
                                                 const PostgresOptions& options);
  /// Errors: not_found.
  static std::unique_ptr<PostgresBackend> open(const std::string& url,
                                               const std::string& schema = "kindred");

  std::size_t dimension() const override { return options_.dimension; }
  const PostgresOptions& options() const noexcept { return options_; }
  void upsert(std::span<const Item> items) override;
  std::uint64_t erase(std::span<const std::string> ids) override;

  /// `recall` 1 is exact; below that HNSW looks at max(2 k, 40 … 400) nodes and IVFFlat at 1 … 20%
  /// of its lists. With a filter, iterative scans go on until k are found (pgvector 0.8).
  std::vector<RankedKey> nearest(std::span<const float> query, std::size_t k,
                                 const index::Filter* filter, double recall) const override;
  WordsResult find_words(const WordsQuery& query) const override;
  std::vector<TermScore> explain_words(const WordsQuery& query, std::uint64_t key) const override;
  Counts count(const CountRequest& request) const override;
  std::vector<std::uint64_t> first_by(const SortOrder& order, std::size_t k,
                                      const index::Filter* filter) const override;
  std::vector<StoredItem> fetch(std::span<const std::uint64_t> keys, bool vectors) const override;
  std::optional<std::uint64_t> find_id(const std::string& id) const override;

 private:
  PostgresBackend(std::string url, PostgresOptions options)
      : options_(std::move(options)), pool_(std::move(url)) {}
  std::string table(std::string_view name) const {
    return options_.schema + "." + std::string(name);
  }
  void make_tables(SqlConnection& sql) const;
  void write(SqlConnection& sql, std::span<const Item> items) const;
  void forget_words(SqlConnection& sql, const std::vector<std::uint64_t>& keys) const;
  std::string vector_type() const;
  std::string matches(const ResolvedWords& words, std::vector<std::string>& parameters) const;
  ResolvedWords resolve(SqlConnection& sql, const WordsQuery& query) const;

  PostgresOptions options_;
  int pgvector_minor_ = 0;  // of 0.x
  mutable SqlPool pool_;
};

/// The key of an item's id: the first 63 bits of its SHA-256.
std::uint64_t key_of_id(std::string_view id);

}  // namespace kindred::search
