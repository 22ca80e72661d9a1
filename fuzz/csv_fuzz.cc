// Any bytes as a table of each format (the first byte chooses): an Error, or rows of the columns'
// width, the same whether the input is in memory or read from a file.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "io/csv_record.h"
#include "io/table.h"
#include "kindred/error.h"
#include "memory_file.h"

namespace {

using kindred::io::CsvRecord;
using kindred::io::TableFormat;
using kindred::io::TableOptions;
using kindred::io::TableReader;
using kindred::io::TableRow;

// All values, or the error's message.
std::vector<std::string> read(TableReader (*open)(std::string_view, const TableOptions&),
                              std::string_view input, const TableOptions& options) {
  std::vector<std::string> values;
  try {
    TableReader reader = open(input, options);
    const std::size_t columns = std::max<std::size_t>(reader.columns().size(), 1);
    std::uint64_t offset = 0;
    for (TableRow row; reader.next(row);) {
      if (row.values.size() != columns || row.offset < offset) std::abort();
      offset = row.offset;
      values.insert(values.end(), row.values.begin(), row.values.end());
    }
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
    values.emplace_back("error");
  }
  return values;
}

TableReader open_memory(std::string_view text, const TableOptions& options) {
  return TableReader::from_memory(text, "input", options);
}

TableReader open_path(std::string_view path, const TableOptions& options) {
  return TableReader::open(std::string(path), options);
}

// A record fed in two pieces is the record fed at once.
void check_pieces(std::string_view text, std::size_t cut) {
  CsvRecord whole;
  CsvRecord pieces;
  const CsvRecord::Result expected = whole.scan(text, true);
  CsvRecord::Result result = pieces.scan(text.substr(0, cut), false);
  if (result == CsvRecord::Result::incomplete) result = pieces.scan(text, true);
  if (result != expected) std::abort();
  if (result != CsvRecord::Result::complete) return;
  const auto a = whole.values(text);
  const auto b = pieces.values(text);
  if (whole.end() != pieces.end() || whole.lines() != pieces.lines()) std::abort();
  if (!std::equal(a.begin(), a.end(), b.begin(), b.end())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  TableOptions options{.format = static_cast<TableFormat>(data[0] & 3),
                       .tsv_escapes = (data[0] & 4) != 0,
                       .max_row_bytes = 4096};
  if ((data[0] & 8) != 0 && options.format != TableFormat::lines) options.columns = {"a"};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const MemoryFile file(data + 1, size - 1);
  if (read(open_memory, text, options) != read(open_path, file.path(), options)) std::abort();
  check_pieces(text, text.size() * (data[0] >> 4) / 16);
  return 0;
}
