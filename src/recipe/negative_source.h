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
  /// Appends the texts that are negatives of an example this time, none that matches its anchor,
  /// none twice. The same for the same random state.
  virtual void choose(std::size_t example, Random& random, std::vector<TextId>& passages) const = 0;
};

}  // namespace kindred::recipe
