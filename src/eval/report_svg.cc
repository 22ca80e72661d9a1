#include "eval/report_svg.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/error.h"
#include "base/progress.h"
#include "eval/axis.h"
#include "eval/markup.h"

namespace kindred::eval {
namespace {

constexpr std::size_t kNameColumns = 26;
constexpr std::size_t kLabelColumns = 120;
constexpr double kLetter = 6.6;  // the width of one, about, in the plots' type

template <typename... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

std::string colour_class(std::size_t i) {
  return i < kColours ? fmt::format("c{}", i) : "cx";
}

std::string name_of(std::string_view text) {
  return escape_markup(shortened(text, kNameColumns));
}

std::string svg(double width, double height, std::string_view title, std::string_view inside) {
  return fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" style=\"width:{:.0f}px\" role=\"img\" "
      "aria-label=\"{}\">{}</svg>\n",
      width, height, width, escape_markup(title), inside);
}

// What a row shows when a pointer rests on it.
std::string tip_of(const Table::Row& row, const Cell& cell) {
  const std::string interval =
      cell.interval ? fmt::format(" [{:.4f}, {:.4f}]", cell.interval->low, cell.interval->high)
                    : std::string();
  return escape_markup(fmt::format("{}: {:.4f}{}", row.name, *cell.value, interval));
}

}  // namespace

std::string dot_plot(const Table& table, std::size_t column) {
  constexpr double kRow = 24.0, kTop = 8.0, kPlot = 230.0, kRight = 14.0;
  std::vector<double> values;
  std::size_t widest = 4;
  for (const Table::Row& row : table.rows) {
    widest = std::max(widest, std::min(kNameColumns, display_width(row.name)));
    if (column >= row.cells.size() || !row.cells[column].value) continue;
    const Cell& cell = row.cells[column];
    values.push_back(*cell.value);
    if (cell.interval) values.insert(values.end(), {cell.interval->low, cell.interval->high});
  }
  const Axis axis = Axis::of(values, 4);
  const double left = kLetter * static_cast<double>(widest) + 16.0;
  const double bottom = kTop + kRow * static_cast<double>(table.rows.size());
  const auto x_of = [&](double value) { return left + kPlot * axis.place(value); };
  std::string inside;
  for (const double tick : axis.ticks()) {
    append(inside, "<path class=\"g\" d=\"M{0:.1f} {1}V{2}\"/>", x_of(tick), kTop, bottom);
    append(inside, "<text class=\"t\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
           x_of(tick), bottom + 16.0, axis.label(tick));
  }
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const Table::Row& row = table.rows[r];
    const double y = kTop + kRow * (static_cast<double>(r) + 0.5);
    append(inside, "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 10.0,
           y + 4.0, name_of(row.name));
    if (column >= row.cells.size() || !row.cells[column].value) continue;
    const Cell& cell = row.cells[column];
    append(inside, "<g class=\"{}\"><title>{}</title>", colour_class(r), tip_of(row, cell));
    if (cell.interval) {
      append(inside,
             "<path class=\"w\" d=\"M{0:.1f} {2}V{3}M{0:.1f} {4}H{1:.1f}M{1:.1f} {2}V{3}\"/>",
             x_of(cell.interval->low), x_of(cell.interval->high), y - 4.0, y + 4.0, y);
    }
    append(inside, "<circle cx=\"{:.1f}\" cy=\"{}\" r=\"5\"/></g>", x_of(*cell.value), y);
  }
  return svg(left + kPlot + kRight, bottom + 24.0,
             fmt::format("{}: {}", table.title, table.columns[column]), inside);
}

