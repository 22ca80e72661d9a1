#include "io/table.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/error.h"
#include "io/csv_record.h"
#include "io/file.h"
#include "io/json_array.h"
#include "io/jsonl_record.h"
#include "io/known_format.h"
#include "io/system_error.h"
#include "io/table_input.h"

namespace kindred::io {
namespace {

struct FormatName {
  TableFormat format;
  std::string_view name;
};
constexpr FormatName kFormats[] = {{TableFormat::lines, "lines"},
                                   {TableFormat::csv, "csv"},
                                   {TableFormat::tsv, "tsv"},
                                   {TableFormat::jsonl, "jsonl"},
                                   {TableFormat::parquet, "parquet"}};

// Undoes \t, \n, \r and \\; any other backslash stays. The result is not longer.
std::string unescape_tsv(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    switch (next) {
      case 't':
        result += '\t';
        break;
      case 'n':
        result += '\n';
        break;
      case 'r':
        result += '\r';
        break;
      case '\\':
        result += '\\';
        break;
      default:
        result += text[i];
        continue;
    }
    ++i;
  }
  return result;
}

}  // namespace

std::string_view to_string(TableFormat format) noexcept {
  return kFormats[static_cast<std::size_t>(format)].name;
}

TableFormat parse_table_format(std::string_view name) {
  for (const FormatName& format : kFormats) {
    if (format.name == name) return format.format;
  }
  fail(ErrorKind::bad_input,
       "no table format {}; the formats are lines, csv, tsv, jsonl and parquet", name);
}

TableFormat table_format_of(std::string_view path) noexcept {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (has_ending(path, packed)) path.remove_suffix(packed.size());
  }
  if (has_ending(path, ".csv")) return TableFormat::csv;
  if (has_ending(path, ".tsv")) return TableFormat::tsv;
  if (has_ending(path, ".jsonl") || has_ending(path, ".ndjson") || has_ending(path, ".json"))
    return TableFormat::jsonl;
  if (has_ending(path, ".parquet")) return TableFormat::parquet;
  return TableFormat::lines;
}

struct TableReader::Impl {
  TableInput input;
  TableOptions options;
  TableFormat format;
  std::vector<std::string> columns;    // wanted
  std::vector<std::string> header;     // of CSV and TSV: all columns of the file
  std::vector<std::size_t> positions;  // of the wanted columns in the header
  std::vector<std::string_view> fields;
  std::vector<std::string_view> values;
  std::vector<std::string> unescaped;  // TSV, a wanted column each
  CsvRecord csv;
  JsonlRecord jsonl{{}};
  std::optional<JsonArray> array;  // of JSON that is one array
  std::uint64_t rows = 0;
  std::uint64_t lines = 0;  // consumed
  bool bad_row = false;     // the last call of next found one …
  bool unread_row = false;  // … and it is still in the input

  // `one_column`: the columns must come to one.
  Impl(TableInput source, const TableOptions& given, bool one_column)
      : input(std::move(source)),
        options(given),
        format(given.format.value_or(table_format_of(input.name()))),
        columns(given.columns) {
    if (format != TableFormat::parquet) skip_byte_order_mark();
    if (format != TableFormat::parquet && format != TableFormat::lines) check_line_ends();
    switch (format) {
      case TableFormat::lines:
        start_lines();
        break;
      case TableFormat::jsonl:
        jsonl = JsonlRecord(columns);
        if (JsonArray::begins(input)) array.emplace();
        break;
      case TableFormat::csv:
        if (options.find_delimiter) find_delimiter();
        start_header(one_column);
        break;
      case TableFormat::tsv:
        start_header(one_column);
        break;
      case TableFormat::parquet:
        fail(ErrorKind::unsupported,
             "{}: texts are not read from Parquet; import it into a catalogue, or convert it to "
             "JSONL",
             input.name());
    }
    unescaped.resize(columns.size());
  }

  std::string where(std::uint64_t line) const {
    return fmt::format("{}, line {}", input.name(), line);
  }

  void skip_byte_order_mark() {
    while (input.window().size() < 3 && input.more()) {
    }
    if (input.window().starts_with("\xEF\xBB\xBF")) return input.consume(3);
    refuse_known_format(input.window(), input.name());
  }

  // The first line with its end, as far as that comes early and is in no quotes.
  std::string_view first_line() {
    constexpr std::size_t kLooked = std::size_t{64} << 10;
    bool quoted = false;
    for (std::size_t at = 0;; ++at) {
      const std::string_view seen = input.window();
      const bool needed = at == seen.size() || (at + 1 == seen.size() && seen[at] == '\r');
      if (needed && at < kLooked) input.more();
      const std::string_view text = input.window();
      if (at >= std::min(text.size(), kLooked)) return text.substr(0, at);
      const char c = text[at];
      if (c == '"' && format == TableFormat::csv) quoted = !quoted;
      if (quoted || (c != '\n' && c != '\r')) continue;
      return text.substr(0, at + (c == '\r' && text.substr(at + 1).starts_with('\n') ? 2 : 1));
    }
  }

