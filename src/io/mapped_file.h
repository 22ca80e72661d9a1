// A file read through the page cache, without a copy. Tested by mapped_file_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kindred::io {

/// A whole regular file, mapped read-only. An empty file is an empty span.
///
/// The file must not shrink while it is mapped: the kernel answers a read behind its new end with
/// SIGBUS. Kindred's own writers replace files and never shorten them.
///
/// Threads: immutable; every method may run concurrently.
class MappedFile {
 public:
  /// Errors: not_found (with the system's reason), bad_input for what is not a regular file,
  /// exhausted when it cannot be mapped.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::size_t size() const noexcept { return size_; }
  const std::byte* data() const noexcept { return data_; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }

  /// The file will be read once from begin to end: read ahead more.
  void advise_sequential() const noexcept;
  /// The pages of [begin, begin + count) leave this process's memory; they are read again when
  /// touched. Ranges outside the file are cut off.
  void release(std::size_t begin, std::size_t count) const noexcept;

 private:
  MappedFile(std::string path, const std::byte* data, std::size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}
  std::string path_;
  const std::byte* data_;
  std::size_t size_;
};

}  // namespace kindred::io