std::string line_chart(const Chart& chart) {
  constexpr double kLeft = 62.0, kTop = 14.0, kWidth = 620.0, kHeight = 300.0, kBottom = 50.0;
  std::vector<double> values;
  std::size_t widest = 0;
  for (const Chart::Line& line : chart.lines) {
    values.insert(values.end(), line.y.begin(), line.y.end());
    widest = std::max(widest, std::min(kNameColumns, display_width(line.name)));
  }
  const Axis axis = Axis::of(values, 5);
  const double gap = chart.x.size() > 1 ? kWidth / static_cast<double>(chart.x.size() - 1) : 0.0;
  const auto x_of = [&](std::size_t i) { return kLeft + gap * static_cast<double>(i); };
  const auto y_of = [&](double value) { return kTop + kHeight * (1.0 - axis.place(value)); };
  std::string inside;
  for (const double tick : axis.ticks()) {
    append(inside, "<path class=\"g\" d=\"M{} {:.1f}h{}\"/>", kLeft, y_of(tick), kWidth);
    append(inside, "<text class=\"t\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
           kLeft - 8.0, y_of(tick) + 4.0, axis.label(tick));
  }
  const std::size_t every = std::max<std::size_t>(1, (chart.x.size() + 11) / 12);
  for (std::size_t i = 0; i < chart.x.size(); i += every)
    append(inside, "<text class=\"t\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
           x_of(i), kTop + kHeight + 18.0, escape_markup(shortened(chart.x[i], 12)));
  append(inside, "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
         kLeft + kWidth / 2.0, kTop + kHeight + 40.0, escape_markup(chart.x_title));
  append(inside,
         "<text class=\"t\" transform=\"translate(14 {}) rotate(-90)\" "
         "text-anchor=\"middle\">{}</text>",
         kTop + kHeight / 2.0, escape_markup(chart.y_title));
  for (std::size_t l = 0; l < chart.lines.size(); ++l) {
    const Chart::Line& line = chart.lines[l];
    std::string path, dots;
    bool pen_down = false;
    for (std::size_t i = 0; i < std::min(line.y.size(), chart.x.size()); ++i) {
      const bool known = std::isfinite(line.y[i]);
      if (known) append(path, "{}{:.1f} {:.1f}", pen_down ? "L" : "M", x_of(i), y_of(line.y[i]));
      if (known)
        append(dots, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>{}</title></circle>",
               x_of(i), y_of(line.y[i]),
               escape_markup(fmt::format("{}, {}: {:.4f}", line.name, chart.x[i], line.y[i])));
      pen_down = known;
    }
    append(inside, "<g class=\"{}\"><path class=\"l\" d=\"{}\"/>{}", colour_class(l), path, dots);
    const double y = kTop + 8.0 + 20.0 * static_cast<double>(l);
    append(inside,
           "<circle cx=\"{0}\" cy=\"{1}\" r=\"5\"/></g><text x=\"{2}\" y=\"{3}\">{4}</text>",
           kLeft + kWidth + 24.0, y, kLeft + kWidth + 36.0, y + 4.0, name_of(line.name));
  }
  const double legend = 20.0 * static_cast<double>(chart.lines.size()) + kTop;
  return svg(kLeft + kWidth + 50.0 + kLetter * static_cast<double>(widest),
             std::max(kTop + kHeight + kBottom, legend), chart.title, inside);
}

namespace {

struct Group {
  std::string_view name;
  std::vector<const Map::Point*> points;
};

// Largest first, equal ones by name; without points that are nowhere.
std::vector<Group> groups_of(const Map& map) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<Group> groups;
  for (const Map::Point& point : map.points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
    const auto [at, is_new] = places.try_emplace(point.group, groups.size());
    if (is_new) groups.push_back({point.group, {}});
    groups[at->second].points.push_back(&point);
  }
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.points.size() != b.points.size() ? a.points.size() > b.points.size() : a.name < b.name;
  });
  return groups;
}

}  // namespace

std::string map_plot(const Map& map) {
  constexpr double kSize = 1000.0, kMargin = 12.0;
  const std::vector<Group> groups = groups_of(map);
  double low_x = 0.0, low_y = 0.0, high_x = 0.0, high_y = 0.0;
  std::size_t count = 0;
  for (const Group& group : groups) {
    for (const Map::Point* point : group.points) {
      const bool first = count++ == 0;
      low_x = first ? point->x : std::min<double>(low_x, point->x);
      low_y = first ? point->y : std::min<double>(low_y, point->y);
      high_x = first ? point->x : std::max<double>(high_x, point->x);
      high_y = first ? point->y : std::max<double>(high_y, point->y);
    }
  }
  // One scale for both, so that distances are true.
  const double span = std::max({high_x - low_x, high_y - low_y, 1e-30});
  const double scale = (kSize - 2.0 * kMargin) / span;
  const double height = (high_y - low_y) * scale + 2.0 * kMargin;
  const double width = (high_x - low_x) * scale + 2.0 * kMargin;
  const int stroke = count < 300 ? 11 : count < 3000 ? 7 : 4;
  std::string inside;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::string path;
    for (const Map::Point* point : groups[g].points)
      append(path, "M{:.0f} {:.0f}h0", kMargin + (point->x - low_x) * scale,
             height - kMargin - (point->y - low_y) * scale);
    append(inside, "<path class=\"p {}\" stroke-width=\"{}\" d=\"{}\"/>", colour_class(g), stroke,
           path);
  }
  return svg(width, height, map.title, inside);
}

std::string map_legend(const Map& map) {
  std::string legend;
  const std::vector<Group> groups = groups_of(map);
  std::size_t others = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g >= kColours) {
      others += groups[g].points.size();
      continue;
    }
    append(legend, "<span class=\"key\"><i class=\"{}\"></i><bdi>{}</bdi> {}</span>\n",
           colour_class(g), escape_markup(groups[g].name.empty() ? "(none)" : groups[g].name),
           with_thousands(groups[g].points.size()));
  }
  if (others > 0)
    append(legend, "<span class=\"key\"><i class=\"cx\"></i>{} other groups {}</span>\n",
           groups.size() - kColours, with_thousands(others));
  return legend;
}

std::string map_labels(const Map& map) {
  nlohmann::json labels = nlohmann::json::array();
  for (const Group& group : groups_of(map)) {
    nlohmann::json& of = labels.emplace_back(nlohmann::json::array());
    for (const Map::Point* point : group.points)
      of.push_back(shortened(point->label, kLabelColumns));
  }
  std::string json = labels.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  // Inside a script nothing may look like the end of one, or like a comment.
  for (std::size_t at = 0; (at = json.find('<', at)) != json.npos; at += 6)
    json.replace(at, 1, "\\u003c");
  return json;
}

}  // namespace kindred::eval
