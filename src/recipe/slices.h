// Pieces of one sequence of events. Tested by slices_test.cc.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace kindred::recipe {

struct SliceOptions {
  std::string_view separator = " ";  ///< between events; not empty
  std::size_t count = 2;
  std::size_t least = 2;  ///< events of a slice
  std::size_t most = 50;
};

struct Slice {
  std::string_view text;
  std::string_view following;  ///< the event behind it; empty at the end of the sequence
};

/// `count` pieces of consecutive events of `sequence`, their lengths and beginnings drawn evenly,
/// each from `least` to `most` events or as many as there are (the random slices of CoLES: Babaev
/// et al., "Contrastive learning for event sequences with self-supervision", 2022). A sequence of
/// fewer than `least` events gives itself.
std::vector<Slice> draw_slices(std::string_view sequence, const SliceOptions& options,
                               Random& random);

}  // namespace kindred::recipe
