// Rows of Parquet files, read with Apache Arrow. Tested by parquet_test.cc.
//
// Arrow is large and optional. What includes and links it is one module, kindred_parquet.so
// (parquet_module.cc), which is loaded when the first such file is opened; the program and the
// library do without it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

/// A column's value of one row, as text: numbers in their shortest form, true and false, dates as
/// 2026-01-31, times as 2026-01-31 12:00:00 (with Z where the column has a time zone), decimals in
/// full; null, and a number that is none (NaN), are empty. Lists, structs and maps are JSON: null
/// members of a struct are left out, a map with texts for keys is an object.
struct ParquetValue {
  std::string_view text;
  bool nested = false;  ///< it is the JSON of a list, a struct or a map
  bool number = false;
};

/// Reads row after row, a page of each column in memory at a time, at most kParquetMemory of
/// Arrow's. Threads: one at a time.
class ParquetTable {
 public:
  virtual ~ParquetTable() = default;
  /// Names of the top-level columns.
  virtual const std::vector<std::string>& columns() const noexcept = 0;
  /// Of the whole file.
  virtual std::uint64_t rows() const noexcept = 0;
  /// One value a column, valid until the next call. False at the end. Errors: corrupt, exhausted;
  /// there is no row after an error.
  virtual bool next(std::span<const ParquetValue>& row) = 0;

 protected:
  ParquetTable() = default;
};

inline constexpr std::int64_t kParquetMemory = std::int64_t{1} << 30;

/// Errors: unsupported where the module is not installed (with what to do), and for a column of a
/// type that has no text; not_found; corrupt for what is no Parquet file.
std::unique_ptr<ParquetTable> open_parquet(const std::string& path);

/// Empty where Parquet files can be read.
std::string why_no_parquet();

/// The module's one function, by its name; the number grows with each change of what is above.
using OpenParquet = ParquetTable*(const std::string& path);
inline constexpr const char* kOpenParquetName = "kindred_open_parquet_2";
inline constexpr const char* kParquetModule = "kindred_parquet.so";

}  // namespace kindred::io
