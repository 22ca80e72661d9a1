// Texts of a file in chunks that fit in memory. Tested by text_chunks_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/table.h"

namespace kindred::encode {

/// Where texts come from.
struct TextSource {
  std::string path;    ///< "-": standard input
  std::string column;  ///< of a CSV, TSV or JSONL file; empty: the only one, or the line itself
  std::optional<io::TableFormat> format;  ///< unset: by the path's ending

  bool is_stdin() const noexcept { return path == "-"; }
  /// True of standard input and of other pipes: they can be neither counted nor resumed.
  bool is_read_once() const noexcept;
};

/// Rows [begin, end) of a source.
struct RowRange {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;
};

/// Reads one chunk after another; only one is held.
///
/// Threads: one at a time.
class TextChunks {
 public:
  /// Errors: those of io::TableReader.
  TextChunks(const TextSource& source, std::size_t rows_a_chunk, std::size_t bytes_a_chunk,
             RowRange range = {});

  /// The next rows, valid until the next call; empty at the end.
  const std::vector<std::string_view>& next();

 private:
  io::TableReader reader_;
  std::size_t rows_a_chunk_;
  std::size_t bytes_a_chunk_;
  RowRange range_;
  std::uint64_t row_ = 0;
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::vector<std::string_view> texts_;
};

/// Rows of a source, which must not be standard input: reads it once.
std::uint64_t count_rows(const TextSource& source);

/// All texts of a source, for small ones. Errors: exhausted above `limit` rows.
std::vector<std::string> read_all_texts(const TextSource& source, std::size_t limit);

}  // namespace kindred::encode
