// Any bytes as a segment's file of rows: an Error, or rows whose answers are in bounds. Checksums
// are made right first, so that the checks behind them are reached.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "index/row_file.h"
#include "io/crc32c.h"
#include "kindred/error.h"
#include "memory_file.h"

namespace {

using kindred::index::RowFile;

/// Where the header's checksum is, where what it covers begins, and where the places do.
constexpr std::size_t kChecksum = 12, kCovered = 16, kPlaces = 24, kPlaceBytes = 20;
constexpr std::size_t kHeaderBytes = kPlaces + RowFile::section_count * kPlaceBytes;

void mend(std::vector<std::byte>& bytes) {
  if (bytes.size() < kHeaderBytes) return;
  for (std::size_t at = kPlaces; at < kHeaderBytes; at += kPlaceBytes) {
    std::uint64_t place[2];  // offset, bytes
    std::memcpy(place, bytes.data() + at, sizeof place);
    if (place[0] > bytes.size() || place[1] > bytes.size() - place[0]) continue;
    if (place[0] < kHeaderBytes) continue;  // it would cover its own checksum
    const std::uint32_t crc = kindred::io::crc32c(std::span(bytes).subspan(place[0], place[1]));
    std::memcpy(bytes.data() + at + sizeof place, &crc, sizeof crc);
  }
  const std::uint32_t crc =
      kindred::io::crc32c(std::span(bytes).subspan(kCovered, kHeaderBytes - kCovered));
  std::memcpy(bytes.data() + kChecksum, &crc, sizeof crc);
}

template <typename Act>
void corrupt_at_most(const Act& act) {
  try {
    act();
  } catch (const kindred::Error& error) {
    if (error.kind() != kindred::ErrorKind::corrupt) std::abort();
  }
}

void read(const RowFile& rows) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    corrupt_at_most([&] {
      const std::size_t bytes =
          rows.id(row).size() + rows.payload(row).size() + rows.fields(row).size();
      if (bytes > rows.bytes()) std::abort();
      const auto found = rows.find_id(rows.id(row));
      if (found && *found >= rows.rows()) std::abort();
    });
    corrupt_at_most([&] {
      const auto found = rows.find_key(rows.key(row));
      if (found && *found >= rows.rows()) std::abort();
      if (rows.row_of_rank(row) >= rows.rows()) std::abort();
    });
  }
  corrupt_at_most([&] { rows.find_key(7); });
  corrupt_at_most([&] { rows.find_id("a"); });
}

// What `verify` passes is found again.
void find_all(const RowFile& rows) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (rows.find_key(rows.key(row)) != row) std::abort();
    if (!rows.id(row).empty() && !rows.find_id(rows.id(row))) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  mend(bytes);
  const MemoryFile file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    const auto rows = RowFile::open(file.path());
    read(*rows);
    rows->verify();
    find_all(*rows);
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
