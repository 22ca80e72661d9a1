#include "text/models/piece_cache.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace kindred::text {
namespace {

struct Owned {
  std::uint64_t owner = 0;
  std::unique_ptr<PieceCache> cache;
};

// The last used first. Four: a process seldom runs more models at once, and each costs 1.3 MB.
thread_local std::array<Owned, 4> thread_caches;

}  // namespace

PieceCache& PieceCache::of_thread(std::uint64_t owner) {
  auto& caches = thread_caches;
  if (caches[0].owner == owner) [[likely]]
    return *caches[0].cache;
  std::size_t i = 1;
  while (i + 1 < caches.size() && caches[i].owner != owner) ++i;
  if (caches[i].owner != owner) {
    caches[i].owner = 0;
    caches[i].cache = std::make_unique<PieceCache>();
    caches[i].owner = owner;
  }
  std::rotate(caches.begin(), caches.begin() + static_cast<std::ptrdiff_t>(i),
              caches.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  return *caches[0].cache;
}

std::uint64_t PieceCache::new_owner() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

void PieceCache::insert(std::string_view piece, std::uint64_t hash,
                        std::span<const std::uint32_t> ids) {
  if (piece.size() > kMaxPiece || ids.size() > kMaxIds) return;
  const std::size_t words = 1 + ids.size() + (piece.size() + 3) / 4;
  if (used_ + words > kArenaWords) {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    used_ = 1;
  }
  std::uint32_t* record = arena_.get() + used_;
  record[0] = static_cast<std::uint32_t>(piece.size() << 8 | ids.size());
  std::copy(ids.begin(), ids.end(), record + 1);
  if (!piece.empty()) std::memcpy(record + 1 + ids.size(), piece.data(), piece.size());

  Slot* bucket = slots_.data() + (hash % kBuckets) * kBucketSlots;
  std::size_t slot = 0;
  while (slot < kBucketSlots && bucket[slot].record != 0) ++slot;
  if (slot == kBucketSlots) slot = used_ % kBucketSlots;  // as good as random
  bucket[slot] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(used_)};
  used_ += words;
}

}  // namespace kindred::text
