// What an evaluation found, to be written for people and programs. Tested by report_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/significance.h"

namespace kindred::eval {

struct Cell {
  std::optional<double> value;  ///< unset: not measured, shown as "–"
  std::optional<Interval> interval = std::nullopt;
};

/// Rows of systems or slices, columns of metrics. In a matrix (languages by languages) both are
/// whatever was crossed, and the report shades the cells.
struct Table {
  std::string key;  ///< short, unique in the report: "retrieval", "slice.language"
  std::string title;
  std::string note = {};  ///< a sentence below it
  bool matrix = false;
  std::vector<std::string> columns = {};
  struct Row {
    std::string name;
    std::vector<Cell> cells;  ///< one a column
    std::size_t count = 0;    ///< queries it is a mean of; 0: not shown
  };
  std::vector<Row> rows = {};
};

/// Two systems on the same queries.
struct Comparison {
  std::string metric;
  std::string a;
  std::string b;
  PairedTest test;
};

/// A query that went badly, with what was found and what should have been, best first.
struct Found {
  std::string id;
  std::string text;
  std::optional<double> grade;  ///< unset: not judged
};
struct QueryReport {
  std::string id;
  std::string text;
  std::string metric;
  std::vector<std::pair<std::string, double>> values;             ///< system → its value
  std::vector<std::pair<std::string, std::vector<Found>>> found;  ///< system → its first ones
  std::vector<Found> wanted;                                      ///< the best judged
};

/// Vectors in two dimensions.
struct Map {
  std::string title;
  struct Point {
    float x;
    float y;
    std::string label;
    std::string group;  ///< coloured by
  };
  std::vector<Point> points;
};

/// Lines over the same positions ("recall by k").
struct Chart {
  std::string title;
  std::string x_title;
  std::string y_title;
  std::vector<std::string> x;
  struct Line {
    std::string name;
    std::vector<double> y;  ///< one a position
  };
  std::vector<Line> lines;
};

struct Report {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  ///< "model" → "… (fingerprint)"
  std::vector<Table> tables;
  std::vector<Comparison> comparisons;
  std::vector<Chart> charts;
  std::vector<QueryReport> worst;
  std::optional<Map> map;
};

/// For a terminal.
std::string to_text(const Report& report);
std::string to_json(const Report& report);
std::string to_markdown(const Report& report);
/// One file without references to any other: tables, charts and the map as SVG, light and dark.
std::string to_html(const Report& report);

/// A promise: "recall@10 < 0.9", "vectors/ndcg@10 <= 0.4", "slice.language/zh/recall@10 < .5":
/// fails where any row that it names (all rows of the first table where it names none) is so.
struct FailIf {
  std::string text;
  std::string table;  ///< key; empty: the first table
  std::string row;    ///< empty: every row
  std::string column;
  enum class Comparison { less, less_or_equal, greater, greater_or_equal } comparison;
  double limit = 0.0;

  /// Errors: bad_input, with the grammar and an example.
  static FailIf parse(const std::string& text);
};

/// What came of a promise, a row each.
struct Verdict {
  std::string promise;
  std::string row;
  double value = 0.0;
  bool failed = false;
};
/// Errors: not_found where a promise names a table, row or column that the report lacks, with those
/// that it has: a check that checks nothing must not pass.
std::vector<Verdict> judge(const Report& report, const std::vector<FailIf>& promises);
/// JUnit's XML, a test case a verdict, for CI systems.
std::string to_junit(const Report& report, const std::vector<Verdict>& verdicts);

}  // namespace kindred::eval
