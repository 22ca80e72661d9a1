// Promises about a report's values.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "eval/report.h"

namespace kindred::eval {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

[[noreturn]] void fail_grammar(const std::string& text) {
  fail(ErrorKind::bad_input,
       "'{}' is no condition; one is [[TABLE/]ROW/]COLUMN, then <, <=, > or >=, then a number, as "
       "'recall@10 < 0.9', 'vectors/ndcg@10 <= 0.4' or 'slice.language/zh/recall@10 < 0.5'",
       printable(text));
}

template <typename Range, typename NameOf>
std::string names_of(const Range& range, NameOf name_of) {
  std::string names;
  for (const auto& one : range)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", printable(name_of(one)));
  return names.empty() ? "none" : names;
}

const Table* find_table(const Report& report, const std::string& key) {
  const auto table = std::find_if(report.tables.begin(), report.tables.end(),
                                  [&](const Table& t) { return t.key == key; });
  return table == report.tables.end() ? nullptr : &*table;
}

bool has_row(const Table& table, const std::string& name) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const Table::Row& row) { return row.name == name; });
}

// What a promise speaks of. Names of rows may hold slashes, and ROW/COLUMN may be TABLE/COLUMN.
struct Aim {
  const Table* table;
  std::string row;  // empty: all
};

Aim aim_of(const Report& report, const FailIf& promise) {
  if (report.tables.empty())
    fail(ErrorKind::not_found, "'{}': the report has no table", printable(promise.text));
  const Table& first = report.tables.front();
  if (promise.table.empty()) {
    const Table* named = find_table(report, promise.row);
    if (!promise.row.empty() && !has_row(first, promise.row) && named != nullptr)
      return {named, {}};
    return {&first, promise.row};
  }
  if (const Table* table = find_table(report, promise.table)) return {table, promise.row};
  std::string whole = fmt::format("{}/{}", promise.table, promise.row);
  if (has_row(first, whole)) return {&first, std::move(whole)};
  fail(ErrorKind::not_found, "'{}': no table '{}'; there are: {}", printable(promise.text),
       printable(promise.table), names_of(report.tables, [](const Table& t) { return t.key; }));
}

std::size_t column_of(const Table& table, const FailIf& promise) {
  const auto column = std::find(table.columns.begin(), table.columns.end(), promise.column);
  if (column == table.columns.end()) {
    fail(ErrorKind::not_found, "'{}': the table '{}' has no column '{}'; there are: {}",
         printable(promise.text), table.key, printable(promise.column),
         names_of(table.columns, [](const std::string& name) { return name; }));
  }
  return static_cast<std::size_t>(column - table.columns.begin());
}

// A value that is no number keeps no promise.
bool fails(double value, const FailIf& promise) {
  switch (promise.comparison) {
    case FailIf::Comparison::less:
      return !(value >= promise.limit);
    case FailIf::Comparison::less_or_equal:
      return !(value > promise.limit);
    case FailIf::Comparison::greater:
      return !(value <= promise.limit);
    case FailIf::Comparison::greater_or_equal:
      return !(value < promise.limit);
  }
  return true;
}

}  // namespace

FailIf FailIf::parse(const std::string& text) {
  const std::size_t sign = text.find_last_of("<>");
  if (sign == text.npos) fail_grammar(text);
  const bool or_equal = text.substr(sign + 1).starts_with('=');
  FailIf promise{
      .text = std::string(trimmed(text)),
      .table = {},
      .row = {},
      .column = {},
      .comparison = text[sign] == '<'
                        ? (or_equal ? Comparison::less_or_equal : Comparison::less)
                        : (or_equal ? Comparison::greater_or_equal : Comparison::greater)};
  const std::string_view number = trimmed(std::string_view(text).substr(sign + (or_equal ? 2 : 1)));
  const char* const end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, promise.limit);
  if (error != std::errc() || at != end || !std::isfinite(promise.limit)) fail_grammar(text);

  const std::string_view path = trimmed(std::string_view(text).substr(0, sign));
  const std::size_t last = path.rfind('/');
  promise.column = path.substr(last == path.npos ? 0 : last + 1);
  if (promise.column.empty()) fail_grammar(text);
  if (last == path.npos) return promise;
  const std::string_view before = path.substr(0, last);
  const std::size_t first = before.find('/');
  if (first != before.npos) promise.table = before.substr(0, first);
  promise.row = first == before.npos ? before : before.substr(first + 1);
  return promise;
}

std::vector<Verdict> judge(const Report& report, const std::vector<FailIf>& promises) {
  std::vector<Verdict> verdicts;
  for (const FailIf& promise : promises) {
    const auto [table, row_name] = aim_of(report, promise);
    const std::size_t column = column_of(*table, promise);
    const std::size_t before = verdicts.size();
    for (const Table::Row& row : table->rows) {
      if (!row_name.empty() && row.name != row_name) continue;
      if (column >= row.cells.size() || !row.cells[column].value) continue;
      const double value = *row.cells[column].value;
      verdicts.push_back({promise.text, row.name, value, fails(value, promise)});
    }
    if (verdicts.size() > before) continue;
    if (!row_name.empty() && !has_row(*table, row_name)) {
      fail(ErrorKind::not_found, "'{}': the table '{}' has no row '{}'; there are: {}",
           printable(promise.text), table->key, printable(row_name),
           names_of(table->rows, [](const Table::Row& row) { return row.name; }));
    }
    fail(ErrorKind::not_found, "'{}': no value of it was measured", printable(promise.text));
  }
  return verdicts;
}

}  // namespace kindred::eval
