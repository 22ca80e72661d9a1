// Files that appear whole or not at all. Tested by atomic_file_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/descriptor.h"
#include "io/file_system.h"

namespace kindred::io {

/// A file written beside its final place and renamed to it by `commit`, after its bytes have
/// reached the disk. Until then the final path is untouched. Writes are buffered. A symbolic link
/// is followed: what it leads to is replaced, and the link stays.
///
/// Threads: one at a time.
class AtomicFile {
 public:
  /// Writes to a new name of its own beside `given`; destroyed uncommitted, it leaves nothing.
  /// Errors: not_found when the directory does not exist or cannot be written.
  static AtomicFile create(const std::string& given, FileSystem& files = system_files());
  /// Goes on with "<given>.partial", or starts it; destroyed uncommitted, the partial file stays
  /// for the next call. The position is its end. Errors: as `create`; bad_input while another
  /// process writes it.
  static AtomicFile resume(const std::string& given);

  AtomicFile(AtomicFile&& other) noexcept = default;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  const std::string& path() const noexcept { return path_; }
  /// Where the bytes lie until `commit`.
  const std::string& partial_path() const noexcept { return partial_path_; }
  /// Bytes so far, the resumed ones included.
  std::uint64_t size() const noexcept { return size_; }

  /// Appends. Errors: exhausted when the disk is full, with the path and the system's reason.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Overwrites bytes that were written before. Errors: internal outside of them.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Hands buffered bytes to the system, so that they outlive the process.
  void flush();
  /// Flushes, and returns when the bytes are on the disk.
  void sync();
  /// Forgets everything from `size` on. Errors: internal when it is beyond the end.
  void truncate(std::uint64_t size);
  /// Flushes, syncs, renames and syncs the directory. Nothing may be written after it.
  void commit();

 private:
  AtomicFile(FileSystem& files, std::string path, std::string partial_path,
             std::unique_ptr<WritableFile> file);

  FileSystem* files_;
  std::string path_;
  std::string partial_path_;
  std::string buffer_;
  std::unique_ptr<WritableFile> file_;  // null: committed, or moved from
  Descriptor resumable_;                // locked; its file outlives a writer that does not commit
  std::uint64_t size_ = 0;
};

}  // namespace kindred::io