  void check_line_ends() {
    const std::string_view line = first_line();
    if (line.ends_with('\r') && line.size() < input.window().size()) {
      fail(ErrorKind::bad_input,
           "the lines of {0} end in CR, as old Macs write them; convert it: tr '\\r' '\\n' < '{0}' "
           "> "
           "NEW",
           input.name());
    }
  }

  void find_delimiter() {
    std::string_view line = first_line();
    if (line.starts_with("sep=") && line.size() > 5 && (line[5] == '\n' || line[5] == '\r')) {
      csv = CsvRecord(line[4]);
      input.consume(line.size());
      ++lines;
      return;
    }
    constexpr std::string_view kDelimiters = ",;\t|";
    std::size_t counts[kDelimiters.size()] = {};
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      const std::size_t which = kDelimiters.find(c);
      if (!quoted && which != std::string_view::npos) ++counts[which];
    }
    const auto most = std::max_element(std::begin(counts), std::end(counts)) - std::begin(counts);
    csv = CsvRecord(kDelimiters[static_cast<std::size_t>(most)]);
  }

  void start_lines() {
    if (!columns.empty()) {
      fail(
          ErrorKind::bad_input,
          "{} is read as plain lines, which have no column {}; name its format (csv, tsv or jsonl)",
          input.name(), columns.front());
    }
    columns.emplace_back();
  }

  void start_header(bool one_column) {
    if (!next_fields()) {
      fail(ErrorKind::corrupt, "{} is empty; a {} file begins with a line of column names",
           input.name(), to_string(format));
    }
    header.assign(fields.begin(), fields.end());
    if (one_column && columns.empty() && header.size() > 1) {
      fail(ErrorKind::bad_input, "{} has several columns; name the one to read: {}", input.name(),
           fmt::join(header, ", "));
    }
    if (columns.empty()) columns = header;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      // All columns, by position: names may then repeat.
      positions.push_back(options.columns.empty() ? c : position_of(columns[c]));
    }
  }

  std::size_t position_of(const std::string& column) const {
    const auto found = std::find(header.begin(), header.end(), column);
    if (found == header.end()) {
      fail(ErrorKind::not_found, "{} has no column {}; its columns are: {}", input.name(), column,
           fmt::join(header, ", "));
    }
    if (std::find(found + 1, header.end(), column) != header.end()) {
      fail(ErrorKind::bad_input, "{} has several columns {}; rename them in its first line",
           input.name(), column);
    }
    return static_cast<std::size_t>(found - header.begin());
  }

  // The fields of the next CSV or TSV record, which lines become `lines`. False at the end.
  bool next_fields() { return format == TableFormat::csv ? next_csv() : next_tsv(); }

  bool next_csv() {
    csv.clear();
    bool last = false;
    for (;;) {
      if (last && input.window().empty()) return false;
      const CsvRecord::Result result = csv.scan(input.window(), last);
      bad_row = unread_row = true;  // unless it comes out well
      if (csv.end() > options.max_row_bytes) input.fail_too_long(options.max_row_bytes, lines + 1);
      switch (result) {
        case CsvRecord::Result::complete: {
          const auto all = csv.values(input.window());
          fields.assign(all.begin(), all.end());
          input.consume(csv.end());
          lines += csv.lines();
          bad_row = unread_row = false;
          return true;
        }
        case CsvRecord::Result::incomplete:
          bad_row = unread_row = false;
          last = !input.more();
          break;
        case CsvRecord::Result::after_quote:
          fail(ErrorKind::corrupt,
               "{}: text follows a closing quote; a quote inside a quoted field must be doubled",
               where(lines + 1 + csv.lines()));
        case CsvRecord::Result::open_quote:
          fail(ErrorKind::corrupt, "{}: the row has a quote that is never closed",
               where(lines + 1));
      }
    }
  }

  bool next_tsv() {
    std::string_view line;
    if (!input.next_line(line, options.max_row_bytes, lines + 1)) return false;
    ++lines;
    fields.clear();
    for (;;) {
      const std::size_t tab = line.find('\t');
      fields.push_back(line.substr(0, tab));
      if (tab == std::string_view::npos) return true;
      line.remove_prefix(tab + 1);
    }
  }

  bool blank_record() const {
    return format == TableFormat::csv ? csv.blank() : fields.size() == 1 && fields[0].empty();
  }

  bool next_record(TableRow& row) {
    do {
      row.line = lines + 1;
      row.offset = input.position();
      if (!next_fields()) return false;
    } while (header.size() > 1 && blank_record());
    if (fields.size() != header.size()) {
      bad_row = true;
      fail(ErrorKind::corrupt, "{}: {} fields where the first line has {} ({})", where(row.line),
           fields.size(), header.size(), fmt::join(header, ", "));
    }
    values.resize(positions.size());
    for (std::size_t c = 0; c < positions.size(); ++c) {
      values[c] = fields[positions[c]];
      if (options.tsv_escapes && format == TableFormat::tsv) {
        values[c] = unescaped[c] = unescape_tsv(values[c]);
      }
    }
    row.values = values;
    return true;
  }

  bool next_line(TableRow& row) {
    row.line = lines + 1;
    row.offset = input.position();
    values.resize(1);
    if (!input.next_line(values[0], options.max_row_bytes, row.line)) return false;
    ++lines;
    row.values = values;
    return true;
  }

  bool next_element(TableRow& row) {
    values.resize(1);
    const bool has_row = array->next(input, values[0], options.max_row_bytes, lines);
    row.line = lines + 1;
    row.offset = input.position() - values[0].size();
    lines += static_cast<std::uint64_t>(std::count(values[0].begin(), values[0].end(), '\n'));
    return has_row;
  }

  bool next_jsonl(TableRow& row) {
    if (array) {
      if (!next_element(row)) return false;
    } else {
      do {
        if (!next_line(row)) return false;
      } while (values[0].find_first_not_of(" \t\r") == std::string_view::npos);
    }
    if (options.whole_json) {
      row.values = std::span(values).first(1);
      return true;
    }
    bad_row = true;
    row.values = jsonl.values(values[0], input.name(), row.line);
    bad_row = false;
    return true;
  }

  bool skip_bad_row() {
    if (!std::exchange(bad_row, false)) return false;
    if (!std::exchange(unread_row, false)) return true;
    std::string_view line;
    input.next_line(line, std::numeric_limits<std::size_t>::max(), lines + 1);
    ++lines;
    return true;
  }

  bool next(TableRow& row) {
    const bool has_row = format == TableFormat::lines   ? next_line(row)
                         : format == TableFormat::jsonl ? next_jsonl(row)
                                                        : next_record(row);
    if (has_row) row.number = rows++;
    return has_row;
  }
};

