// Labelled queries, and the fusion that ranks them best. Tested by labels_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "search/tune.h"
#include "shop/encoder.h"
#include "shop/version.h"

namespace kindred::shop {

struct Labels {
  std::string query;
  std::string language = {};                 ///< of the query; empty: not known
  std::map<std::string, double> gains = {};  ///< product id → grade above 0
};

/// What is relevant of a file as eval::read_labelled_queries reads it, in the order of the queries'
/// first rows. Errors: the same.
std::vector<Labels> read_labels(const std::string& path);

struct LabelledSearches {
  std::vector<search::LabelledQuery> queries;
  std::uint64_t unknown_ids = 0;  ///< labelled products that the version does not have
};

/// What vectors and words find for each query, to tune on.
LabelledSearches search_labels(const Version& version, const ShopEncoder& encoder,
                               const std::vector<Labels>& labels);

}  // namespace kindred::shop
