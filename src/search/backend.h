// What holds the items of a search: the embedded index, or PostgreSQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "index/field_check.h"
#include "index/fields.h"
#include "index/filter.h"
#include "search/fusion.h"
#include "search/lexical_document.h"
#include "search/lexical_index.h"

namespace kindred::search {

/// By a number; items without it come last, ties by relevance.
struct SortOrder {
  std::string field;
  bool descending = false;
};

/// An item as it is written.
struct Item {
  std::string id;  ///< never empty
  std::vector<FieldText> texts;
  index::FieldValues fields;
  std::string payload;        ///< the caller's bytes, given back with a hit
  std::vector<float> vector;  ///< of the backend's dimension

  void validate(std::size_t dimension) const;  ///< Errors: bad_input, naming the id
};

/// An item as it is found.
struct StoredItem {
  std::uint64_t key = 0;
  std::string id = {};
  index::FieldValues fields = {};
  std::string payload = {};
  std::vector<float> vector = {};  ///< where asked for
};

/// Threads: every method may run concurrently. A write is durable when it returns.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::size_t dimension() const = 0;
  /// Replaces items with the same ids.
  virtual void upsert(std::span<const Item> items) = 0;
  /// How many there were.
  virtual std::uint64_t erase(std::span<const std::string> ids) = 0;

  /// The k nearest admitted items, best first, larger scores better.
  virtual std::vector<RankedKey> nearest(std::span<const float> query, std::size_t k,
                                         const index::Filter* filter, double recall) const = 0;
  virtual WordsResult find_words(const WordsQuery& query) const = 0;
  virtual std::vector<TermScore> explain_words(const WordsQuery& query,
                                               std::uint64_t key) const = 0;
  virtual Counts count(const CountRequest& request) const = 0;
  /// As LexicalIndex::first_by.
  virtual std::vector<std::uint64_t> first_by(const SortOrder& order, std::size_t k,
                                              const index::Filter* filter) const = 0;

  /// What items have under a name, as far as the use asks for it, and all names, sorted; those of
  /// items that are gone may be among them. `field_names` is for messages, and may look at some of
  /// the items alone.
  virtual index::FieldKinds field_kinds(std::string_view name, index::FieldUse use) const = 0;
  virtual std::vector<std::string> field_names() const = 0;

  /// In the order of the keys; items that are gone are left out.
  virtual std::vector<StoredItem> fetch(std::span<const std::uint64_t> keys,
                                        bool vectors) const = 0;
  virtual std::optional<std::uint64_t> find_id(const std::string& id) const = 0;
  /// Those of many, in any order, without those that are not there.
  virtual std::vector<std::uint64_t> find_ids(std::span<const std::string> ids) const {
    std::vector<std::uint64_t> keys;
    for (const std::string& id : ids) {
      if (const auto key = find_id(id)) keys.push_back(*key);
    }
    return keys;
  }

 protected:
  Backend() = default;
};

}  // namespace kindred::search