namespace {

TableInput open_input(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) fail_system(errno, "open", path);
  const int descriptor = file.get();
  return TableInput(std::move(file), descriptor, path);
}

TableOptions for_descriptor(TableOptions options) {
  if (!options.format) options.format = TableFormat::lines;
  return options;
}

void add_column(TableOptions& options, const std::string& column) {
  options.columns.clear();
  if (!column.empty()) options.columns.push_back(column);
}

}  // namespace

TableReader TableReader::open(const std::string& path, const TableOptions& options) {
  return TableReader(std::make_unique<Impl>(open_input(path), options, false));
}

TableReader TableReader::from_descriptor(int descriptor, const std::string& name,
                                         const TableOptions& options) {
  return TableReader(std::make_unique<Impl>(TableInput(Descriptor(), descriptor, name),
                                            for_descriptor(options), false));
}

TableReader TableReader::from_memory(std::string_view text, const std::string& name,
                                     const TableOptions& options) {
  return TableReader(std::make_unique<Impl>(TableInput(text, name), options, false));
}

TableReader TableReader::open_column(const std::string& path, const std::string& column,
                                     TableOptions options) {
  add_column(options, column);
  return TableReader(std::make_unique<Impl>(open_input(path), options, true));
}

TableReader TableReader::column_from_descriptor(int descriptor, const std::string& name,
                                                const std::string& column, TableOptions options) {
  add_column(options, column);
  return TableReader(std::make_unique<Impl>(TableInput(Descriptor(), descriptor, name),
                                            for_descriptor(std::move(options)), true));
}

TableReader::TableReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TableReader::TableReader(TableReader&&) noexcept = default;
TableReader& TableReader::operator=(TableReader&&) noexcept = default;
TableReader::~TableReader() = default;

bool TableReader::next(TableRow& row) {
  return impl_->next(row);
}
bool TableReader::skip_bad_row() {
  return impl_->skip_bad_row();
}
TableFormat TableReader::format() const noexcept {
  return impl_->format;
}
const std::vector<std::string>& TableReader::columns() const noexcept {
  return impl_->columns;
}
std::optional<std::uint64_t> TableReader::size() const noexcept {
  return impl_->input.size();
}
std::uint64_t TableReader::position() const noexcept {
  return impl_->input.position();
}

}  // namespace kindred::io
