#include "index/tombstones.h"

#include <bit>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"

namespace kindred::index {
namespace {

constexpr std::string_view kMagic("KNDRDDEL", 8);
constexpr std::uint32_t kVersion = 1;

}  // namespace

Tombstones::Tombstones(std::size_t rows)
    : rows_(rows),
      pages_((rows + kPageRows - 1) / kPageRows),
      shared_((rows + kPageRows - 1) / kPageRows, false) {}

bool Tombstones::insert(std::size_t row) {
  require(row < rows_, "Tombstones: a row out of range");
  if (contains(row)) return false;
  const std::size_t page = row / kPageRows;
  if (!pages_[page]) {
    pages_[page] = std::make_shared<Page>();
  } else if (shared_[page]) {
    pages_[page] = std::make_shared<Page>(*pages_[page]);
  }
  shared_[page] = false;
  (*pages_[page])[row % kPageRows / 64] |= std::uint64_t{1} << (row % 64);
  ++count_;
  published_.reset();
  return true;
}

void Tombstones::grow(std::size_t rows) {
  require(rows >= rows_, "Tombstones: cannot shrink");
  if (rows == rows_) return;
  rows_ = rows;
  pages_.resize((rows + kPageRows - 1) / kPageRows);
  shared_.resize(pages_.size(), false);
  published_.reset();
}

std::shared_ptr<const Tombstones> Tombstones::publish() {
  if (published_) return published_;
  shared_.assign(pages_.size(), true);
  published_ = std::make_shared<const Tombstones>(*this);
  return published_;
}

RowSet Tombstones::live() const {
  RowSet rows(rows_, /*full=*/true);
  auto& words = rows.words();
  for (std::size_t p = 0; p < pages_.size(); ++p) {
    if (!pages_[p]) continue;
    const std::size_t first = p * (kPageRows / 64);
    for (std::size_t w = 0; w < kPageRows / 64 && first + w < words.size(); ++w) {
      words[first + w] &= ~(*pages_[p])[w];
    }
  }
  return rows;
}

std::string encode_tombstones(const Tombstones& tombstones) {
  RowSet deleted = tombstones.live();
  deleted.invert();
  io::ByteWriter body;
  body.number(static_cast<std::uint64_t>(tombstones.rows()));
  body.number(static_cast<std::uint64_t>(tombstones.count()));
  body.numbers(std::span<const std::uint64_t>(deleted.words()));
  io::ByteWriter head;
  head.number(kVersion);
  head.number(io::crc32c(io::as_bytes(body.bytes())));
  return std::string(kMagic) + head.take() + body.take();
}

Tombstones decode_tombstones(std::string_view bytes, std::size_t rows, const std::string& origin) {
  io::ByteReader reader(bytes, origin);
  const bool ours = reader.take(kMagic.size()) == kMagic;
  const auto version = reader.number<std::uint32_t>();
  const auto crc = reader.number<std::uint32_t>();
  if (!ours || crc != io::crc32c(io::as_bytes(bytes.substr(reader.at())))) {
    fail(ErrorKind::corrupt, "{} is damaged: its checksum is wrong; restore it from a backup",
         origin);
  }
  if (version != kVersion) {
    fail(ErrorKind::unsupported, "{} is of version {}; this Kindred reads version {}", origin,
         version, kVersion);
  }
  const auto stored_rows = reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint64_t>();
  if (stored_rows != rows || reader.left() != (rows + 63) / 64 * 8) {
    fail(ErrorKind::corrupt, "{} is about {} rows; its segment has {}", origin, stored_rows, rows);
  }
  Tombstones tombstones(rows);
  for (std::size_t first = 0; first < rows; first += 64) {
    for (auto word = reader.number<std::uint64_t>(); word != 0; word &= word - 1) {
      const std::size_t row = first + static_cast<std::size_t>(std::countr_zero(word));
      if (row >= rows) fail(ErrorKind::corrupt, "{} deletes a row behind the last", origin);
      tombstones.insert(row);
    }
  }
  if (tombstones.count() != count) {
    fail(ErrorKind::corrupt, "{} deletes {} rows and says {}", origin, tombstones.count(), count);
  }
  return tombstones;
}

}  // namespace kindred::index
