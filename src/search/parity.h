// Do two backends find the same? Tested by parity_test.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "search/backend.h"
#include "search/engine.h"

namespace kindred::search {

/// A request whose results differ.
struct ParityDifference {
  std::size_t request = 0;  ///< its place among those compared
  double overlap = 0.0;
  std::vector<std::string> only_a = {};  ///< ids, best first
  std::vector<std::string> only_b = {};
};

/// In milliseconds.
struct LatencySummary {
  double p50 = 0.0;
  double p99 = 0.0;
};

/// Overlap: of the better ten of each side, how many are on both, divided by the longer list; 1
/// where neither finds anything. Equal scores may come in another order on the other side, which
/// counts as a difference where the tenth is one of them.
struct ParityReport {
  std::size_t requests = 0;
  double mean_overlap = 1.0;
  double min_overlap = 1.0;
  std::vector<ParityDifference> differences = {};  ///< at most kMostDifferences, least alike first
  LatencySummary latency_a = {};
  LatencySummary latency_b = {};
};

inline constexpr std::size_t kParityDepth = 10;
inline constexpr std::size_t kMostDifferences = 20;

/// Runs each request on both, one after the other, which side first by turns. The requests' k is
/// taken as kParityDepth and their cursors are left out. Errors: those of search().
ParityReport compare_backends(const Backend& a, const Backend& b,
                              std::span<const SearchRequest> requests);

}  // namespace kindred::search
