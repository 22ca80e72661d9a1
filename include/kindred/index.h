// A collection of vectors on disk: searched while it is written, and safe from crashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kindred {

/// What "near" means. A score is larger for nearer.
enum class Distance {
  cosine,         ///< score: the cosine; vectors are normalised when they come in
  inner_product,  ///< score: the inner product
  euclidean,      ///< score: minus the squared distance
};

/// How vectors are found.
enum class IndexKind {
  automatic,  ///< flat while there are few, else ivf
  flat,       ///< every vector is looked at: exact
  ivf,        ///< inverted lists with small codes in memory
};

/// What an index is, for good.
struct IndexOptions {
  std::size_t dimension = 0;  ///< 1 to 4,096
  Distance distance = Distance::cosine;
  IndexKind kind = IndexKind::automatic;
  double recall = 0.95;     ///< that searches will ask for, on average
  std::string fingerprint;  ///< of the encoder (Encoder::fingerprint); empty: not checked
};

/// How it is used this time.
struct IndexUse {
  bool read_only = false;       ///< one process may write, any number may read
  std::uint64_t ram_bytes = 0;  ///< bounds what is held and built; 0: what the machine has free
  int threads = 0;              ///< 0: one a physical core
};

/// What rows are filtered by: a text or a number under a name; several texts may have one name.
struct IndexField {
  std::string name;
  std::variant<std::string, double> value;
};

/// A row to be stored.
struct IndexRow {
  std::optional<std::uint64_t> key;  ///< unset: that of the row with its id, or a new one
  std::string_view id;               ///< your own name of it; empty: none
  std::string_view payload;          ///< any bytes, given back by `get`
  std::span<const float> vector;     ///< `dimension` values
  std::span<const IndexField> fields = {};
};

struct IndexHit {
  std::uint64_t key;
  float score;
};

struct IndexQuery {
  std::span<const float> queries;  ///< count × dimension, row-major
  std::size_t k = 10;
  double recall = 0.0;           ///< 0: the index's own; 1: exact
  std::string_view fingerprint;  ///< of the encoder that made the queries; empty: not checked
  /// Rows that may be found, by their fields, such as `lang = zh AND price < 50`
  /// (docs/filters.md); empty: all. A field that no row has is an error (bad_input).
  std::string_view where = {};
  /// The same by any rule; empty: all. Called with the id and the payload of every row.
  std::function<bool(std::uint64_t key, std::string_view id, std::string_view payload)> filter;
};

struct IndexHits {
  std::vector<std::vector<IndexHit>> of_query;  ///< best first, ties by the lower key
};

struct StoredRow {
  std::uint64_t key;
  std::string id;
  std::string payload;
  std::vector<float> vector;  ///< as stored: rounded to what the index keeps
  std::vector<IndexField> fields = {};
};

/// A directory of vectors.
///
/// Threads: every method may run concurrently. A search sees one moment of the index and never
/// waits for writes. Writes are durable when their call returns. Errors: kindred::Error.
class Index {
 public:
  static Index create(const std::string& directory, const IndexOptions& options,
                      const IndexUse& use = {});
  static Index open(const std::string& directory, const IndexUse& use = {});
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  /// A row replaces those with its key or its id. Returns the keys.
  std::vector<std::uint64_t> insert(std::span<const IndexRow> rows);
  /// How many there were.
  std::uint64_t erase_keys(std::span<const std::uint64_t> keys);
  std::uint64_t erase_ids(std::span<const std::string_view> ids);

  IndexHits search(const IndexQuery& query) const;
  std::optional<StoredRow> get(std::uint64_t key) const;
  std::optional<StoredRow> get(std::string_view id) const;

  std::uint64_t size() const;  ///< rows
  std::size_t dimension() const;
  const std::string& fingerprint() const;

  /// One segment, nothing deleted in it.
  void compact();
  /// A copy of this moment in a new directory, by hard links.
  void snapshot(const std::string& to) const;
  /// Reads everything. Errors: corrupt.
  void verify() const;

  struct Impl;

 private:
  explicit Index(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred
