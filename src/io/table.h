// Rows of plain lines, CSV, TSV and JSONL, one at a time. Tested by table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

enum class TableFormat {
  lines,  ///< a row a line, one column without a name
  csv,    ///< RFC 4180 with a header line: quoted fields may hold commas, quotes (doubled) and line
          ///< ends
  tsv,    ///< a header line, fields between tabs, nothing quoted
  jsonl,  ///< a JSON object a line (or a JSON string, when no column is asked for), or one JSON
          ///< array of them
  parquet,  ///< not for TableReader, which refuses it: see parquet.h
};

std::string_view to_string(TableFormat format) noexcept;
/// "csv" and so on. Errors: bad_input, listing the formats.
TableFormat parse_table_format(std::string_view name);
/// By the path's ending, with or without .gz or .zst behind it: .csv, .tsv, .jsonl, .ndjson, .json
/// or .parquet; anything else is plain lines.
TableFormat table_format_of(std::string_view path) noexcept;

struct TableOptions {
  std::optional<TableFormat> format;  ///< unset: by the path's ending
  /// The columns wanted, in this order. Empty: all of a CSV or TSV file, the line itself of plain
  /// lines, the string that each line of a JSONL file must then be.
  std::vector<std::string> columns = {};
  bool tsv_escapes = false;  ///< TSV: \t \n \r and \\ stand for those characters
  /// CSV: of comma, semicolon, tab and bar, that which the first line has most of is between the
  /// fields; or, as spreadsheets write it, that of a line "sep=;" before it.
  bool find_delimiter = false;
  /// Of JSONL: the one value of a row is its JSON text as it stands, for who takes it apart.
  bool whole_json = false;
  /// A longer row is refused (a quote that is never closed would swallow the file).
  std::size_t max_row_bytes = std::size_t{64} << 20;
};

/// One row. The values are valid until the next call of `next`.
struct TableRow {
  std::span<const std::string_view> values;  ///< one a column wanted
  std::uint64_t number = 0;                  ///< rows before it: 0 for the first after the header
  std::uint64_t line = 0;                    ///< where it begins, counted from 1
  std::uint64_t offset = 0;  ///< where it begins, in bytes from the start of the input
};

/// Reads rows in constant memory, of gzip and Zstandard what is compressed in it. Lines end in LF
/// or CRLF; a byte order mark of UTF-8 is skipped; all other bytes, NUL and invalid UTF-8 included,
/// are handed on as they are. Blank lines are rows of plain lines and of one-column CSV and TSV
/// files; elsewhere they are skipped. In JSONL a number or boolean is its JSON text and null is
/// empty.
///
/// Errors name the input, the line and what was expected: not_found for the file or a column (with
/// the columns that exist); corrupt for a malformed row; bad_input for UTF-16, for what is not text
/// at all (compressed, an archive, an array) and, save in plain lines, for lines that end in CR
/// alone; exhausted for a row over the limit.
///
/// Threads: one at a time.
class TableReader {
 public:
  static TableReader open(const std::string& path, const TableOptions& options = {});
  /// Reads a descriptor that stays open and is the caller's (standard input, a pipe). `name` stands
  /// for the path in messages; without `options.format` the input is plain lines.
  static TableReader from_descriptor(int descriptor, const std::string& name,
                                     const TableOptions& options = {});
  /// Reads memory that outlives the reader.
  static TableReader from_memory(std::string_view text, const std::string& name,
                                 const TableOptions& options = {});
  /// Rows of the one column that holds the texts. `column` may be empty for plain lines, JSONL
  /// of strings, and CSV and TSV files of a single column. Errors: bad_input where a column must be
  /// named (with the columns that exist), or is named for plain lines.
  static TableReader open_column(const std::string& path, const std::string& column,
                                 TableOptions options = {});
  static TableReader column_from_descriptor(int descriptor, const std::string& name,
                                            const std::string& column, TableOptions options = {});

  TableReader(TableReader&&) noexcept;
  TableReader& operator=(TableReader&&) noexcept;
  ~TableReader();

  /// False at the end of the input.
  bool next(TableRow& row);
  /// After `next` threw for a malformed row: true, and `next` goes on behind it. Behind a quote
  /// that is misplaced or never closed that is the line after the one that the row begins on, so
  /// that no good row is lost with it. False after any other error.
  bool skip_bad_row();

  TableFormat format() const noexcept;
  /// The columns of the rows' values. For plain lines, one empty name.
  const std::vector<std::string>& columns() const noexcept;
  /// Bytes of the whole input, where it is a regular file or memory.
  std::optional<std::uint64_t> size() const noexcept;
  /// Bytes consumed so far.
  std::uint64_t position() const noexcept;

  struct Impl;

 private:
  explicit TableReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::io
