// A shop's search as its customers get it, judged. Tested by shop_retrieval_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eval/dataset.h"
#include "eval/judgements.h"
#include "search/engine.h"
#include "shop/encoder.h"
#include "shop/version.h"

namespace kindred::tasks {

struct ShopRetrievalOptions {
  std::size_t depth = 100;                       ///< at most search::kMaxPaged
  std::function<void(std::size_t)> on_progress;  ///< queries done since the last call
  std::function<bool()> stop;                    ///< true: throws Stopped (text_vectors.h)
};

struct ShopRun {
  eval::Run run;
  std::vector<double> milliseconds;  ///< of each search, its query's encoding aside
};

/// Asks each query of the dataset in one way, with the language of the query and the fusion of the
/// version. `encoder` may be null for words. What is found gets its title into `dataset.corpus`,
/// for reports.
ShopRun search_all(const shop::Version& version, const shop::ShopEncoder* encoder,
                   search::SearchMode mode, std::string name, eval::Dataset& dataset,
                   const ShopRetrievalOptions& options);

/// How many judged products the version does not have.
std::uint64_t count_unknown(const shop::Version& version, const eval::Dataset& dataset);

}  // namespace kindred::tasks
