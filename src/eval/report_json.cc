#include <nlohmann/json.hpp>

#include "eval/report_format.h"

namespace kindred::eval {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Cell& cell) {
  if (!cell.value) return nullptr;
  Json json = {{"value", *cell.value}};
  if (cell.interval) {
    json["low"] = cell.interval->low;
    json["high"] = cell.interval->high;
  }
  return json;
}

// "cells" is an object, so that a value is found by its column's name.
Json json_of(const Table& table) {
  Json rows = Json::array();
  for (const Table::Row& row : table.rows) {
    Json cells = Json::object();
    for (std::size_t c = 0; c < std::min(table.columns.size(), row.cells.size()); ++c)
      cells[table.columns[c]] = json_of(row.cells[c]);
    Json json = {{"name", row.name}};
    if (row.count > 0) json["queries"] = row.count;
    json["cells"] = std::move(cells);
    rows.push_back(std::move(json));
  }
  Json json = {{"key", table.key}, {"title", table.title}};
  if (!table.note.empty()) json["note"] = table.note;
  json["columns"] = table.columns;
  json["rows"] = std::move(rows);
  return json;
}

Json json_of(const Comparison& comparison, double corrected) {
  const PairedTest& test = comparison.test;
  return {{"metric", comparison.metric},
          {"a", comparison.a},
          {"b", comparison.b},
          {"difference", test.difference},
          {"low", test.interval.low},
          {"high", test.interval.high},
          {"p", test.p},
          {"p_holm", corrected},
          {"better", test.better},
          {"worse", test.worse}};
}

Json json_of(const std::vector<Found>& found) {
  Json list = Json::array();
  for (const Found& one : found) {
    Json json = {{"id", one.id}, {"text", one.text}};
    if (one.grade) json["grade"] = *one.grade;
    list.push_back(std::move(json));
  }
  return list;
}

Json json_of(const QueryReport& query) {
  Json values = Json::object();
  for (const auto& [system, value] : query.values) values[system] = value;
  Json found = Json::object();
  for (const auto& [system, first] : query.found) found[system] = json_of(first);
  return {{"id", query.id},
          {"text", query.text},
          {"metric", query.metric},
          {"values", std::move(values)},
          {"found", std::move(found)},
          {"wanted", json_of(query.wanted)}};
}

Json json_of(const Chart& chart) {
  Json lines = Json::object();
  for (const Chart::Line& line : chart.lines) lines[line.name] = line.y;
  return {{"title", chart.title},
          {"x_title", chart.x_title},
          {"y_title", chart.y_title},
          {"x", chart.x},
          {"lines", std::move(lines)}};
}

Json json_of(const Map& map) {
  Json points = Json::array();
  for (const Map::Point& point : map.points)
    points.push_back(
        {{"x", point.x}, {"y", point.y}, {"label", point.label}, {"group", point.group}});
  return {{"title", map.title}, {"points", std::move(points)}};
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"title", report.title}, {"facts", Json::object()}};
  for (const auto& [name, value] : report.facts) json["facts"][name] = value;
  for (const char* list : {"tables", "comparisons", "charts", "worst"}) json[list] = Json::array();
  for (const Table& table : report.tables) json["tables"].push_back(json_of(table));
  const std::vector<double> corrected = corrected_p(report);
  for (std::size_t i = 0; i < corrected.size(); ++i)
    json["comparisons"].push_back(json_of(report.comparisons[i], corrected[i]));
  for (const Chart& chart : report.charts) json["charts"].push_back(json_of(chart));
  for (const QueryReport& query : report.worst) json["worst"].push_back(json_of(query));
  if (report.map) json["map"] = json_of(*report.map);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kindred::eval
