// Where a catalogue lies. Tested by store_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/product.h"

namespace kindred::catalog {

struct UpsertCounts {
  std::uint64_t inserted = 0;
  std::uint64_t updated = 0;
  std::uint64_t unchanged = 0;
};

/// What became of a product.
struct Change {
  std::uint64_t sequence;  ///< rises with every change of the catalogue; gaps are possible
  std::string id;
  std::optional<Product> product;  ///< unset: it was removed
};

/// Products by id, in a database. Every call is one transaction, durable when it returns.
///
/// Each product that an `upsert` changes and each that a `remove` takes away gets the next sequence
/// number in the same transaction, and transactions become visible in the order of their numbers:
/// who has read the changes up to one number will find all later ones behind it.
///
/// Threads: one at a time; open one store a thread. Several processes may use one database. Errors:
/// exhausted for a full disk or a database that is locked for long; corrupt for a damaged one;
/// bad_input for one of another kind; not_found for a server that does not answer.
class Store {
 public:
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Stores each product under its id; of several with one id only the last is stored and counted.
  /// A product that is stored already as it is counts as unchanged.
  virtual UpsertCounts upsert(std::span<const Product> products) = 0;
  /// Upserts what `make` makes of the products that are stored under `ids`, in any order, in the
  /// same transaction: no other change comes between. What `make` throws ends it unchanged.
  using MakeProducts = std::function<std::vector<Product>(std::vector<Product> stored)>;
  virtual UpsertCounts update(std::span<const std::string> ids, const MakeProducts& make) = 0;
  virtual std::optional<Product> get(std::string_view id) = 0;
  /// How many there were.
  virtual std::uint64_t remove(std::span<const std::string> ids) = 0;
  /// The next products behind the id `after` ("": from the first), in the order of their ids'
  /// bytes.
  virtual std::vector<Product> page(std::string_view after, std::size_t limit) = 0;
  virtual std::uint64_t count() = 0;

  /// The next changes behind `after` (0: from the first), in their order: of each product only the
  /// latest, so that all of them together are the catalogue with what was removed.
  virtual std::vector<Change> changes(std::uint64_t after, std::size_t limit) = 0;
  /// How many `changes` has behind `after`.
  virtual std::uint64_t count_changes(std::uint64_t after) = 0;
  /// The highest sequence number given; 0 where nothing has changed ever.
  virtual std::uint64_t last_change() = 0;

  /// Reads everything. Errors: corrupt.
  virtual void verify() = 0;
  /// Writes a copy of this moment into the new file `path`. Errors: bad_input where the file
  /// exists; unsupported for a server, which has its own means.
  virtual void snapshot(const std::string& path) = 0;

 protected:
  Store() = default;
};

/// A SQLite file, made when there is none.
std::unique_ptr<Store> open_sqlite_store(const std::string& path);
/// A PostgreSQL database: "postgres://user@host/database" or "postgresql://…"; its table is made
/// when there is none.
std::unique_ptr<Store> open_postgres_store(const std::string& url);
/// Either, by the form of `target`.
std::unique_ptr<Store> open_store(const std::string& target);

}  // namespace kindred::catalog
