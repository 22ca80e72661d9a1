#include "catalog/product_reader.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "base/error.h"
#include "io/jsonl_record.h"
#include "io/parquet.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

// The rows of a file of one format.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// The columns that every row has; empty where they differ from row to row.
  virtual std::span<const std::string> columns() const { return {}; }
  /// The next row's fields, valid until the next call, and where it is: `line` is set before
  /// anything can go wrong. False at the end. Errors: those of a row, behind which it goes on where
  /// skip_bad_row is true, and those of the file.
  virtual bool next(std::vector<RawField>& fields, std::uint64_t& line) = 0;
  virtual bool skip_bad_row() = 0;
};

bool is_utf8(std::string_view text) {
  return text::valid_prefix(text) == text.size();
}

// A row, or where `column` is set a value of it, whose bytes are not UTF-8.
struct NotUtf8 {
  std::string column;
};

std::string advice_for_bytes(const std::string& path) {
  return fmt::format(
      "not UTF-8; if the file is in Windows-1252 (or Latin-1), convert it: iconv -f WINDOWS-1252 "
      "-t "
      "UTF-8 '{}' > NEW",
      path);
}

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

std::unique_ptr<RowSource> open_source(const std::string& path,
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
  fail(ErrorKind::bad_input, "{}: products come as csv, tsv, jsonl or parquet; name the format",
       path);
}

}  // namespace

struct ProductReader::Impl {
  std::string path;
  Mapping mapping;
  std::optional<io::TableFormat> format;
  std::unique_ptr<RowSource> source;
  std::vector<RawField> fields;
  bool more_than_ascii = false;  // in the rows so far, as UTF-8
  bool prices_seen = false;      // all of them, for their decimal mark:
  char decimal_mark = 0;

  Impl(std::string file, Mapping given, std::optional<io::TableFormat> as)
      : path(std::move(file)),
        mapping(std::move(given)),
        format(as),
        source(open_source(path, format)) {
    if (!source->columns().empty()) mapping.check_columns(source->columns(), path);
  }

  void check_text() {
    const RawField* wrong = nullptr;
    for (const RawField& field : fields) {
      if (is_utf8(field.value)) {
        more_than_ascii = more_than_ascii ||
                          std::any_of(field.value.begin(), field.value.end(),
                                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
      } else if (!mapping.ignores(field.column)) {
        wrong = &field;
      }
    }
    if (wrong != nullptr) throw NotUtf8{std::string(wrong->column)};
  }

  // A damaged character in a file of UTF-8 costs its row; a file in another encoding is refused.
  BadRowReport bad_bytes(const NotUtf8& bytes, std::uint64_t line) const {
    const bool parquet = format.value_or(io::table_format_of(path)) == io::TableFormat::parquet;
    const std::string advice =
        parquet ? fmt::format(
                      "bytes that are no text; leave the column out by a mapping: "
                      "{{\"columns\": {{\"{}\": \"ignore\"}}}}",
                      bytes.column)
                : advice_for_bytes(path);
    if (more_than_ascii && !parquet)
      return {line, bytes.column, "not UTF-8: a character of it is damaged or cut"};
    fail(ErrorKind::bad_input, "{}, line {}{}{}: {}", path, line,
         bytes.column.empty() ? "" : ", column ", bytes.column, advice);
  }

  // Reads the file once more for what its prices show. One that is a pipe is not.
  void look_at_prices() {
    prices_seen = true;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return;
    bool shown[2] = {};  // '.', ','
    try {
      const auto again = open_source(path, format);
      std::vector<RawField> row;
      for (std::uint64_t line = 0; !(shown[0] && shown[1]); row.clear()) {
        try {
          if (!again->next(row, line)) break;
          if (const char mark = mapping.decimal_mark_of(row)) shown[mark == ',' ? 1 : 0] = true;
        } catch (const Error&) {
          if (!again->skip_bad_row()) break;
        } catch (const NotUtf8&) {
        }
      }
    } catch (const Error&) {
      return;  // reported when it is come to
    }
    if (shown[0] != shown[1]) decimal_mark = shown[0] ? '.' : ',';
  }

  bool next(ReadProduct& read) {
    read.bad.reset();
    read.notes = {};
    fields.clear();
    try {
      if (!source->next(fields, read.line)) return false;
      check_text();
    } catch (const NotUtf8& bytes) {
      read.bad = bad_bytes(bytes, read.line);
      return true;
    } catch (const Error& error) {
      if (!source->skip_bad_row()) throw;
      read.bad = {read.line, "", error.what()};
      return true;
    }
    try {
      read.product = mapping.apply(fields, decimal_mark, &read.notes);
      if (!read.notes.ambiguous_price.empty() && !prices_seen) {
        look_at_prices();
        read.product = mapping.apply(fields, decimal_mark, &read.notes);
      }
    } catch (const BadRow& bad) {
      read.bad = {read.line, bad.column(), bad.what()};
    } catch (const Error& error) {
      read.bad = {read.line, "", error.what()};
    }
    return true;
  }
};

ProductReader::ProductReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProductReader::ProductReader(ProductReader&&) noexcept = default;
ProductReader& ProductReader::operator=(ProductReader&&) noexcept = default;
ProductReader::~ProductReader() = default;

ProductReader ProductReader::open(const std::string& path, Mapping mapping,
                                  std::optional<io::TableFormat> format) {
  return ProductReader(std::make_unique<Impl>(path, std::move(mapping), format));
}

bool ProductReader::next(ReadProduct& read) {
  return impl_->next(read);
}

}  // namespace kindred::catalog
