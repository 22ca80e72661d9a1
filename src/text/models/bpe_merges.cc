#include "text/models/bpe_merges.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace kindred::text {
namespace {

constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
// Up to here a scan over the pairs costs less than the heap and its links.
constexpr std::size_t kScanSymbols = 48;
// Longer words give their scratch back: some 2 MB.
constexpr std::size_t kKeptSymbols = std::size_t{1} << 16;

}  // namespace

MergeTable::MergeTable(std::size_t merges)
    : slots_(std::bit_ceil(std::max<std::size_t>(merges + merges / 2, 8))),
      mask_(slots_.size() - 1) {}

void MergeTable::insert(std::uint32_t left, std::uint32_t right, Merge merge) {
  std::uint64_t slot = hash_pair(left, right) & mask_;
  while (slots_[slot].merge.rank != Merge::kNever &&
         (slots_[slot].left != left || slots_[slot].right != right))
    slot = (slot + 1) & mask_;
  slots_[slot] = {left, right, merge};
}

void Merger::run(const MergeTable& table, bool by_heap, std::vector<Symbol>& symbols) {
  if (symbols.size() < 2) return;
  if (symbols.size() <= kScanSymbols && !by_heap) {
    run_by_scan(table, symbols);
  } else {
    run_by_heap(table, symbols);
  }
}

void Merger::run_by_scan(const MergeTable& table, std::vector<Symbol>& symbols) {
  std::size_t count = symbols.size();
  pairs_.resize(count);
  Symbol* const symbol = symbols.data();
  Merge* const pair = pairs_.data();
  for (std::size_t i = 0; i + 1 < count; ++i) pair[i] = table.find(symbol[i].id, symbol[i + 1].id);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      if (pair[i].rank < pair[best].rank) best = i;
    }
    if (pair[best].rank == Merge::kNever) break;
    symbol[best].id = pair[best].id;
    symbol[best].bytes += symbol[best + 1].bytes;
    std::copy(symbol + best + 2, symbol + count, symbol + best + 1);
    std::copy(pair + best + 1, pair + count - 1, pair + best);
    --count;
    if (best > 0) pair[best - 1] = table.find(symbol[best - 1].id, symbol[best].id);
    if (best + 1 < count) pair[best] = table.find(symbol[best].id, symbol[best + 1].id);
  }
  symbols.resize(count);
}

void Merger::push(const MergeTable& table, const std::vector<Symbol>& symbols, std::uint32_t left) {
  const Merge merge = table.find(symbols[left].id, symbols[next_[left]].id);
  if (merge.rank == Merge::kNever) return;
  heap_.push_back({merge.rank, left, merge.id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void Merger::merge_top(const MergeTable& table, std::vector<Symbol>& symbols) {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Candidate top = heap_.back();
  heap_.pop_back();
  const std::uint32_t left = top.position;
  const std::uint32_t right = next_[left];
  if (symbols[left].bytes == 0 || right == kEnd) return;
  // The neighbours may have changed since; then their own candidate is in the heap.
  const Merge now = table.find(symbols[left].id, symbols[right].id);
  if (now.rank == Merge::kNever || now.id != top.id) return;
  symbols[left].id = top.id;
  symbols[left].bytes += symbols[right].bytes;
  symbols[right].bytes = 0;  // marks it as gone
  next_[left] = next_[right];
  if (next_[left] != kEnd) previous_[next_[left]] = left;
  if (previous_[left] != kEnd) push(table, symbols, previous_[left]);
  if (next_[left] != kEnd) push(table, symbols, left);
}

void Merger::run_by_heap(const MergeTable& table, std::vector<Symbol>& symbols) {
  const auto count = static_cast<std::uint32_t>(symbols.size());
  next_.resize(count);
  previous_.resize(count);
  heap_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    next_[i] = i + 1 < count ? i + 1 : kEnd;
    previous_[i] = i > 0 ? i - 1 : kEnd;
    if (i + 1 == count) break;
    const Merge merge = table.find(symbols[i].id, symbols[i + 1].id);
    if (merge.rank != Merge::kNever) heap_.push_back({merge.rank, i, merge.id});
  }
  std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  while (!heap_.empty()) merge_top(table, symbols);
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.bytes == 0; });
  if (count > kKeptSymbols) *this = {};
}

}  // namespace kindred::text
