// A file of rows that a later run can go on with, after a kill or a loss of power. Tested by
// partial_file_test.cc.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/atomic_file.h"

namespace kindred::io {

/// A header and then rows, written to "<path>.partial" until `commit`. How far the rows are sure is
/// noted in "<path>.partial.key" after they have reached the disk: their bytes and their checksum,
/// beside the key of the work that they belong to. A later writer of the same key takes what is
/// noted and still has that checksum; rows behind it, whole or not, are dropped.
///
/// State: "kindred partial 1", a line "BYTES CRC32C" a note (bytes of rows, ascending; at most
/// 128, the older ones thinned out), an empty line, the key.
///
/// Threads: one at a time.
class PartialFile {
 public:
  /// Without a key nothing can be resumed: the file has a name of its own and goes when it is not
  /// committed. Errors: those of AtomicFile.
  PartialFile(const std::string& path, std::string key);
  /// Notes what is there, for the next run.
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Called once, first. Takes over the rows of an earlier run of the same work, behind a header of
  /// so many bytes, and returns their bytes; 0, with an empty file, where there are none.
  std::uint64_t resume(std::size_t header_bytes);
  /// The header, before the first row.
  void write_header(std::string_view header);
  /// Whole rows.
  void append(std::span<const std::byte> rows);
  void append(std::string_view rows) { append(std::as_bytes(std::span(rows))); }
  /// Hands the rows to the system, and notes them when the last note is a second old.
  void flush();
  /// The last words: writes the header again, of the same size, and makes the file appear.
  void commit(std::string_view header = {});

  const std::string& path() const noexcept { return file_.path(); }
  /// Where the bytes lie until `commit`.
  const std::string& partial_path() const noexcept { return file_.partial_path(); }

 private:
  struct Note {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
  };

  std::vector<Note> load_notes() const;
  void save_notes();
  void note();

  AtomicFile file_;
  std::string key_;       // empty: not resumable
  std::string key_path_;  // of the state
  std::vector<Note> notes_;
  std::size_t header_bytes_ = 0;
  Note rows_;  // appended
  std::chrono::steady_clock::time_point last_note_;
  bool committed_ = false;
};

}  // namespace kindred::io
