// How much of what exact search finds a version finds. Tested by recall_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store.h"
#include "index/filter.h"
#include "search/backend.h"

namespace kindred::shop {

/// What is searched for.
struct RecallQueries {
  std::vector<std::vector<float>> vectors;
  /// The keys of the items that they are of, which do not count as found; empty: of no items.
  std::vector<std::uint64_t> own = {};
};

/// The vectors of products drawn from the catalogue; fewer where it has fewer.
RecallQueries sample_products(catalog::Store& store, const search::Backend& backend,
                              std::size_t count, std::uint64_t seed);

/// Filters that leave about a half, a tenth, a hundredth and a thousandth of the items: by a tag
/// where one comes near, else by price; none where neither does.
std::vector<index::Filter> filters_by_share(const search::Backend& backend);

struct RecallRow {
  std::string filter;  ///< empty: none
  double share = 1.0;  ///< of the items that it leaves
  std::size_t queries = 0;
  double recall = 1.0;  ///< mean
  double tenth = 1.0;   ///< a tenth of the queries have no more
  double worst = 1.0;
  double found_ms = 0.0;  ///< median of a search
  double exact_ms = 0.0;  ///< of an exact one
};

struct RecallOptions {
  std::size_t k = 10;
  double recall = 0.95;  ///< asked of the searches
};

/// Searches as asked and exactly, without a filter (null) or behind one.
RecallRow measure_recall(const search::Backend& backend, const RecallQueries& queries,
                         const index::Filter* filter, const RecallOptions& options);

}  // namespace kindred::shop
