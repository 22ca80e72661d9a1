#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "base/progress.h"
#include "eval/markup.h"
#include "eval/report_format.h"
#include "eval/report_style.h"
#include "eval/report_svg.h"

namespace kindred::eval {
namespace {

constexpr std::size_t kMostPlotted = 30;  // rows of a table that is also plotted

template <typename... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// A section with its place in the list of contents.
class Page {
 public:
  void section(std::string_view title, std::string_view inside) {
    append(contents_, "<a href=\"#s{}\"><bdi>{}</bdi></a>\n", ++sections_, escape_markup(title));
    append(body_, "<section id=\"s{}\"><h2 dir=\"auto\">{}</h2>\n{}</section>\n", sections_,
           escape_markup(title), inside);
  }
  std::string contents() const {
    return sections_ > 1 ? fmt::format("<nav>{}</nav>\n", contents_) : std::string();
  }
  const std::string& body() const noexcept { return body_; }

 private:
  std::size_t sections_ = 0;
  std::string contents_;
  std::string body_;
};

// A matrix's values, for the shades.
struct Range {
  double low = 0.0;
  double high = 0.0;

  static Range of(const Table& table) {
    std::vector<double> values;
    for (const Table::Row& row : table.rows)
      for (const Cell& cell : row.cells)
        if (cell.value && std::isfinite(*cell.value)) values.push_back(*cell.value);
    if (values.empty()) return {};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {*low, *high};
  }
  double share(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

std::string cell_of(const Cell& cell, const Range* shades) {
  std::string style;
  if (shades != nullptr && cell.value && std::isfinite(*cell.value))
    style = fmt::format(" style=\"background:rgb(var(--accent)/{:.2f})\"",
                        0.04 + 0.56 * shades->share(*cell.value));
  const std::string interval = cell.value ? format_interval(cell.interval) : "";
  return fmt::format("<td{}>{}{}</td>", style, format_value(cell.value),
                     interval.empty() ? "" : fmt::format("<small>{}</small>", interval));
}

std::string note_of(const std::string& note) {
  return note.empty() ? ""
                      : fmt::format("<p class=\"note\" dir=\"auto\">{}</p>\n", escape_markup(note));
}

std::string plots_of(const Table& table) {
  std::string plots;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    append(plots, "<figure><h3><bdi>{}</bdi></h3>{}</figure>\n", escape_markup(table.columns[c]),
           dot_plot(table, c));
  return fmt::format("<div class=\"plots\">\n{}</div>\n", plots);
}

std::string table_of(const Table& table) {
  const bool counts = shows_counts(table);
  const Range range = Range::of(table);
  std::string html = fmt::format("<div class=\"scroll\"><table{}>\n<thead><tr><th></th>",
                                 table.matrix ? " class=\"matrix\"" : "");
  for (const std::string& column : table.columns)
    append(html, "<th scope=\"col\"><bdi>{}</bdi></th>", escape_markup(column));
  if (counts) html += "<th scope=\"col\">queries</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const Table::Row& row : table.rows) {
    append(html, "<tr><th scope=\"row\" title=\"{0}\"><bdi>{0}</bdi></th>",
           escape_markup(row.name));
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      html +=
          cell_of(c < row.cells.size() ? row.cells[c] : Cell{}, table.matrix ? &range : nullptr);
    if (counts) append(html, "<td>{}</td>", row.count > 0 ? with_thousands(row.count) : "");
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n" + note_of(table.note);
  const bool plotted = !table.matrix && table.rows.size() > 1 && table.rows.size() <= kMostPlotted;
  return plotted ? html + plots_of(table) : html;
}

std::string comparisons_of(const Report& report) {
  std::string html =
      "<div class=\"scroll\"><table>\n<thead><tr><th>metric</th><th class=\"verdict\">a</th>"
      "<th class=\"verdict\">b</th><th>b − a</th><th>p</th><th>corrected</th><th>better</th>"
      "<th>worse</th><th class=\"verdict\">verdict</th></tr></thead>\n<tbody>\n";
  const std::vector<double> corrected = corrected_p(report);
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
    const Comparison& c = report.comparisons[i];
    append(html,
           "<tr><th scope=\"row\"><bdi>{}</bdi></th><td class=\"verdict\"><bdi>{}</bdi></td>"
           "<td class=\"verdict\"><bdi>{}</bdi></td><td>{}<small>{}</small></td>",
           escape_markup(c.metric), escape_markup(c.a), escape_markup(c.b),
           format_difference(c.test.difference), format_interval(c.test.interval));
    append(html,
           "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"verdict {}\"><bdi>{}</bdi></td>"
           "</tr>\n",
           escape_markup(format_p(c.test.p)), escape_markup(format_p(corrected[i])),
           with_thousands(c.test.better), with_thousands(c.test.worse),
           corrected[i] < 0.05 ? "shown" : "none", escape_markup(describe(c, corrected[i])));
  }
  return html + "</tbody></table></div>\n" + note_of(comparisons_note(report));
}

std::string found_of(std::string_view heading, const std::vector<Found>& found) {
  std::string html = fmt::format("<div><h3><bdi>{}</bdi></h3><ol>\n", escape_markup(heading));
  for (const Found& one : found) {
    append(html, "<li><span dir=\"auto\">{}</span>", escape_markup(one.text));
    if (one.grade)
      append(html, "<span class=\"grade {}\">{:g}</span>", *one.grade > 0.0 ? "good" : "bad",
             *one.grade);
    append(html, "<br><small><bdi>{}</bdi></small></li>\n", escape_markup(one.id));
  }
  return html + (found.empty() ? "</ol><small>nothing</small></div>\n" : "</ol></div>\n");
}

std::string worst_of(const QueryReport& query) {
  std::string html = "<details><summary>";
  for (auto value = query.values.rbegin(); value != query.values.rend(); ++value)
    append(html, "<span class=\"value\"><bdi>{}</bdi> {}</span>", escape_markup(value->first),
           format_value(value->second));
  append(html, "<bdi>{}</bdi> <span class=\"id\"><bdi>{}</bdi> · {}</span></summary>\n",
         escape_markup(query.text), escape_markup(query.id), escape_markup(query.metric));
  html += "<div class=\"sides\">\n";
  for (const auto& [system, found] : query.found) html += found_of(system, found);
  if (!query.wanted.empty()) html += found_of("judged best", query.wanted);
  return html + "</div></details>\n";
}

std::string worst_section(const std::vector<QueryReport>& worst) {
  std::string html;
  for (const QueryReport& query : worst) html += worst_of(query);
  return html + note_of(
                    "Green: relevant by the judgements; red: judged and not relevant; without a "
                    "mark: not judged.");
}

std::string map_of(const Map& map) {
  return fmt::format(
      "{}<div class=\"map\">{}<div class=\"tip\" dir=\"auto\" hidden></div></div>\n"
      "<script type=\"application/json\" id=\"labels\">{}</script>\n<script>{}</script>\n",
      map_legend(map), map_plot(map), map_labels(map), kReportScript);
}

}  // namespace

std::string to_html(const Report& report) {
  Page page;
  for (const Table& table : report.tables) page.section(table.title, table_of(table));
  if (!report.comparisons.empty()) page.section("Comparisons", comparisons_of(report));
  for (const Chart& chart : report.charts)
    page.section(chart.title, fmt::format("<figure>{}</figure>\n", line_chart(chart)));
  if (!report.worst.empty()) page.section("Worst queries", worst_section(report.worst));
  if (report.map) page.section(report.map->title, map_of(*report.map));
  std::string facts;
  for (const auto& [name, value] : report.facts)
    append(facts, "<dt><bdi>{}</bdi></dt><dd dir=\"auto\">{}</dd>\n", escape_markup(name),
           escape_markup(value));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src "
      "'unsafe-inline';script-src 'unsafe-inline'\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1 dir=\"auto\">{0}</h1>\n"
      "<dl>\n{2}</dl>\n{3}{4}</main>\n</body>\n</html>\n",
      escape_markup(report.title), kReportStyle, facts, page.contents(), page.body());
}

}  // namespace kindred::eval
