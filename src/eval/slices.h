// Results by group of queries. Tested by slices_test.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "eval/report.h"
#include "eval/retrieval.h"

namespace kindred::eval {

/// Which group each query is in.
struct Slicing {
  std::string key;  ///< of the table: "language" gives "slice.language"
  std::string title;
  std::string note = {};
  std::unordered_map<std::string, std::string> group_of;  ///< query id → group; others are in none
  std::vector<std::string> order = {};  ///< of the groups; those not in it follow by their size
};

/// Groups beyond this many, the smallest ones, are one row "(others)".
inline constexpr std::size_t kMostGroups = 40;

/// A row a group, a column a system: the mean of one metric, with bootstrap intervals. The systems
/// need not have measured the same queries.
Table slice_table(const Slicing& slicing, std::span<const Measured> systems, const Metric& metric);

/// Head, torso and tail: the queries in the order of their popularity, cut where a third and two
/// thirds of the sum of popularity are reached. A popularity that is no number, or below 0, leaves
/// its query out.
Slicing popularity_slicing(const std::unordered_map<std::string, std::string>& popularity);

}  // namespace kindred::eval
