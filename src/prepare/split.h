// A data set cut into splits that share nothing. Tested by split_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "prepare/example_source.h"
#include "prepare/leaks.h"

namespace kindred::prepare {

struct SplitOptions {
  /// Names and shares of the splits, the largest first; the shares are made to sum to 1.
  std::vector<std::pair<std::string, double>> shares = {
      {"train", 0.8}, {"dev", 0.1}, {"test", 0.1}};
  LeakOptions leaks = {};  ///< what belongs together
  std::uint64_t seed = 1;

  /// Errors: bad_input.
  void validate() const;
};

struct SplitPlan {
  std::vector<std::uint8_t> split_of;   ///< an example each, in order: the number of its split
  std::vector<std::uint64_t> examples;  ///< a split each
  std::uint64_t components = 0;
  std::uint64_t largest = 0;  ///< examples of the largest component
};

/// Examples that share an id, a group or a text, or that have near-duplicates of each other's
/// texts, are one component (and so are those that are connected by others); components go whole
/// into one split each. They are drawn in an order by the seed, each into the split that lacks most
/// of its share, so that splits are as large as was asked where no component is larger than its
/// split. Near-duplicates are found as by LeakFinder; of texts with more than 50 candidates the
/// first 50 are compared.
///
/// Memory: the texts, and some 250 bytes each.
SplitPlan plan_split(const std::function<std::unique_ptr<ExampleSource>()>& open,
                     const SplitOptions& options, Progress& progress);

}  // namespace kindred::prepare
