// Where negatives come from that the data does not give.
#pragma once

#include <cstddef>
#include <vector>

#include "base/random.h"
#include "recipe/text_table.h"

namespace kindred::recipe {

class NegativeSource {
 public:
  virtual ~NegativeSource() = default;
  /// Appends up to as many passages as the source's quota that are negatives of an example this
  /// time: none that shares a key with its anchor (TrainingSet::passage_keys), none that is in
  /// `passages` already. The same for the same random state.
  virtual void choose(std::size_t example, Random& random, std::vector<TextId>& passages) = 0;
};

}  // namespace kindred::recipe
