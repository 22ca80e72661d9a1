#include "catalog/product_reader.h"

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

std::string repaired(std::string_view text) {
  std::string valid;
  text::append_repaired(text, valid);
  return valid;
}

std::vector<std::string> repaired(std::span<const std::string> names) {
  std::vector<std::string> valid;
  for (const std::string& name : names) valid.push_back(repaired(name));
  return valid;
}

class TableSource final : public RowSource {
 public:
  TableSource(const std::string& path, io::TableFormat format)
      : table_(io::TableReader::open(path, {.format = format, .tsv_escapes = true})),
        columns_(repaired(table_.columns())) {}

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

// Lines of JSON are taken apart here, for their keys differ from line to line.
class JsonlSource final : public RowSource {
 public:
  explicit JsonlSource(const std::string& path)
      : path_(path), lines_(io::TableReader::open(path, {.format = io::TableFormat::lines})) {}

  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    in_row_ = false;
    io::TableRow row;
    do {
      if (!lines_.next(row)) return false;
    } while (row.values[0].find_first_not_of(" \t\r") == std::string_view::npos);
    line = row.line;
    in_row_ = true;
    for (const io::JsonlField& field : json_.fields(row.values[0], path_, row.line))
      fields.push_back({field.key, field.value, field.nested});
    return true;
  }
  bool skip_bad_row() override { return in_row_ || lines_.skip_bad_row(); }

 private:
  std::string path_;
  io::TableReader lines_;
  io::JsonlFields json_;
  bool in_row_ = false;  // the line was read; what is wrong is inside it
};

class ParquetSource final : public RowSource {
 public:
  explicit ParquetSource(const std::string& path)
      : table_(io::open_parquet(path)), columns_(repaired(table_->columns())) {}

  std::span<const std::string> columns() const override { return columns_; }
  bool next(std::vector<RawField>& fields, std::uint64_t& line) override {
    std::span<const io::ParquetValue> values;
    if (!table_->next(values)) return false;
    line = ++row_;
    for (std::size_t c = 0; c < values.size(); ++c)
      fields.push_back({columns_[c], values[c].text, values[c].nested});
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
  Mapping mapping;
  std::unique_ptr<RowSource> source;
  std::vector<RawField> fields;
  std::vector<std::string> values;  // repaired, of those that are not UTF-8

  Impl(const std::string& path, Mapping given, std::optional<io::TableFormat> format)
      : mapping(std::move(given)), source(open_source(path, format)) {
    if (!source->columns().empty()) mapping.check_columns(source->columns(), path);
  }

  void repair() {
    values.clear();
    values.reserve(fields.size());
    for (RawField& field : fields) {
      if (text::valid_prefix(field.value) == field.value.size()) continue;
      field.value = values.emplace_back(repaired(field.value));
    }
  }

  bool next(ReadProduct& read) {
    read.bad.reset();
    fields.clear();
    try {
      if (!source->next(fields, read.line)) return false;
    } catch (const Error& error) {
      if (!source->skip_bad_row()) throw;
      read.bad = {read.line, "", error.what()};
      return true;
    }
    repair();
    try {
      read.product = mapping.apply(fields);
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
