#include "static_vectors/noise.h"

#include <cmath>

#include "base/error.h"

namespace kindred::static_vectors {

Noise::Noise(std::span<const std::uint64_t> counts, double exponent) : places_(counts.size()) {
  std::vector<double> share(counts.size());
  double total = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) share[i] = std::pow(static_cast<double>(counts[i]), exponent);
    total += share[i];
  }
  if (!(total > 0.0) || !std::isfinite(total))
    fail(ErrorKind::bad_input,
         "the words' counts give no distribution to draw negatives from (exponent {})", exponent);
  std::vector<std::uint32_t> small, large;
  for (std::size_t i = 0; i < share.size(); ++i) {
    share[i] *= static_cast<double>(share.size()) / total;
    (share[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
  }
  constexpr double kWhole = 4294967295.0;
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back(), rich = large.back();
    small.pop_back();
    places_[poor] = {static_cast<std::uint32_t>(share[poor] * kWhole), rich};
    share[rich] -= 1.0 - share[poor];
    if (share[rich] < 1.0) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  // What rounding left over fills its own place.
  for (const auto& rest : {small, large})
    for (const std::uint32_t i : rest) places_[i] = {0xFFFFFFFFU, i};
}

}  // namespace kindred::static_vectors
