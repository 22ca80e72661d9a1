#include "base/error.h"
#include "base/progress.h"
#include "eval/markup.h"
#include "eval/report_format.h"

namespace kindred::eval {
namespace {

using Cells = std::vector<std::string>;

std::string line_of(const Cells& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += fmt::format(" {} |", cell);
  return line + "\n";
}

// The head and the line below it; the first column to the left, the others to the right.
std::string head_of(const Cells& names) {
  std::string line = line_of(names) + "|";
  for (std::size_t c = 0; c < names.size(); ++c) line += c == 0 ? "---|" : "---:|";
  return line + "\n";
}

std::string cell_of(const Cell& cell) {
  const std::string interval = cell.value ? format_interval(cell.interval) : "";
  if (interval.empty()) return format_value(cell.value);
  return fmt::format("{} {}", format_value(cell.value), escape_markdown(interval));
}

std::string table_of(const Table& table) {
  const bool counts = shows_counts(table);
  Cells head = {""};
  for (const std::string& column : table.columns) head.push_back(escape_markdown(column));
  if (counts) head.emplace_back("queries");
  std::string text = fmt::format("\n## {}\n\n{}", escape_markdown(table.title), head_of(head));
  for (const Table::Row& row : table.rows) {
    Cells line = {escape_markdown(row.name)};
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      line.push_back(c < row.cells.size() ? cell_of(row.cells[c]) : format_value({}));
    if (counts) line.push_back(row.count > 0 ? with_thousands(row.count) : "");
    text += line_of(line);
  }
  if (!table.note.empty()) text += fmt::format("\n{}\n", escape_markdown(table.note));
  return text;
}

std::string comparisons_of(const Report& report) {
  std::string text =
      "\n## Comparisons\n\n" + head_of({"metric", "a", "b", "b − a", "interval", "p", "corrected p",
                                        "better", "worse", "verdict"});
  const std::vector<double> corrected = corrected_p(report);
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
    const Comparison& c = report.comparisons[i];
    text += line_of({escape_markdown(c.metric), escape_markdown(c.a), escape_markdown(c.b),
                     format_difference(c.test.difference),
                     escape_markdown(format_interval(c.test.interval)),
                     escape_markdown(format_p(c.test.p)), escape_markdown(format_p(corrected[i])),
                     with_thousands(c.test.better), with_thousands(c.test.worse),
                     escape_markdown(describe(c, corrected[i]))});
  }
  return fmt::format("{}\n{}\n", text, comparisons_note(report));
}

std::string chart_of(const Chart& chart) {
  Cells head = {escape_markdown(chart.x_title)};
  for (const Chart::Line& line : chart.lines) head.push_back(escape_markdown(line.name));
  std::string text = fmt::format("\n## {}\n\n{}", escape_markdown(chart.title), head_of(head));
  for (std::size_t i = 0; i < chart.x.size(); ++i) {
    Cells line = {escape_markdown(chart.x[i])};
    for (const Chart::Line& of : chart.lines)
      line.push_back(i < of.y.size() ? format_value(of.y[i]) : "");
    text += line_of(line);
  }
  return text;
}

std::string found_of(std::string_view system, const std::vector<Found>& found) {
  std::string text = fmt::format("- {}:\n", escape_markdown(system));
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string grade =
        found[i].grade ? fmt::format(", grade {:g}", *found[i].grade) : std::string();
    text += fmt::format("  {}. {} ({}{})\n", i + 1, escape_markdown(found[i].text),
                        escape_markdown(found[i].id), grade);
  }
  return text;
}

std::string worst_of(const QueryReport& query) {
  std::string text =
      fmt::format("\n### {}\n\n", escape_markdown(query.text.empty() ? query.id : query.text));
  for (const auto& [system, value] : query.values)
    text += fmt::format("- {}: {} {}\n", escape_markdown(system), escape_markdown(query.metric),
                        format_value(value));
  for (const auto& [system, found] : query.found) text += found_of(system + " found", found);
  if (!query.wanted.empty()) text += found_of("wanted", query.wanted);
  return text;
}

}  // namespace

std::string to_markdown(const Report& report) {
  std::string text = fmt::format("# {}\n", escape_markdown(report.title));
  if (!report.facts.empty()) text += "\n";
  for (const auto& [name, value] : report.facts)
    text += fmt::format("- {}: {}\n", escape_markdown(name), escape_markdown(value));
  for (const Table& table : report.tables) text += table_of(table);
  if (!report.comparisons.empty()) text += comparisons_of(report);
  for (const Chart& chart : report.charts) text += chart_of(chart);
  if (!report.worst.empty()) text += "\n## Worst queries\n";
  for (const QueryReport& query : report.worst) text += worst_of(query);
  return text;
}

}  // namespace kindred::eval
