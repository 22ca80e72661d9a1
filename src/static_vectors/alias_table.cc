#include "static_vectors/alias_table.h"

#include <numeric>

#include "base/error.h"

namespace kindred::static_vectors {

AliasTable::AliasTable(std::span<const double> weights) : slots_(weights.size()) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  require(sum > 0.0, "AliasTable: no weight above 0");
  const double scale = static_cast<double>(weights.size()) / sum;
  std::vector<double> shares;
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (const double weight : weights) {
    (weight * scale < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(shares.size()));
    shares.push_back(weight * scale);
  }
  constexpr double kWhole = 4294967296.0;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) slots_[i].other = i;
  while (!small.empty() && !large.empty()) {
    const std::uint32_t low = small.back();
    const std::uint32_t high = large.back();
    small.pop_back();
    slots_[low] = {static_cast<std::uint32_t>(shares[low] * kWhole), high};
    shares[high] -= 1.0 - shares[low];
    if (shares[high] >= 1.0) continue;
    large.pop_back();
    small.push_back(high);
  }
}

}  // namespace kindred::static_vectors
