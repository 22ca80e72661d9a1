// The rows of a file of any format, as columns with values. Tested by product_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/mapping.h"
#include "io/table.h"

namespace kindred::catalog {

/// Threads: one at a time.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// The columns that every row has; empty where they differ from row to row.
  virtual std::span<const std::string> columns() const { return {}; }
  /// Appends the next row's fields, valid until the next call, and says where it is: `line` is set
  /// before anything can go wrong. False at the end. Errors: those of a row, behind which it goes
  /// on where skip_bad_row is true, and those of the file; NotUtf8.
  virtual bool next(std::vector<RawField>& fields, std::uint64_t& line) = 0;
  virtual bool skip_bad_row() = 0;
};

/// CSV (with whatever delimiter), TSV with escapes, JSONL, Parquet, and plain lines as rows of one
/// column "text". Names of columns lose the blanks around them; a second one of a name becomes
/// "NAME (2)", and one without a name "column N". `format` unset: by the path's ending. Errors: as
/// TableReader and open_parquet; bad_input for names of columns that are not UTF-8.
std::unique_ptr<RowSource> open_rows(const std::string& path,
                                     std::optional<io::TableFormat> format = std::nullopt);

bool is_utf8(std::string_view text);

/// Thrown for a row, or where `column` is set a value of it, whose bytes are not UTF-8.
struct NotUtf8 {
  std::string column;
};

/// What to do with a file in another encoding.
std::string advice_for_bytes(const std::string& path);

}  // namespace kindred::catalog
