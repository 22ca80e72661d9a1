// Lines of click logs out of files. Tested by click_log_reader_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "io/table.h"
#include "prepare/click_columns.h"
#include "prepare/click_log.h"

namespace kindred::prepare {

/// Why a line is not used. The reasons are few, so that they can be counted.
struct LogReject {
  std::string reason;
  std::uint64_t line = 0;
  std::string text;  ///< as far as it says something: at most 200 bytes
};

struct ReadLog {
  LogLine line;
  std::optional<LogReject> reject;  ///< then there is no line
};

struct ClickLogOptions {
  ClickColumns columns;
  std::optional<io::TableFormat> format;  ///< unset: by the path's ending
  Microseconds zone = 0;                  ///< of times that name none
  /// Users and sessions are hashed together with it; empty: with nothing.
  std::string salt;
};

/// Reads CSV (with whatever delimiter), TSV, JSONL (what a dump of a search engine wraps in
/// "_source" is unwrapped) and Parquet in constant memory, gzip and Zstandard undone. Two forms of
/// log, which may be mixed:
///
/// - A list a line: a query with its items in the order they were shown, with or without positions,
///   and those that were clicked, put into the basket and ordered, as lists of ids, as 0 and 1 an
///   item, or as members of the items ("clicked": true).
/// - An event a line, with a type. A line without a type and with a single item is an impression
///   where a column says whether the item was clicked, else a click.
///
/// Lists in CSV are JSON, or separated by "|", ";", "," or blanks, the first of these that occurs.
/// Where a position is at most the page's size on a later page, it counts from there.
///
/// Threads: one at a time.
class ClickLogReader {
 public:
  /// `path` "-" is standard input (JSONL unless a format is given). Errors: as TableReader and
  /// open_parquet; bad_input for a table without a column for the time.
  static ClickLogReader open(const std::string& path, const ClickLogOptions& options);
  /// Of memory that outlives the reader.
  static ClickLogReader from_memory(std::string_view text, const std::string& name,
                                    const ClickLogOptions& options);
  ClickLogReader(ClickLogReader&&) noexcept;
  ClickLogReader& operator=(ClickLogReader&&) noexcept;
  ~ClickLogReader();

  /// False at the end. Errors: what ends the reading of the whole file.
  bool next(ReadLog& read);
  /// Passes over rows without looking into them, as many as `next` gave; false where there are
  /// fewer.
  bool skip(std::uint64_t rows);
  std::optional<std::uint64_t> size() const noexcept;  ///< bytes, where known
  std::uint64_t position() const noexcept;

 private:
  struct Impl;
  explicit ClickLogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::prepare
