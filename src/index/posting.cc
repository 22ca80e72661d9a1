#include "index/posting.h"

#include <roaring/roaring.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace kindred::index {
namespace {

// Names and numbers of the format's specification.
constexpr std::uint32_t kCookieNoRuns = 12346;
constexpr std::uint32_t kCookieRuns = 12347;
constexpr std::size_t kOffsetsFrom = 4;    // containers; fewer have no table of offsets beside runs
constexpr std::size_t kMaxArray = 4096;    // values; more are a bitset
constexpr std::size_t kContainer = 65536;  // rows of a container
constexpr std::size_t kContainerWords = kContainer / 64;

std::uint16_t load16(const std::byte* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

std::uint64_t load64(const std::byte* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

/// Takes bytes off the front; null where there are too few.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  const std::byte* take(std::size_t count) {
    if (count > bytes_.size()) return nullptr;
    const std::byte* at = bytes_.data();
    bytes_ = bytes_.subspan(count);
    return at;
  }
  bool done() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

/// Hands each container to `sink`, its first row and the rows that the set has from there on first.
/// A sink's functions are: bool array(base, room, values, count), bool bitset(base, room, words),
/// void run(base, first, last).
template <typename Sink>
bool read_containers(std::span<const std::byte> posting, std::size_t rows, Sink& sink) {
  Bytes bytes(posting);
  const std::byte* cookie_at = bytes.take(4);
  if (cookie_at == nullptr) return false;
  std::uint32_t cookie;
  std::memcpy(&cookie, cookie_at, sizeof(cookie));
  const bool has_runs = (cookie & 0xffff) == kCookieRuns;
  std::size_t containers = (cookie >> 16) + 1;
  const std::byte* run_flags = nullptr;
  if (has_runs) {
    run_flags = bytes.take((containers + 7) / 8);
    if (run_flags == nullptr) return false;
  } else {
    const std::byte* count_at = cookie == kCookieNoRuns ? bytes.take(4) : nullptr;
    if (count_at == nullptr) return false;
    std::uint32_t count;
    std::memcpy(&count, count_at, sizeof(count));
    containers = count;
    if (containers > kContainer) return false;
  }
  const std::byte* keys = bytes.take(containers * 4);
  if (keys == nullptr) return false;
  const bool has_offsets = !has_runs || containers >= kOffsetsFrom;
  if (has_offsets && bytes.take(containers * 4) == nullptr) return false;

  std::size_t next_base = 0;
  for (std::size_t c = 0; c < containers; ++c) {
    const std::size_t base = std::size_t{load16(keys + c * 4)} * kContainer;
    const std::size_t count = std::size_t{load16(keys + c * 4 + 2)} + 1;
    if (base < next_base || base >= rows) return false;  // keys ascend
    next_base = base + kContainer;
    const std::size_t room = std::min(rows - base, kContainer);
    if (has_runs && (static_cast<unsigned>(run_flags[c / 8]) >> (c % 8) & 1) != 0) {
      const std::byte* runs_at = bytes.take(2);
      if (runs_at == nullptr) return false;
      const std::size_t runs = load16(runs_at);
      const std::byte* at = bytes.take(runs * 4);
      if (at == nullptr) return false;
      std::size_t from = 0;
      for (std::size_t r = 0; r < runs; ++r) {
        const std::size_t first = load16(at + r * 4);
        const std::size_t last = first + load16(at + r * 4 + 2);
        if (first < from || last >= room) return false;
        from = last + 1;
        sink.run(base, first, last);
      }
    } else if (count <= kMaxArray) {
      const std::byte* values = bytes.take(count * 2);
      if (values == nullptr || !sink.array(base, room, values, count)) return false;
    } else {
      const std::byte* words = bytes.take(kContainer / 8);
      if (words == nullptr || !sink.bitset(base, room, words)) return false;
    }
  }
  return bytes.done();
}

/// True where the bits of a bitset container from `room` on are 0.
bool is_empty_from(const std::byte* words, std::size_t room) {
  for (std::size_t w = room / 64; w < kContainerWords; ++w) {
    std::uint64_t word = load64(words + w * 8);
    if (w == room / 64) word >>= room % 64;
    if (word != 0) return false;
  }
  return true;
}

/// The bits first … last of word `w`, counted from the base.
std::uint64_t mask_of(std::size_t w, std::size_t first, std::size_t last) {
  std::uint64_t mask = ~std::uint64_t{0};
  if (w == first / 64) mask &= ~std::uint64_t{0} << (first % 64);
  if (w == last / 64) mask &= ~std::uint64_t{0} >> (63 - last % 64);
  return mask;
}

struct AddSink {
  RowSet& out;

  bool array(std::size_t base, std::size_t room, const std::byte* values, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t value = load16(values + i * 2);
      if (value >= room) return false;
      out.insert(base + value);
    }
    return true;
  }
  bool bitset(std::size_t base, std::size_t room, const std::byte* words) const {
    if (room < kContainer && !is_empty_from(words, room)) return false;
    std::uint64_t* to = out.words().data() + base / 64;
    const std::size_t count = (room + 63) / 64;
    for (std::size_t w = 0; w < count; ++w) to[w] |= load64(words + w * 8);
    return true;
  }
  void run(std::size_t base, std::size_t first, std::size_t last) const {
    std::uint64_t* to = out.words().data() + base / 64;
    for (std::size_t w = first / 64; w <= last / 64; ++w) to[w] |= mask_of(w, first, last);
  }
};

struct CountSink {
  const RowSet& rows;
  std::uint64_t count = 0;

  bool array(std::size_t base, std::size_t room, const std::byte* values, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t value = load16(values + i * 2);
      if (value >= room) return false;
      count += rows.contains(base + value) ? 1 : 0;
    }
    return true;
  }
  bool bitset(std::size_t base, std::size_t room, const std::byte* words) {
    if (room < kContainer && !is_empty_from(words, room)) return false;
    const std::uint64_t* from = rows.words().data() + base / 64;
    for (std::size_t w = 0; w < (room + 63) / 64; ++w) {
      count += static_cast<std::uint64_t>(std::popcount(from[w] & load64(words + w * 8)));
    }
    return true;
  }
  void run(std::size_t base, std::size_t first, std::size_t last) {
    const std::uint64_t* from = rows.words().data() + base / 64;
    for (std::size_t w = first / 64; w <= last / 64; ++w) {
      count += static_cast<std::uint64_t>(std::popcount(from[w] & mask_of(w, first, last)));
    }
  }
};

}  // namespace

std::string encode_posting(std::span<const std::uint32_t> rows) {
  const std::unique_ptr<roaring_bitmap_t, decltype(&roaring_bitmap_free)> bitmap(
      roaring_bitmap_of_ptr(rows.size(), rows.data()), &roaring_bitmap_free);
  if (bitmap == nullptr) fail(ErrorKind::exhausted, "no memory for a tag of {} rows", rows.size());
  roaring_bitmap_run_optimize(bitmap.get());
  std::string bytes(roaring_bitmap_portable_size_in_bytes(bitmap.get()), '\0');
  roaring_bitmap_portable_serialize(bitmap.get(), bytes.data());
  return bytes;
}

bool add_posting(std::span<const std::byte> posting, RowSet& out) {
  AddSink sink{out};
  return read_containers(posting, out.rows(), sink);
}

std::optional<std::uint64_t> count_posting(std::span<const std::byte> posting, const RowSet& rows) {
  CountSink sink{rows};
  if (!read_containers(posting, rows.rows(), sink)) return std::nullopt;
  return sink.count;
}

}  // namespace kindred::index
