// The files of a segment: a header, a payload with a checksum a block, and nothing else. Tested by
// segment_file_test.cc; the layout is in docs/format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "io/atomic_file.h"
#include "io/descriptor.h"

namespace kindred::index {

/// What a file holds; a part of its header, so that files cannot be swapped.
enum class FileRole : std::uint32_t {
  meta = 1,
  vectors = 2,
  lists = 3,
  codes = 4,
  refine = 5,
  spill = 6
};

/// The file name of a role inside a segment's directory: "meta.kseg" and so on.
std::string_view file_name(FileRole role) noexcept;

/// Names the bytes of a finished file in another one.
struct FileStamp {
  std::uint64_t bytes = 0;     ///< of the payload
  std::uint32_t checksum = 0;  ///< of the block checksums
  bool operator==(const FileStamp&) const = default;
};

/// Writes a payload front to back. Threads: one at a time.
class SegmentFileWriter {
 public:
  SegmentFileWriter(const std::string& directory, FileRole role);
  void append(std::span<const std::byte> bytes);
  std::uint64_t size() const noexcept { return payload_; }
  /// Makes the file appear, synced.
  FileStamp commit();

 private:
  FileRole role_;
  io::AtomicFile file_;
  std::uint64_t payload_ = 0;
  std::vector<std::uint32_t> checksums_;  // of whole blocks
  std::uint32_t open_checksum_ = 0;       // of the bytes of the last, unfinished block
};

/// Threads: immutable; every method may run concurrently.
class SegmentFile {
 public:
  /// Checks the header, the size and the checksum of the checksums. Errors: not_found; corrupt;
  /// unsupported for a newer version.
  SegmentFile(const std::string& directory, FileRole role);

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return payload_; }
  /// Of the format: 1 or 2.
  std::uint32_t version() const noexcept { return version_; }
  FileStamp stamp() const noexcept { return stamp_; }
  /// Where the payload begins in the file.
  static std::uint64_t payload_offset() noexcept;
  int descriptor() const noexcept { return file_.get(); }

  /// The whole payload, checked. `out` has `size()` bytes. Errors: corrupt, naming the block.
  void read_all(std::byte* out) const;
  /// `count` bytes as they are on the disk, not checked. Errors: corrupt when the file has become
  /// shorter.
  void read(std::uint64_t offset, std::size_t count, std::byte* out) const;
  /// Reads the payload and checks every block.
  void verify() const;

 private:
  void check_block(std::size_t block, std::span<const std::byte> bytes) const;

  std::string path_;
  io::Descriptor file_;
  std::uint64_t payload_ = 0;
  std::uint32_t version_ = 0;
  std::vector<std::uint32_t> checksums_;
  FileStamp stamp_;
};

/// Plain values one after another, little-endian as the machine's.
class ByteWriter {
 public:
  template <typename T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_all(std::span<const T>(&value, 1));
  }
  template <typename T>
  void put_all(std::span<const T> values) {
    const auto bytes = std::as_bytes(values);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads them back. Errors: corrupt past the end, naming `origin`.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string origin)
      : bytes_(bytes), origin_(std::move(origin)) {}

  template <typename T>
  T get() {
    T value;
    take(&value, sizeof(T));
    return value;
  }
  /// `count` values; the size is checked before memory is asked for.
  template <typename T>
  std::vector<T> get_all(std::uint64_t count) {
    if (count > bytes_.size() / sizeof(T)) fail_short();
    std::vector<T> values(count);
    take(values.data(), count * sizeof(T));
    return values;
  }
  std::size_t left() const noexcept { return bytes_.size(); }

 private:
  void take(void* out, std::size_t count) {
    if (count > bytes_.size()) fail_short();
    if (count > 0) std::memcpy(out, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
  }
  [[noreturn]] void fail_short() const;

  std::span<const std::byte> bytes_;
  std::string origin_;
};

}  // namespace kindred::index
