#include "prepare/click_log_reader.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "io/parquet.h"
#include "prepare/log_line_builder.h"

namespace kindred::prepare {
namespace {

using simdjson::dom::element;

constexpr std::size_t kSampleBytes = 200;

}  // namespace

struct ClickLogReader::Impl {
  ClickLogOptions options;
  std::string name;
  std::optional<io::TableReader> table;
  std::unique_ptr<io::ParquetTable> parquet;
  std::vector<std::span<const ColumnTarget>> targets;  // a column each, not of JSONL
  std::unordered_map<std::string, std::span<const ColumnTarget>> known_keys;
  simdjson::dom::parser parser;
  LineBuilder builder;
  std::uint64_t parquet_rows = 0;

  Impl(const ClickLogOptions& given, std::string of)
      : options(given), name(std::move(of)), builder(options) {}

  bool is_json() const { return table && table->format() == io::TableFormat::jsonl; }

  void start() {
    if (is_json()) return;
    const std::vector<std::string>& columns = parquet ? parquet->columns() : table->columns();
    bool time = false;
    for (const std::string& column : columns) {
      targets.push_back(options.columns.targets(column));
      for (const ColumnTarget& target : targets.back()) time |= target.role == ClickRole::time;
    }
    if (!time) {
      fail(ErrorKind::bad_input,
           "{}: no column is known for the time; its columns are {}; say which it is, as in "
           "--column time=NAME (looked for: {})",
           name, fmt::join(columns, ", "), options.columns.names_of(ClickRole::time));
    }
  }

  std::span<const ColumnTarget> targets_of(std::string_view key) {
    const auto [known, is_new] = known_keys.try_emplace(std::string(key));
    if (is_new) known->second = options.columns.targets(key);
    // A log with ever new keys is no reason to remember them all.
    if (known_keys.size() <= 10'000) return known->second;
    known_keys.clear();
    return options.columns.targets(key);
  }

  void read_json(std::string_view text, LogLine& line) {
    element root;
    if (parser.parse(text.data(), text.size()).get(root)) reject_line("not JSON");
    element source;
    if (!root["_source"].get(source)) root = source;
    simdjson::dom::object object;
    if (root.get(object)) reject_line("not a JSON object");
    builder.clear();
    for (const auto& [key, value] : object) {
      const auto found = targets_of(key);
      if (!found.empty()) builder.take(found, {}, &value);
    }
    builder.build(line);
  }

  void read_cells(std::span<const std::string_view> cells, LogLine& line) {
    builder.clear();
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (!targets[c].empty()) builder.take(targets[c], cells[c], nullptr);
    builder.build(line);
  }

  static LogReject reject_of(std::string reason, std::uint64_t line, std::string_view text) {
    return {std::move(reason), line, printable(text.substr(0, kSampleBytes))};
  }

  bool next_parquet(ReadLog& read) {
    std::span<const io::ParquetValue> row;
    if (!parquet->next(row)) return false;
    ++parquet_rows;
    std::vector<std::string_view> cells;
    for (const io::ParquetValue& value : row) cells.push_back(value.text);
    try {
      read_cells(cells, read.line);
    } catch (RejectedLine& rejected) {
      read.reject = reject_of(std::move(rejected.reason), parquet_rows,
                              fmt::format("{}", fmt::join(cells, ",")));
    }
    return true;
  }

  bool next(ReadLog& read) {
    read.reject.reset();
    if (parquet) return next_parquet(read);
    io::TableRow row;
    try {
      if (!table->next(row)) return false;
    } catch (const Error& error) {
      if (!table->skip_bad_row()) throw;
      read.reject = reject_of("a malformed row", 0, error.what());
      return true;
    }
    try {
      if (is_json()) {
        read_json(row.values[0], read.line);
      } else {
        read_cells(row.values, read.line);
      }
    } catch (RejectedLine& rejected) {
      read.reject = reject_of(std::move(rejected.reason), row.line,
                              is_json() ? std::string(row.values[0].substr(0, kSampleBytes))
                                        : fmt::format("{}", fmt::join(row.values, ",")));
    }
    return true;
  }

  bool skip(std::uint64_t rows) {
    std::span<const io::ParquetValue> values;
    io::TableRow row;
    for (std::uint64_t i = 0; i < rows; ++i) {
      if (parquet) {
        if (!parquet->next(values)) return false;
        ++parquet_rows;
        continue;
      }
      try {
        if (!table->next(row)) return false;
      } catch (const Error&) {
        if (!table->skip_bad_row()) throw;
      }
    }
    return true;
  }
};

namespace {

io::TableOptions table_options(io::TableFormat format) {
  io::TableOptions options;
  options.format = format;
  options.tsv_escapes = true;
  options.find_delimiter = true;
  options.whole_json = true;
  return options;
}

}  // namespace

ClickLogReader ClickLogReader::open(const std::string& path, const ClickLogOptions& options) {
  auto impl = std::make_unique<Impl>(options, path == "-" ? "standard input" : path);
  io::TableFormat format =
      options.format.value_or(path == "-" ? io::TableFormat::jsonl : io::table_format_of(path));
  if (format == io::TableFormat::lines) format = io::TableFormat::jsonl;  // "clicks.log"
  if (format == io::TableFormat::parquet) {
    impl->parquet = io::open_parquet(path);
  } else if (path == "-") {
    impl->table = io::TableReader::from_descriptor(STDIN_FILENO, impl->name, table_options(format));
  } else {
    impl->table = io::TableReader::open(path, table_options(format));
  }
  impl->start();
  return ClickLogReader(std::move(impl));
}

ClickLogReader ClickLogReader::from_memory(std::string_view text, const std::string& name,
                                           const ClickLogOptions& options) {
  auto impl = std::make_unique<Impl>(options, name);
  impl->table = io::TableReader::from_memory(
      text, name, table_options(options.format.value_or(io::TableFormat::jsonl)));
  impl->start();
  return ClickLogReader(std::move(impl));
}

ClickLogReader::ClickLogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClickLogReader::ClickLogReader(ClickLogReader&&) noexcept = default;
ClickLogReader& ClickLogReader::operator=(ClickLogReader&&) noexcept = default;
ClickLogReader::~ClickLogReader() = default;

bool ClickLogReader::next(ReadLog& read) {
  return impl_->next(read);
}
bool ClickLogReader::skip(std::uint64_t rows) {
  return impl_->skip(rows);
}
std::optional<std::uint64_t> ClickLogReader::size() const noexcept {
  return impl_->table ? impl_->table->size() : std::nullopt;
}
std::uint64_t ClickLogReader::position() const noexcept {
  return impl_->table ? impl_->table->position() : 0;
}

}  // namespace kindred::prepare
