// What a model made of the pieces that it saw lately. Tested by piece_cache_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "text/models/hash.h"

namespace kindred::text {

/// Piece → ids, bounded in memory: buckets of eight slots (one cache line) that point into an arena
/// of records. A full bucket gives up one of its slots, a full arena empties the whole cache: words
/// that matter come back at once.
///
/// Threads: one thread only.
class PieceCache {
 public:
  /// Longer pieces are rare, seldom come again, and are not kept.
  static constexpr std::size_t kMaxPiece = 120;
  static constexpr std::size_t kMaxIds = 255;

  PieceCache() : slots_(kBuckets * kBucketSlots), arena_(new std::uint32_t[kArenaWords]) {}

  /// This thread's cache for the model that took `owner` from new_owner(). A thread keeps the
  /// caches of the last few models it used.
  static PieceCache& of_thread(std::uint64_t owner);
  /// A number that no other model has.
  static std::uint64_t new_owner() noexcept;

  static std::uint64_t hash(std::string_view piece) noexcept { return hash_bytes(piece); }

  /// Appends the ids of `piece` to `out`; false where it is not known. `hash` is hash(piece).
  bool find(std::string_view piece, std::uint64_t hash, std::vector<std::uint32_t>& out) const
      noexcept(false) {
    const Slot* bucket = bucket_of(hash);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = 0; i < kBucketSlots; ++i) {
      if (bucket[i].tag != tag || bucket[i].record == 0) continue;
      const std::uint32_t* record = arena_.get() + bucket[i].record;
      const std::size_t length = record[0] >> 8;
      if (length != piece.size()) continue;
      const std::size_t count = record[0] & 0xff;
      const std::uint32_t* ids = record + 1;
      if (std::string_view(reinterpret_cast<const char*>(ids + count), length) != piece) continue;
      out.insert(out.end(), ids, ids + count);
      return true;
    }
    return false;
  }

  /// Keeps the ids of a piece of at most kMaxPiece bytes; more than kMaxIds ids are let go.
  void insert(std::string_view piece, std::uint64_t hash, std::span<const std::uint32_t> ids);

 private:
  static constexpr std::size_t kBuckets = 1U << 12;
  static constexpr std::size_t kBucketSlots = 8;
  static constexpr std::size_t kArenaWords = 1U << 18;  // 1 MiB, some 40,000 words

  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t record = 0;  // its first word in the arena; 0: none
  };
  const Slot* bucket_of(std::uint64_t hash) const noexcept {
    return slots_.data() + (hash % kBuckets) * kBucketSlots;
  }

  std::vector<Slot> slots_;
  // Records: length of the piece << 8 | number of ids; the ids; the piece.
  std::unique_ptr<std::uint32_t[]> arena_;
  std::size_t used_ = 1;
};

}  // namespace kindred::text
