#include "catalog/product_reader.h"

#include <vector>

#include "base/error.h"
#include "io/jsonl_record.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

io::TableReader open_table(const std::string& path, io::TableFormat format) {
  io::TableOptions options;
  // Lines of JSON are taken apart here, for their keys differ from line to line.
  options.format = format == io::TableFormat::jsonl ? io::TableFormat::lines : format;
  options.tsv_escapes = true;
  return io::TableReader::open(path, options);
}

io::TableFormat product_format(const std::string& path, std::optional<io::TableFormat> format) {
  const io::TableFormat chosen = format.value_or(io::table_format_of(path));
  if (chosen == io::TableFormat::lines) {
    fail(ErrorKind::bad_input, "{}: products come as csv, tsv or jsonl; name the format", path);
  }
  return chosen;
}

}  // namespace

struct ProductReader::Impl {
  std::string path;
  Mapping mapping;
  io::TableFormat format;
  io::TableReader table;
  io::JsonlFields json;
  std::vector<RawField> fields;
  std::vector<std::string> repaired;  // of values that are not UTF-8

  Impl(std::string name, Mapping given, io::TableFormat of)
      : path(std::move(name)), mapping(std::move(given)), format(of), table(open_table(path, of)) {
    if (format != io::TableFormat::jsonl) mapping.check_columns(table.columns(), path);
  }

  /// The row's fields in `fields`. Throws Error for a malformed line of JSON.
  void take_fields(const io::TableRow& row) {
    fields.clear();
    if (format == io::TableFormat::jsonl) {
      for (const io::JsonlField& field : json.fields(row.values[0], path, row.line)) {
        fields.push_back({field.key, field.value, field.nested});
      }
    } else {
      const auto& columns = table.columns();
      for (std::size_t c = 0; c < columns.size(); ++c)
        fields.push_back({columns[c], row.values[c]});
    }
    repaired.clear();
    repaired.reserve(fields.size());
    for (RawField& field : fields) {
      if (text::valid_prefix(field.value) == field.value.size()) continue;
      text::append_repaired(field.value, repaired.emplace_back());
      field.value = repaired.back();
    }
  }

  bool is_blank(const io::TableRow& row) const {
    return format == io::TableFormat::jsonl &&
           row.values[0].find_first_not_of(" \t\r") == std::string_view::npos;
  }

  bool next(ReadProduct& read) {
    io::TableRow row;
    read.bad.reset();
    do {
      try {
        if (!table.next(row)) return false;
      } catch (const Error& error) {
        if (!table.skip_bad_row()) throw;
        read.line = row.line;
        read.bad = {row.line, "", error.what()};
        return true;
      }
    } while (is_blank(row));
    read.line = row.line;
    try {
      take_fields(row);
      read.product = mapping.apply(fields);
    } catch (const BadRow& bad) {
      read.bad = {row.line, bad.column(), bad.what()};
    } catch (const Error& error) {
      read.bad = {row.line, "", error.what()};
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
  return ProductReader(
      std::make_unique<Impl>(path, std::move(mapping), product_format(path, format)));
}

bool ProductReader::next(ReadProduct& read) {
  return impl_->next(read);
}
std::optional<std::uint64_t> ProductReader::size() const noexcept {
  return impl_->table.size();
}
std::uint64_t ProductReader::position() const noexcept {
  return impl_->table.position();
}

}  // namespace kindred::catalog
