#include "eval/labelled_queries.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/table.h"

namespace kindred::eval {
namespace {

constexpr double kMostGrade = 1000.0;

double parse_grade(std::string_view text, const std::string& path, std::uint64_t line) {
  double grade = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), grade);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(grade >= 0.0 && grade <= kMostGrade))
    fail(ErrorKind::bad_input, "{}: line {}: the grade '{}' is not a number from 0 to {}", path,
         line, text, kMostGrade);
  return grade;
}

// Where the columns with a meaning are among those of the file.
struct Columns {
  std::vector<std::string> names;
  std::size_t query = 0;
  std::size_t id = 0;
  std::optional<std::size_t> grade;
  std::optional<std::size_t> language;

  Columns(std::vector<std::string> given, const std::string& path) : names(std::move(given)) {
    query = needed("query", path);
    id = needed("id", path);
    grade = find("grade");
    language = find("language");
  }
  bool is_of_the_query(std::size_t column) const {
    return column != query && column != id && column != grade;
  }

 private:
  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
  }
  std::size_t needed(const std::string& name, const std::string& path) const {
    const auto place = find(name);
    if (!place)
      fail(ErrorKind::not_found,
           "{}: there is no column '{}'; judgements have the columns query and id, and may have "
           "grade, language and others (here: {})",
           path, name, fmt::join(names, ", "));
    return *place;
  }
};

}  // namespace

Dataset read_labelled_queries(const std::string& path) {
  const io::TableFormat format = io::table_format_of(path);
  if (format != io::TableFormat::csv && format != io::TableFormat::tsv)
    fail(ErrorKind::bad_input,
         "{}: labels are a .csv or .tsv file with the columns query, id and, if wanted, grade and "
         "language",
         path);
  io::TableReader reader = io::TableReader::open(path);
  const Columns columns(reader.columns(), path);
  Dataset dataset;
  dataset.name = path;
  for (io::TableRow row; reader.next(row);) {
    const std::string text(row.values[columns.query]);
    const std::string language(columns.language ? row.values[*columns.language] : "");
    const std::string id = language.empty() ? text : language + ':' + text;
    Grades& grades = dataset.judgements[id];
    if (grades.empty()) {
      Record& query = dataset.queries.emplace_back();
      query.id = id;
      query.text = text;
      for (std::size_t c = 0; c < columns.names.size(); ++c)
        if (columns.is_of_the_query(c) && !row.values[c].empty())
          query.columns[columns.names[c]] = row.values[c];
    }
    const bool has_grade = columns.grade && !row.values[*columns.grade].empty();
    grades[std::string(row.values[columns.id])] =
        has_grade ? parse_grade(row.values[*columns.grade], path, row.line) : 1.0;
  }
  return dataset;
}

}  // namespace kindred::eval
