// Passages drawn as negatives out of a pool. Tested by negatives_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

/// Draws up to `count` of `pool`'s texts evenly, none twice, none that is in `passages` already or
/// shares a key with an anchor of these keys, and appends them. Looks at 16 for each and 64 at
/// most.
void draw_negatives(const TrainingSet& set, std::span<const std::uint64_t> anchor_keys,
                    std::span<const std::span<const TextId>> pool, std::size_t count,
                    Random& random, std::vector<TextId>& passages);

/// Whether a passage shares a key with an anchor of these keys.
bool matches(const TrainingSet& set, std::span<const std::uint64_t> anchor_keys, TextId passage);

}  // namespace kindred::recipe
