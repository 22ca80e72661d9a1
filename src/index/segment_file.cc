#include "index/segment_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "io/system_error.h"

namespace kindred::index {
namespace {

constexpr std::array<char, 8> kMagic = {'K', 'I', 'N', 'D', 'S', 'E', 'G', '\n'};
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t role = 0;
  std::uint64_t payload = 0;
  std::uint64_t block_bytes = kBlockBytes;
  std::array<std::byte, 24> reserved{};
  std::uint32_t zero = 0;
  std::uint32_t checksum = 0;  // of the bytes before it
};
static_assert(sizeof(Header) == 64);

std::uint32_t checksum_of(const Header& header) {
  return io::crc32c(std::as_bytes(std::span(&header, 1)).first(sizeof(Header) - 4));
}

std::uint64_t blocks_of(std::uint64_t payload) {
  return payload / kBlockBytes + (payload % kBlockBytes != 0 ? 1 : 0);
}

void read_at(int descriptor, const std::string& path, std::uint64_t offset, std::size_t count,
             std::byte* out) {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor, out, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) io::fail_system(errno, "read", path);
    if (got == 0)
      fail(ErrorKind::corrupt, "{}: ends before byte {}; restore it from a copy or rebuild it",
           path, offset + count);
    out += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string_view file_name(FileRole role) noexcept {
  switch (role) {
    case FileRole::vectors:
      return "vectors.kseg";
    case FileRole::lists:
      return "lists.kseg";
    case FileRole::codes:
      return "codes.kseg";
    case FileRole::refine:
      return "refine.kseg";
    case FileRole::spill:
      return "spill.kseg";
    case FileRole::meta:
      break;
  }
  return "meta.kseg";
}

SegmentFileWriter::SegmentFileWriter(const std::string& directory, FileRole role)
    : role_(role), file_(io::AtomicFile::create(io::join_path(directory, file_name(role)))) {
  const Header header;  // a place for it; without a checksum it is refused until `commit`
  file_.write(std::as_bytes(std::span(&header, 1)));
}

void SegmentFileWriter::append(std::span<const std::byte> bytes) {
  file_.write(bytes);
  while (!bytes.empty()) {
    const std::size_t room = kBlockBytes - static_cast<std::size_t>(payload_ % kBlockBytes);
    const std::span<const std::byte> part = bytes.first(std::min(room, bytes.size()));
    open_checksum_ = io::crc32c(part, open_checksum_);
    payload_ += part.size();
    bytes = bytes.subspan(part.size());
    if (part.size() == room) {
      checksums_.push_back(open_checksum_);
      open_checksum_ = 0;
    }
  }
}

FileStamp SegmentFileWriter::commit() {
  if (payload_ % kBlockBytes != 0) checksums_.push_back(open_checksum_);
  const auto table = std::as_bytes(std::span(checksums_));
  const FileStamp stamp{payload_, io::crc32c(table)};
  file_.write(table);
  file_.write(std::as_bytes(std::span(&stamp.checksum, 1)));
  Header header;
  header.role = static_cast<std::uint32_t>(role_);
  header.payload = payload_;
  header.checksum = checksum_of(header);
  file_.write_at(0, std::as_bytes(std::span(&header, 1)));
  file_.commit();
  return stamp;
}

SegmentFile::SegmentFile(const std::string& directory, FileRole role)
    : path_(io::join_path(directory, file_name(role))),
      file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!file_.valid()) io::fail_system(errno, "open", path_);
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) io::fail_system(errno, "read", path_);
  const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || file_bytes < sizeof(Header) + 4)
    fail(ErrorKind::corrupt, "{}: too short for a segment's file; restore it from a copy", path_);
  Header header;
  read_at(file_.get(), path_, 0, sizeof(header), reinterpret_cast<std::byte*>(&header));
  if (header.magic != kMagic)
    fail(ErrorKind::corrupt, "{}: not a segment's file (wrong magic)", path_);
  if (header.checksum != checksum_of(header))
    fail(ErrorKind::corrupt, "{}: damaged header (checksum); restore it from a copy", path_);
  if (header.version > kVersion)
    fail(ErrorKind::unsupported, "{}: format version {}, this program reads up to {}; update it",
         path_, header.version, kVersion);
  if (header.version < 1 || header.role != static_cast<std::uint32_t>(role) ||
      header.block_bytes != kBlockBytes)
    fail(ErrorKind::corrupt, "{}: holds another kind of file than its name says", path_);
  payload_ = header.payload;
  version_ = header.version;
  if (payload_ > file_bytes ||
      file_bytes != sizeof(Header) + payload_ + 4 * blocks_of(payload_) + 4)
    fail(ErrorKind::corrupt, "{}: {} bytes, its header says {} of payload; it was cut or extended",
         path_, file_bytes, payload_);
  checksums_.resize(blocks_of(payload_));
  const std::size_t table_bytes = 4 * checksums_.size();
  read_at(file_.get(), path_, sizeof(Header) + payload_, table_bytes,
          reinterpret_cast<std::byte*>(checksums_.data()));
  std::uint32_t stored = 0;
  read_at(file_.get(), path_, sizeof(Header) + payload_ + table_bytes, 4,
          reinterpret_cast<std::byte*>(&stored));
  stamp_ = {payload_, io::crc32c(std::as_bytes(std::span(checksums_)))};
  if (stored != stamp_.checksum)
    fail(ErrorKind::corrupt, "{}: damaged table of checksums; restore it from a copy", path_);
}

std::uint64_t SegmentFile::payload_offset() noexcept {
  return sizeof(Header);
}

void SegmentFile::check_block(std::size_t block, std::span<const std::byte> bytes) const {
  if (io::crc32c(bytes) != checksums_[block])
    fail(ErrorKind::corrupt,
         "{}: checksum of the block at byte {} is wrong; restore it from a copy", path_,
         sizeof(Header) + block * kBlockBytes);
}

void SegmentFile::read_all(std::byte* out) const {
  for (std::size_t block = 0; block < checksums_.size(); ++block) {
    const std::uint64_t begin = block * kBlockBytes;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, payload_ - begin));
    read(begin, count, out + begin);
    check_block(block, {out + begin, count});
  }
}

void SegmentFile::read(std::uint64_t offset, std::size_t count, std::byte* out) const {
  require(offset <= payload_ && count <= payload_ - offset, "read inside the segment's file");
  read_at(file_.get(), path_, sizeof(Header) + offset, count, out);
}

void SegmentFile::verify() const {
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, payload_)));
  for (std::size_t block = 0; block < checksums_.size(); ++block) {
    const std::uint64_t begin = block * kBlockBytes;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, payload_ - begin));
    read(begin, count, bytes.data());
    check_block(block, {bytes.data(), count});
  }
}

void ByteReader::fail_short() const {
  fail(ErrorKind::corrupt, "{}: ends inside a value; restore it from a copy", origin_);
}

}  // namespace kindred::index
