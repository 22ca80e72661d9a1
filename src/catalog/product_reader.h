// Products out of a file. Tested by product_reader_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "catalog/mapping.h"
#include "catalog/product.h"
#include "io/table.h"

namespace kindred::catalog {

/// A row that is no product. `column` is empty where the row as a whole is malformed.
struct BadRowReport {
  std::uint64_t line = 0;  ///< of Parquet, the row's number from 1
  std::string column = {};
  std::string reason = {};
};

struct ReadProduct {
  Product product;
  std::uint64_t line = 0;
  std::optional<BadRowReport> bad;  ///< then there is no product
  RowNotes notes = {};
};

/// Reads CSV (with whatever delimiter, see TableOptions::find_delimiter), TSV (with \t, \n, \r and
/// \\ as escapes), JSONL and Parquet in constant memory. A bad row does not end it; bytes that are
/// not UTF-8 do where nothing before them was more than ASCII: then the file is in another
/// encoding.
///
/// Names of columns lose the blanks around them; a second one of a name becomes "NAME (2)", and one
/// without a name "column N".
///
/// Where a price could be read in two ways ("4.999"), all prices of the file are looked at for one
/// that shows the decimal mark.
///
/// Threads: one at a time.
class ProductReader {
 public:
  /// `format` unset: by the path's ending. Errors: as TableReader and open_parquet; bad_input
  /// for plain lines and names of columns that are not UTF-8; as Mapping::check_columns.
  static ProductReader open(const std::string& path, Mapping mapping,
                            std::optional<io::TableFormat> format = std::nullopt);
  ProductReader(ProductReader&&) noexcept;
  ProductReader& operator=(ProductReader&&) noexcept;
  ~ProductReader();

  /// False at the end. Errors: what ends the reading of the whole file; bad_input for another
  /// encoding.
  bool next(ReadProduct& read);

 private:
  struct Impl;
  explicit ProductReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::catalog
