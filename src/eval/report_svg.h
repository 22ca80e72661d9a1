// Plots of a report as SVG, coloured by report_style.h. Tested by report_test.cc.
#pragma once

#include <cstddef>
#include <string>

#include "eval/report.h"

namespace kindred::eval {

/// How many colours there are; what comes after them is grey.
inline constexpr std::size_t kColours = 10;

/// A column of a table: a point a row with the whiskers of its interval.
std::string dot_plot(const Table& table, std::size_t column);
/// Its lines with a legend.
std::string line_chart(const Chart& chart);
/// A point a vector, a path a group: some 10 bytes a point, so that tens of thousands stay
/// readable for a browser. Groups with the most points have the colours.
std::string map_plot(const Map& map);
/// The groups of a map with their colours and how many points they have.
std::string map_legend(const Map& map);
/// The labels of a map's points as JSON in the order of the paths' points, a list a path.
std::string map_labels(const Map& map);

}  // namespace kindred::eval
