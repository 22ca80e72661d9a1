#include "catalog/product_reader.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "catalog/row_source.h"

namespace kindred::catalog {
namespace {

std::unique_ptr<RowSource> open_source(const std::string& path,
                                       std::optional<io::TableFormat> format) {
  if (format.value_or(io::table_format_of(path)) == io::TableFormat::lines) {
    fail(ErrorKind::bad_input, "{}: products come as csv, tsv, jsonl or parquet; name the format",
         path);
  }
  return open_rows(path, format);
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
