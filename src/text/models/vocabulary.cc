#include "text/models/vocabulary.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "text/models/hash.h"

namespace kindred::text {
namespace {

constexpr std::uint32_t kEntryBits = 24;
constexpr std::uint32_t kEntryMask = (1U << kEntryBits) - 1;

// The upper bits choose the tag, the lower ones the slot.
std::uint32_t tag(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 56) << kEntryBits;
}

}  // namespace

Vocabulary::Vocabulary(StringArena tokens, std::vector<std::uint32_t> ids, Repeated repeated,
                       const std::string& origin)
    : tokens_(std::move(tokens)), ids_(std::move(ids)) {
  require(tokens_.size() == ids_.size(), "a vocabulary has as many ids as tokens");
  if (tokens_.size() >= kEntryMask)
    fail(ErrorKind::unsupported, "{}: {} tokens are more than the {} that a vocabulary may have",
         origin, tokens_.size(), kEntryMask - 1);
  const std::vector<std::uint32_t> replaced = index();
  const bool drops = repeated == Repeated::replaces && !replaced.empty();
  if (drops) drop(replaced);
  const bool sorts = !std::is_sorted(ids_.begin(), ids_.end());
  if (sorts) sort_by_id();
  if (drops || sorts) index();

  bool dense = true;
  for (std::size_t i = 0; i < ids_.size() && dense; ++i) dense = ids_[i] == i;
  if (dense) ids_ = {};
  tokens_.shrink_to_fit();
}

std::vector<std::uint32_t> Vocabulary::index() {
  std::vector<std::uint32_t> replaced;
  // At most half full: a miss then looks at 1.5 slots on average.
  slots_.assign(std::bit_ceil(std::max<std::size_t>(2 * tokens_.size(), 8)), 0);
  mask_ = slots_.size() - 1;
  for (std::uint32_t entry = 0; entry < tokens_.size(); ++entry) {
    const std::string_view token = tokens_[entry];
    const std::uint64_t hash = hash_bytes(token);
    std::uint64_t slot = hash & mask_;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      if ((slots_[slot] & ~kEntryMask) != tag(hash)) continue;
      const std::uint32_t other = (slots_[slot] & kEntryMask) - 1;
      if (tokens_[other] != token) continue;
      replaced.push_back(other);
      break;
    }
    slots_[slot] = tag(hash) | (entry + 1);
  }
  return replaced;
}

void Vocabulary::drop(const std::vector<std::uint32_t>& entries) {
  std::vector<bool> dropped(tokens_.size(), false);
  for (std::uint32_t entry : entries) dropped[entry] = true;
  StringArena tokens;
  std::vector<std::uint32_t> ids;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (dropped[i]) continue;
    tokens.push_back(tokens_[i]);
    ids.push_back(ids_[i]);
  }
  tokens_ = std::move(tokens);
  ids_ = std::move(ids);
}

void Vocabulary::sort_by_id() {
  std::vector<std::uint32_t> order(ids_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::uint32_t a, std::uint32_t b) { return ids_[a] < ids_[b]; });
  StringArena tokens;
  std::vector<std::uint32_t> ids;
  ids.reserve(order.size());
  for (std::uint32_t entry : order) {
    tokens.push_back(tokens_[entry]);
    ids.push_back(ids_[entry]);
  }
  tokens_ = std::move(tokens);
  ids_ = std::move(ids);
}

std::optional<std::uint32_t> Vocabulary::find(std::string_view token) const noexcept {
  if (slots_.empty()) return std::nullopt;
  const std::uint64_t hash = hash_bytes(token);
  for (std::uint64_t slot = hash & mask_; slots_[slot] != 0; slot = (slot + 1) & mask_) {
    if ((slots_[slot] & ~kEntryMask) != tag(hash)) continue;
    const std::uint32_t entry = (slots_[slot] & kEntryMask) - 1;
    if (tokens_[entry] == token) return entry_id(entry);
  }
  return std::nullopt;
}

std::string_view Vocabulary::token(std::uint32_t id) const noexcept {
  if (ids_.empty()) return id < tokens_.size() ? tokens_[id] : std::string_view();
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (at == ids_.end() || *at != id) return {};
  return tokens_[static_cast<std::size_t>(at - ids_.begin())];
}

bool Vocabulary::has_shared_ids() const noexcept {
  return std::adjacent_find(ids_.begin(), ids_.end()) != ids_.end();
}

}  // namespace kindred::text
