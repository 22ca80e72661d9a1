// What someone looked at or bought before a search, and how it bears on it. Tested by
// history_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "search/backend.h"

namespace kindred::search {

/// Vectors of items that were learned from sequences of them (item2vec: Barkan and Koenigstein,
/// "Item2Vec: Neural Item Embedding for Collaborative Filtering", 2016).
///
/// Threads: every method may run concurrently.
class ItemVectors {
 public:
  virtual ~ItemVectors() = default;

  virtual std::size_t dimension() const noexcept = 0;
  /// How many items have one.
  virtual std::size_t size() const noexcept = 0;
  /// What they are, so that a cursor belongs to one of them.
  virtual const std::string& name() const noexcept = 0;
  /// `out` (dimension() values) becomes the item's vector as part of a history, of length 1. False
  /// for an item that has none.
  virtual bool unit_vector(const std::string& id, float* out) const = 0;
  /// How well the item goes with a history of that vector; unset for an item that has none.
  virtual std::optional<double> score(const std::string& id,
                                      std::span<const float> history) const = 0;
  /// The k items of the highest score, best first.
  virtual std::vector<std::pair<std::string, double>> nearest(std::span<const float> history,
                                                              std::size_t k) const = 0;

 protected:
  ItemVectors() = default;
};

/// The default of History::decay and History::weight: docs/search.md says what they were measured
/// on.
inline constexpr double kHistoryDecay = 0.6;
inline constexpr double kHistoryWeight = 0.2;
inline constexpr std::size_t kMaxHistory = 1000;

struct History {
  std::vector<std::string> items = {};  ///< ids, the oldest first; one that came twice counts twice
  double decay = kHistoryDecay;  ///< what an item counts beside the one after it: 0 < d ≤ 1
  /// Beside a text, a vector or items to find more like: the most that an item can gain by the
  /// history, as a share of what lies between the first and the last candidate.
  double weight = kHistoryWeight;
  bool include_seen = false;  ///< the history's own items may be found again
  /// Null: the items' own vectors, as they are searched by. Those are taken, too, where not one
  /// item of the history has a learned one.
  std::shared_ptr<const ItemVectors> learned = nullptr;
  bool own_vectors = true;  ///< the items' own are of use

  bool empty() const noexcept { return items.empty(); }
  void validate() const;  ///< Errors: bad_input
};

/// What of a history a search made use of.
struct UsedHistory {
  bool learned = false;  ///< by learned vectors; else by the items' own
  /// Each with its share of the vector; they sum to 1. Empty: no use was made of the history.
  std::vector<std::pair<std::string, double>> items = {};
  std::vector<std::string> unknown = {};  ///< ids without such a vector, each once
};

/// A history as the weighted mean of its items' vectors, each of length 1, and what is near it.
class HistoryRanking {
 public:
  HistoryRanking(const Backend& backend, const History& history);

  /// False where the history is empty, or none of its items has a vector.
  bool usable() const noexcept { return !used_.items.empty(); }
  /// Whether `score` needs items with their vectors.
  bool needs_vectors() const noexcept { return usable() && !used_.learned; }
  const UsedHistory& used() const noexcept { return used_; }
  /// The keys of its items that are not to be found again, ascending.
  const std::vector<std::uint64_t>& seen() const noexcept { return seen_; }

  /// The k admitted items nearest to it, best first: by the learned vectors' score, else as the
  /// backend says.
  std::vector<RankedKey> nearest(std::size_t k, const index::Filter* filter, double recall) const;
  /// The learned vectors' score, unset for an item without one; else the cosine.
  std::optional<double> score(const StoredItem& item) const;

 private:
  bool take_learned();
  void take_own(std::span<const StoredItem> items);
  void add(std::size_t at, const float* unit);
  std::vector<RankedKey> admitted(std::span<const std::pair<std::string, double>> found,
                                  const index::Filter* filter) const;

  const Backend& backend_;
  const History& history_;
  UsedHistory used_;
  std::vector<std::uint64_t> seen_;
  std::vector<float> vector_;
};

}  // namespace kindred::search
