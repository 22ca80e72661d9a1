#include "catalog/row_source.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "io/jsonl_record.h"
#include "io/parquet.h"
#include "text/code_points.h"

namespace kindred::catalog {

bool is_utf8(std::string_view text) {
  return text::valid_prefix(text) == text.size();
}

std::string advice_for_bytes(const std::string& path) {
  return fmt::format(
      "not UTF-8; if the file is in Windows-1252 (or Latin-1), convert it: iconv -f WINDOWS-1252 "
      "-t "
      "UTF-8 '{}' > NEW",
      path);
}

namespace {

// As they are mapped and kept.
std::vector<std::string> clean_names(std::span<const std::string> names, const std::string& path) {
  std::vector<std::string> clean;
  std::map<std::string, std::size_t> times;
  for (const std::string& name : names) {
    if (!is_utf8(name)) {
      std::string shown;
      text::append_repaired(name, shown);
      fail(ErrorKind::bad_input, "{}, the column {}: {}", path, shown, advice_for_bytes(path));
    }
    const std::size_t begin = std::min(name.find_first_not_of(" \t\r\n"), name.size());
    std::string plain = name.substr(begin, name.find_last_not_of(" \t\r\n") + 1 - begin);
    if (plain.empty()) plain = fmt::format("column {}", clean.size() + 1);
    const std::string first = plain;
    while (times.contains(plain)) plain = fmt::format("{} ({})", first, ++times[first]);
    times[plain] = 1;
    clean.push_back(std::move(plain));
  }
  return clean;
}

class TableSource final : public RowSource {
 public:
  TableSource(const std::string& path, io::TableFormat format)
      : table_(io::TableReader::open(
            path, {.format = format, .tsv_escapes = true, .find_delimiter = true})),
        columns_(clean_names(table_.columns(), path)) {}

  std::span<const std::string> columns() const override { return columns_; }
  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    io::TableRow row;
    bool has_row = false;
    try {
      has_row = table_.next(row);
    } catch (const Error&) {
      line = row.line;
      throw;
    }
    line = row.line;
    if (!has_row) return false;
    for (std::size_t c = 0; c < row.values.size(); ++c)
      fields.push_back({columns_[c], row.values[c]});
    return true;
  }
  bool skip_bad_row() override { return table_.skip_bad_row(); }

 private:
  io::TableReader table_;
  std::vector<std::string> columns_;
};

// JSON, an object a line or in an array, is taken apart here, for keys differ from row to row.
class JsonlSource final : public RowSource {
 public:
  explicit JsonlSource(const std::string& path)
      : path_(path),
        rows_(io::TableReader::open(path, {.format = io::TableFormat::jsonl, .whole_json = true})) {
  }

  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    in_row_ = false;
    io::TableRow row;
    if (!rows_.next(row)) return false;
    line = row.line;
    in_row_ = true;
    if (!is_utf8(row.values[0])) throw NotUtf8{};
    for (const io::JsonlField& field : json_.fields(row.values[0], path_, row.line))
      fields.push_back({field.key, field.value, field.nested, field.number});
    return true;
  }
  bool skip_bad_row() override { return in_row_ || rows_.skip_bad_row(); }

 private:
  std::string path_;
  io::TableReader rows_;
  io::JsonlFields json_;
  bool in_row_ = false;  // the row was read; what is wrong is inside it
};

class ParquetSource final : public RowSource {
 public:
  explicit ParquetSource(const std::string& path)
      : table_(io::open_parquet(path)), columns_(clean_names(table_->columns(), path)) {}

  std::span<const std::string> columns() const override { return columns_; }
  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    std::span<const io::ParquetValue> values;
    if (!table_->next(values)) return false;
    line = ++row_;
    for (std::size_t c = 0; c < values.size(); ++c)
      fields.push_back({columns_[c], values[c].text, values[c].nested, values[c].number});
    return true;
  }
  bool skip_bad_row() override { return false; }

 private:
  std::unique_ptr<io::ParquetTable> table_;
  std::vector<std::string> columns_;
  std::uint64_t row_ = 0;
};

class LineSource final : public RowSource {
 public:
  explicit LineSource(const std::string& path)
      : table_(io::TableReader::open(path, {.format = io::TableFormat::lines})) {}

  std::span<const std::string> columns() const override { return columns_; }
  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    io::TableRow row;
    if (!table_.next(row)) return false;
    line = row.line;
    fields.push_back({columns_[0], row.values[0]});
    return true;
  }
  bool skip_bad_row() override { return table_.skip_bad_row(); }

 private:
  io::TableReader table_;
  std::vector<std::string> columns_ = {"text"};
};

}  // namespace

std::unique_ptr<RowSource> open_rows(const std::string& path,
                                     std::optional<io::TableFormat> format) {
  switch (const io::TableFormat chosen = format.value_or(io::table_format_of(path))) {
    case io::TableFormat::csv:
    case io::TableFormat::tsv:
      return std::make_unique<TableSource>(path, chosen);
    case io::TableFormat::jsonl:
      return std::make_unique<JsonlSource>(path);
    case io::TableFormat::parquet:
      return std::make_unique<ParquetSource>(path);
    case io::TableFormat::lines:
      break;
  }
  return std::make_unique<LineSource>(path);
}

}  // namespace kindred::catalog
