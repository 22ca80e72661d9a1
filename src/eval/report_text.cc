#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "eval/markup.h"
#include "eval/report_format.h"

namespace kindred::eval {
namespace {

constexpr std::size_t kWidestName = 60;

// A column's cells, the first its head.
using Lines = std::vector<std::vector<std::string>>;

std::string short_name(std::string_view text) {
  return shortened(printable(text), kWidestName);
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, display_width(text)), ' ');
  return right ? blanks + text : text + blanks;
}

// The first column to the left, the others to the right.
std::string aligned(const Lines& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c)
      widths[c] = std::max(widths[c], display_width(line[c]));
  std::string text;
  for (const auto& line : lines) {
    std::string joined;
    for (std::size_t c = 0; c < line.size(); ++c)
      joined += fmt::format("{}{}", c == 0 ? "  " : "   ", padded(line[c], widths[c], c > 0));
    text += joined.substr(0, joined.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string cell_text(const Cell& cell) {
  const std::string interval = cell.value ? format_interval(cell.interval) : "";
  return interval.empty() ? format_value(cell.value)
                          : fmt::format("{} {}", format_value(cell.value), interval);
}

std::string table_text(const Table& table) {
  const bool counts = shows_counts(table);
  Lines lines;
  auto& head = lines.emplace_back();
  head.emplace_back();
  for (const std::string& column : table.columns) head.push_back(short_name(column));
  if (counts) head.emplace_back("queries");
  for (const Table::Row& row : table.rows) {
    auto& line = lines.emplace_back();
    line.push_back(short_name(row.name));
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      line.push_back(c < row.cells.size() ? cell_text(row.cells[c]) : format_value({}));
    if (counts) line.push_back(row.count > 0 ? with_thousands(row.count) : "");
  }
  std::string text = fmt::format("\n{}\n{}", printable(table.title), aligned(lines));
  if (!table.note.empty()) text += fmt::format("  {}\n", printable(table.note));
  return text;
}

std::string comparisons_text(const Report& report) {
  Lines lines = {{"", "difference", "interval", "p", "corrected", "better", "worse", ""}};
  const std::vector<double> corrected = corrected_p(report);
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
    const Comparison& c = report.comparisons[i];
    lines.push_back(
        {fmt::format("{}: {} after {}", short_name(c.metric), short_name(c.b), short_name(c.a)),
         format_difference(c.test.difference), format_interval(c.test.interval), format_p(c.test.p),
         format_p(corrected[i]), with_thousands(c.test.better), with_thousands(c.test.worse),
         printable(describe(c, corrected[i]))});
  }
  return fmt::format("\nComparisons\n{}  {}\n", aligned(lines), comparisons_note(report));
}

std::string chart_text(const Chart& chart) {
  Lines lines(1, {""});
  for (const std::string& x : chart.x) lines[0].push_back(printable(x));
  for (const Chart::Line& line : chart.lines) {
    auto& values = lines.emplace_back();
    values.push_back(short_name(line.name));
    for (std::size_t i = 0; i < chart.x.size(); ++i)
      values.push_back(i < line.y.size() ? format_value(line.y[i]) : "");
  }
  return fmt::format("\n{} ({} by {})\n{}", printable(chart.title), printable(chart.y_title),
                     printable(chart.x_title), aligned(lines));
}

std::string worst_text(const QueryReport& query) {
  std::string text = fmt::format("  {}  {}\n", printable(query.id), printable(query.text));
  for (const auto& [system, value] : query.values) {
    std::string first;
    for (const auto& [name, found] : query.found)
      if (name == system && !found.empty()) first = short_name(found.front().text);
    text += fmt::format("    {} {} {}{}\n", short_name(system), printable(query.metric),
                        format_value(value), first.empty() ? "" : "; first: " + first);
  }
  if (!query.wanted.empty())
    text += fmt::format("    wanted: {}\n", short_name(query.wanted.front().text));
  return text;
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text = printable(report.title) + "\n";
  std::size_t width = 0;
  for (const auto& [name, value] : report.facts)
    width = std::max(width, display_width(printable(name)));
  for (const auto& [name, value] : report.facts)
    text += fmt::format("  {}  {}\n", padded(printable(name), width, false), printable(value));
  for (const Table& table : report.tables) text += table_text(table);
  if (!report.comparisons.empty()) text += comparisons_text(report);
  for (const Chart& chart : report.charts) text += chart_text(chart);
  if (!report.worst.empty()) text += "\nWorst queries\n";
  for (const QueryReport& query : report.worst) text += worst_text(query);
  return text;
}

}  // namespace kindred::eval
