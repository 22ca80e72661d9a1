#include "eval/row_source.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "io/file.h"
#include "io/lfs_pointer.h"
#include "io/parquet.h"
#include "io/table.h"

namespace kindred::eval {
namespace {

constexpr std::uint64_t kLargestLfsPointer = 1024;

using Fields = std::vector<io::JsonlField>;
using Take = std::function<void(std::span<const io::JsonlField>, std::uint64_t)>;

void take_json(const std::string& path, const Take& take) {
  auto reader = io::TableReader::open(path, {.format = io::TableFormat::jsonl, .whole_json = true});
  io::JsonlFields json;
  for (io::TableRow row; reader.next(row);)
    take(json.fields(row.values[0], path, row.line), row.line);
}

void take_table(const std::string& path, io::TableFormat format, const Take& take) {
  auto reader = io::TableReader::open(path, {.format = format});
  const std::vector<std::string> columns = reader.columns();
  Fields fields(columns.size());
  for (io::TableRow row; reader.next(row);) {
    for (std::size_t c = 0; c < columns.size(); ++c) fields[c] = {columns[c], row.values[c]};
    take(fields, row.line);
  }
}

void take_parquet(const std::string& path, const Take& take) {
  const auto table = io::open_parquet(path);
  const std::vector<std::string>& columns = table->columns();
  Fields fields(columns.size());
  std::uint64_t number = 0;
  for (std::span<const io::ParquetValue> values; table->next(values);) {
    for (std::size_t c = 0; c < columns.size(); ++c)
      fields[c] = {columns[c], values[c].text, values[c].nested, values[c].number};
    take(fields, ++number);
  }
}

}  // namespace

void for_each_row(const std::string& path, const Take& take) {
  if (io::file_size(path) <= kLargestLfsPointer)
    io::refuse_lfs_pointer(io::read_text_file(path), path);
  const io::TableFormat format = io::table_format_of(path);
  switch (format) {
    case io::TableFormat::jsonl:
      return take_json(path, take);
    case io::TableFormat::csv:
    case io::TableFormat::tsv:
      return take_table(path, format, take);
    case io::TableFormat::parquet:
      return take_parquet(path, take);
    case io::TableFormat::lines:
      break;
  }
  fail(ErrorKind::bad_input, "{}: no table by its ending; jsonl, parquet, csv and tsv are read",
       path);
}

const io::JsonlField* find_field(std::span<const io::JsonlField> fields,
                                 std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const io::JsonlField& f) { return f.key == name; });
    if (field != fields.end()) return &*field;
  }
  return nullptr;
}

void fail_without_column(const std::string& path, std::uint64_t line, std::string_view wanted,
                         std::span<const io::JsonlField> fields) {
  std::string there;
  for (const io::JsonlField& field : fields)
    there += fmt::format("{}{}", there.empty() ? "" : ", ", printable(field.key));
  fail(ErrorKind::bad_input, "{}, row {}: no column {}; there are: {}", path, line, wanted,
       there.empty() ? "none" : there);
}

}  // namespace kindred::eval
