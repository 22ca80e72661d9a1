// The directory of a zip archive in a mapped file. Tested by zip_archive_test.cc.
// Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (zip64 too)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "io/mapped_file.h"

namespace kindred::io {

/// The entries of a zip archive that holds files as they are ("stored"), as PyTorch writes them.
/// Checksums are not looked at: PyTorch can leave them out, and to check them every byte would have
/// to be read. Views stay valid while the file is mapped.
///
/// Threads: immutable; every method may run concurrently.
class ZipArchive {
 public:
  /// Errors: corrupt for a directory or an entry outside the file, entries that overlap, and names
  /// that appear twice; unsupported for an archive of several files.
  explicit ZipArchive(std::shared_ptr<const MappedFile> file);

  /// Whether a file begins as a zip archive does.
  static bool begins(std::string_view text) noexcept;

  bool has(std::string_view name) const noexcept { return entries_.contains(name); }
  /// Every name, sorted.
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  /// Errors: not_found; unsupported for an entry that is compressed or encrypted.
  std::string_view read(std::string_view name) const;

 private:
  struct Entry {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint64_t header = 0;  // offset of the local header
    std::uint64_t begin = 0;   // offset of the bytes
    std::uint64_t bytes = 0;   // as stored
    std::uint64_t whole = 0;   // when unpacked
  };
  struct Directory {
    std::uint64_t begin;
    std::uint64_t bytes;
    std::uint64_t entries;
  };
  class Reader;

  Directory find_directory(const Reader& reader) const;
  void read_entry(Reader& reader, std::uint64_t directory_begin);
  void check_overlaps(const Reader& reader) const;

  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace kindred::io
