// Where crash tests stop a writer. For tests only.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/random.h"

namespace kindred::io {

/// Of a story of `operations`, those at which to stop it: everywhere, or at `sample` of them,
/// always the same.
inline std::vector<std::uint64_t> crash_points(std::uint64_t operations, std::uint64_t sample,
                                               bool everywhere) {
  std::set<std::uint64_t> points;
  if (everywhere || operations <= sample) sample = operations;
  Random random(operations);
  for (std::uint64_t at = 0; sample == operations && at < operations; ++at) points.insert(at);
  while (points.size() < sample) points.insert(random.below(operations));
  return {points.begin(), points.end()};
}

}  // namespace kindred::io
