// The items that a search chooses from, and the steps that order them. For engine.cc alone; tested
// by engine_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "search/engine.h"

namespace kindred::search {

struct Candidate {
  FusedKey fused;
  double score = 0.0;  ///< the fused one, boosted
  StoredItem item = {};
  std::optional<double> history_score = std::nullopt;
  double history_part = 0.0;  ///< of the fused score
  std::vector<double> boosts = {};
  std::size_t collapsed = 0;
};

/// Adds to each fused score up to `spread` times the history's weight, by where the item's history
/// score lies between the least and the greatest of the candidates' and of `given`'s. An item
/// without one gains nothing.
void add_history(const HistoryRanking& history, double weight, double spread,
                 std::span<const StoredItem> given, std::vector<Candidate>& candidates);

/// Multiplies scores and orders by them. A negative score (a distance) is divided, so that a factor
/// above 1 always helps.
void apply_boosts(const SearchRequest& request, std::vector<Candidate>& candidates);

void sort_by_number(const SortOrder& order, std::vector<Candidate>& candidates);

/// Keeps the first of those with one value of `field`, and those without; drops all with a value
/// that one of `given` has.
void collapse(const std::string& field, std::span<const StoredItem> given,
              std::vector<Candidate>& candidates);

/// Moves the `k` that are best for `diversity` to the front, in their order; `given` count as
/// chosen.
void diversify(double diversity, std::size_t k, std::span<const StoredItem> given,
               std::vector<Candidate>& candidates);

/// The mean of `items`' vectors, each scaled to length 1.
std::vector<float> mean_vector(std::span<const StoredItem> items, std::size_t dimension);

}  // namespace kindred::search
