#include "static_vectors/window.h"

#include <algorithm>
#include <cmath>

namespace kindred::static_vectors {
namespace {

// Two draws of 32 bits from one of 64.
class Halves {
 public:
  explicit Halves(Random& random) : random_(&random) {}
  std::uint32_t operator()() noexcept {
    full_ = !full_;
    if (!full_) return static_cast<std::uint32_t>(bits_ >> 32);
    bits_ = (*random_)();
    return static_cast<std::uint32_t>(bits_);
  }

 private:
  Random* random_;
  std::uint64_t bits_ = 0;
  bool full_ = false;
};

void end_sentence(std::size_t begin, std::size_t end, const WindowOptions& options, Halves& draw,
                  Windows& windows) {
  for (std::size_t at = begin; at < end; ++at) {
    std::size_t radius = options.radius;
    if (options.dynamic)
      radius = 1 + static_cast<std::size_t>((std::uint64_t{draw()} * options.radius) >> 32);
    windows.first.push_back(static_cast<std::uint32_t>(at - std::min(radius, at - begin)));
    windows.last.push_back(static_cast<std::uint32_t>(at + std::min(radius, end - 1 - at) + 1));
    if (options.last_is_goal) windows.goal.push_back(static_cast<std::uint32_t>(end - 1));
  }
}

}  // namespace

std::vector<std::uint32_t> keep_chances(std::span<const std::uint64_t> counts, double threshold) {
  constexpr std::uint32_t kAlways = 0xFFFFFFFFU;
  std::vector<std::uint32_t> keep(counts.size(), kAlways);
  double total = 0.0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  if (!(threshold > 0.0)) return keep;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double ratio = threshold * total / std::max(1.0, static_cast<double>(counts[i]));
    const double chance = std::sqrt(ratio) + ratio;
    if (chance < 1.0) keep[i] = static_cast<std::uint32_t>(chance * 4294967295.0);
  }
  return keep;
}

void fill_windows(std::span<const std::uint32_t> tokens, std::span<const std::uint32_t> keep,
                  const WindowOptions& options, Random& random, Windows& windows) {
  windows.words.resize(tokens.size());
  windows.first.clear();
  windows.last.clear();
  windows.goal.clear();
  Halves draw(random);
  std::size_t begin = 0, end = 0;
  for (const std::uint32_t token : tokens) {
    if (token == kSentenceEnd) {
      end_sentence(begin, end, options, draw, windows);
      begin = end;
      continue;
    }
    // Written in any case, since no processor can foresee chance. Every word draws.
    windows.words[end] = token;
    end += draw() <= keep[token] ? 1 : 0;
  }
  end_sentence(begin, end, options, draw, windows);
  windows.words.resize(end);
}

void fill_batch(const Windows& windows, std::size_t begin, std::size_t count, Batch& batch) {
  const std::size_t end = std::min(begin + count, windows.size());
  std::uint32_t low = static_cast<std::uint32_t>(begin), high = static_cast<std::uint32_t>(end);
  for (std::size_t at = begin; at < end; ++at) {
    low = std::min(low, windows.first[at]);
    high = std::max(high, windows.last[at]);
  }
  batch.begin = static_cast<std::uint32_t>(begin);
  batch.slot_word.assign(windows.words.begin() + low, windows.words.begin() + high);
  batch.pair_begin.assign(1, 0);
  batch.pair_slot.clear();
  batch.pair_input.clear();
  std::uint32_t last_goal = kSentenceEnd;
  for (std::size_t at = begin; at < end; ++at) {
    const auto input = static_cast<std::uint32_t>(at - begin);
    for (std::uint32_t near = windows.first[at]; near < windows.last[at]; ++near) {
      if (near == at) continue;
      batch.pair_slot.push_back(near - low);
      batch.pair_input.push_back(input);
    }
    if (!windows.goal.empty() && windows.goal[at] >= windows.last[at]) {
      if (windows.goal[at] != last_goal) batch.slot_word.push_back(windows.words[windows.goal[at]]);
      last_goal = windows.goal[at];
      batch.pair_slot.push_back(static_cast<std::uint32_t>(batch.slots() - 1));
      batch.pair_input.push_back(input);
    }
    batch.pair_begin.push_back(static_cast<std::uint32_t>(batch.pairs()));
  }
  // The pairs by slot: a counting sort.
  batch.slot_begin.assign(batch.slots() + 1, 0);
  for (const std::uint32_t slot : batch.pair_slot) ++batch.slot_begin[slot + 1];
  for (std::size_t s = 0; s < batch.slots(); ++s) batch.slot_begin[s + 1] += batch.slot_begin[s];
  batch.slot_pair.resize(batch.pairs());
  for (std::uint32_t pair = 0; pair < batch.pairs(); ++pair)
    batch.slot_pair[batch.slot_begin[batch.pair_slot[pair]]++] = pair;
  for (std::size_t s = batch.slots(); s > 0; --s) batch.slot_begin[s] = batch.slot_begin[s - 1];
  batch.slot_begin[0] = 0;
}

}  // namespace kindred::static_vectors
