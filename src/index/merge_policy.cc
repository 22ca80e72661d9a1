#include "index/merge_policy.h"

#include <bit>
#include <map>

namespace kindred::index {
namespace {

constexpr std::size_t kFanIn = 4;
constexpr std::uint64_t kSmallest = 4096;  // rows: below it sizes count as one
constexpr std::uint64_t kMostRows = 0xFFFFFFFFU;

int tier_of(std::uint64_t live) {
  return (std::bit_width(live < kSmallest ? kSmallest : live) - 1) / 2;
}

}  // namespace

std::vector<std::size_t> choose_merge(std::span<const SegmentSize> segments) {
  std::map<int, std::vector<std::size_t>> tiers;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].live == 0) return {i};
    tiers[tier_of(segments[i].live)].push_back(i);
  }
  for (const auto& [tier, members] : tiers) {
    std::uint64_t rows = 0;
    for (const std::size_t i : members) rows += segments[i].live;
    if (members.size() >= kFanIn && rows < kMostRows) return members;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].rows - segments[i].live > segments[i].rows / 3) return {i};
  }
  return {};
}

}  // namespace kindred::index
