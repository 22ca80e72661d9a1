// The operations that change a disk, behind one interface, so that a test can make each of them
// fail. Tested by file_system_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kindred::io {

/// A file open for writing. Nothing of it is sure to outlive the machine before `sync`.
///
/// Threads: one at a time.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  WritableFile(const WritableFile&) = delete;
  WritableFile& operator=(const WritableFile&) = delete;

  /// Writes all of `bytes`. Errors: exhausted when the disk is full; after an error any part of
  /// them may be in the file.
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  /// Returns when the file's bytes and size are on the disk. After an error it is unknown which
  /// are, and a second try would say nothing about them.
  virtual void sync() = 0;

 protected:
  WritableFile() = default;
};

/// Errors of all: as fail_system says (io/system_error.h).
///
/// Threads: every method may run concurrently.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// A new file, empty; an old one of that name loses its content.
  virtual std::unique_ptr<WritableFile> create(const std::string& path) = 0;
  /// An existing file. Errors: not_found.
  virtual std::unique_ptr<WritableFile> open(const std::string& path) = 0;
  /// Replaces `to`.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  /// A second name of the same file; a copy where the file system cannot (another disk).
  virtual void link(const std::string& from, const std::string& to) = 0;
  /// Does nothing when there is no such file.
  virtual void remove(const std::string& path) = 0;
  /// Does nothing when it is there.
  virtual void make_directory(const std::string& path) = 0;
  /// Of an empty directory; does nothing when there is none.
  virtual void remove_directory(const std::string& path) = 0;
  /// Returns when the names in the directory are on the disk.
  virtual void sync_directory(const std::string& path) = 0;
};

/// The operating system's.
FileSystem& system_files();

/// The directory that holds `path`: "." for a name without one.
std::string directory_of(std::string_view path);

/// Makes `path` hold `bytes`, whole or not at all: written as "<path>.new", synced, renamed, the
/// directory synced.
void replace_file(FileSystem& files, const std::string& path, std::string_view bytes);

/// Its first half: `path` stands as it was, and the content of "<path>.new" is on the disk. After
/// an error that file is gone where it could be removed.
void write_beside(FileSystem& files, const std::string& path, std::string_view bytes);
/// Its second half. After an error it is unknown which of the two contents a crash would leave.
void put_in_place(FileSystem& files, const std::string& path);

/// Removes a directory with all that is in it; does nothing when there is none.
void remove_tree(FileSystem& files, const std::string& directory);

/// Links or copies every file below `from` into the new directory `to`, and syncs the directories.
void link_tree(FileSystem& files, const std::string& from, const std::string& to);

}  // namespace kindred::io
