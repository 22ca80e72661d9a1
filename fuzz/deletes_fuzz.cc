// Any bytes as deleted rows, behind the number of rows (u16): an Error, or a set that is written as
// the same bytes. The checksum is made right first.
#include <cstdlib>
#include <cstring>
#include <string>

#include "index/tombstones.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "kindred/error.h"

namespace {

constexpr std::size_t kChecksum = 12, kCovered = 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint16_t rows = 0;
  if (size < sizeof rows) return 0;
  std::memcpy(&rows, data, sizeof rows);
  std::string bytes(reinterpret_cast<const char*>(data) + sizeof rows, size - sizeof rows);
  if (bytes.size() >= kCovered) {
    const std::string_view covered = std::string_view(bytes).substr(kCovered);
    const std::uint32_t crc = kindred::io::crc32c(kindred::io::as_bytes(covered));
    std::memcpy(bytes.data() + kChecksum, &crc, sizeof crc);
  }
  try {
    const auto deleted = kindred::index::decode_tombstones(bytes, rows, "input");
    if (deleted.rows() != rows || deleted.live().count() != rows - deleted.count()) std::abort();
    if (kindred::index::encode_tombstones(deleted) != bytes) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
