#include "eval/judgements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/printable.h"
#include "base/warning.h"
#include "io/atomic_file.h"

namespace kindred::eval {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r\n";

using Fields = std::vector<std::string_view>;

void split_blanks(std::string_view line, Fields& fields) {
  fields.clear();
  for (std::size_t begin = line.find_first_not_of(kBlanks); begin != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
}

void split_tabs(std::string_view line, Fields& fields) {
  fields.clear();
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    if (end == line.size()) return;
    begin = end + 1;
  }
}

// A field as Python's csv module writes those that hold a quote: between quotes, which are doubled
// inside.
std::string unquoted(std::string_view field) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
  std::string text;
  for (std::size_t i = 1; i + 1 < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"' && field[i + 1] == '"' && i + 2 < field.size()) ++i;
  }
  return text;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

float as_float(double score) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (score > kMost) return std::numeric_limits<float>::infinity();
  if (score < -kMost) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(score);
}

template <typename Map>
std::vector<const typename Map::value_type*> by_key(const Map& map) {
  std::vector<const typename Map::value_type*> sorted;
  sorted.reserve(map.size());
  for (const auto& entry : map) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return sorted;
}

io::TableReader open_lines(const std::string& path) {
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  return io::TableReader::open(path, options);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(kBlanks) == line.npos;
}

// A document that stands twice, if any does.
const std::string* find_duplicate(const std::vector<ScoredDocument>& documents) {
  std::vector<const std::string*> ids;
  ids.reserve(documents.size());
  for (const ScoredDocument& document : documents) ids.push_back(&document.id);
  std::sort(ids.begin(), ids.end(), [](auto* a, auto* b) { return *a < *b; });
  const auto twice =
      std::adjacent_find(ids.begin(), ids.end(), [](auto* a, auto* b) { return *a == *b; });
  return twice == ids.end() ? nullptr : *twice;
}

// Takes qrels line by line, of one format.
class QrelsParser {
 public:
  explicit QrelsParser(const std::string& origin) : origin_(origin) {}

  void add(std::string_view line, std::uint64_t number) {
    if (is_blank(line)) return;
    line_ = number;
    if (format_ == Format::unknown && look_at(line)) return;
    if (format_ == Format::trec) return add_trec(line);
    add_beir(line);
  }

  Judgements finish() {
    if (changed_ > 0) {
      warn("{}: {} pairs stand twice with another grade, the last of which counts; the first is {}",
           origin_, changed_, first_changed_);
    }
    return std::move(judgements_);
  }

 private:
  enum class Format { unknown, trec, beir };

  // True for a line that names the columns.
  bool look_at(std::string_view line) {
    split_tabs(line, fields_);
    const auto place = [&](std::string_view name) -> std::optional<std::size_t> {
      const auto at = std::find_if(fields_.begin(), fields_.end(),
                                   [&](std::string_view field) { return unquoted(field) == name; });
      if (at == fields_.end()) return std::nullopt;
      return static_cast<std::size_t>(at - fields_.begin());
    };
    const auto query = place("query-id");
    const auto document = place("corpus-id");
    const auto score = place("score");
    if (query && document && score) {
      format_ = Format::beir;
      columns_ = {*query, *document, *score};
      width_ = fields_.size();
      return true;
    }
    if (fields_.size() == 3 && parse_number<double>(fields_[2])) {
      format_ = Format::beir;
      return false;
    }
    split_blanks(line, fields_);
    if (fields_.size() != 4) {
      fail(ErrorKind::bad_input,
           "{}, line {}: '{}' is the start of no judgements; a line of TREC's qrels is 'query 0 "
           "document grade', BEIR's begin with query-id, corpus-id and score between tabs",
           origin_, line_, printable(line.substr(0, 80)));
    }
    format_ = Format::trec;
    return false;
  }

  void add_trec(std::string_view line) {
    split_blanks(line, fields_);
    if (fields_.size() != 4) {
      fail(ErrorKind::bad_input,
           "{}, line {}: {} columns; a line of TREC's qrels has four: query, iteration, document, "
           "grade",
           origin_, line_, fields_.size());
    }
    const auto grade = parse_number<long>(fields_[3]);
    if (!grade || !is_grade(static_cast<double>(*grade))) {
      fail(
          ErrorKind::bad_input,
          "{}, line {}: the grade '{}' is no whole number below a million, which TREC's qrels are "
          "of; write grades with fractions between tabs under a line of query-id, corpus-id, score",
          origin_, line_, printable(fields_[3]));
    }
    if (!grades_of(fields_[0])
             .emplace(std::string(fields_[2]), static_cast<double>(*grade))
             .second) {
      fail(ErrorKind::bad_input,
           "{}, line {}: document '{}' is judged twice for query '{}'; leave one of them", origin_,
           line_, printable(fields_[2]), printable(fields_[0]));
    }
  }

  void add_beir(std::string_view line) {
    split_tabs(line, fields_);
    if (fields_.size() != width_) {
      fail(ErrorKind::bad_input, "{}, line {}: {} columns between tabs, but {} in the first line",
           origin_, line_, fields_.size(), width_);
    }
    const std::string query = unquoted(fields_[columns_[0]]);
    const std::string document = unquoted(fields_[columns_[1]]);
    const std::string text = unquoted(fields_[columns_[2]]);
    const auto grade = parse_number<double>(text);
    if (!grade || !is_grade(*grade)) {
      fail(ErrorKind::bad_input, "{}, line {}: the grade '{}' is not a number below a million",
           origin_, line_, printable(text));
    }
    if (query.empty() || document.empty())
      fail(ErrorKind::bad_input, "{}, line {}: an empty id", origin_, line_);
    const auto [at, is_new] = grades_of(query).emplace(document, *grade);
    if (is_new || at->second == *grade) return;
    at->second = *grade;
    if (changed_++ == 0)
      first_changed_ =
          fmt::format("query '{}', document '{}'", printable(query), printable(document));
  }

  // Most files have a query's lines together.
  Grades& grades_of(std::string_view query) {
    if (grades_ == nullptr || query != query_) {
      query_ = query;
      grades_ = &judgements_[query_];  // stays where it is when others come
    }
    return *grades_;
  }

  const std::string& origin_;
  Format format_ = Format::unknown;
  std::array<std::size_t, 3> columns_{0, 1, 2};  // BEIR's: query, document, grade
  std::size_t width_ = 3;
  std::uint64_t line_ = 0;
  Fields fields_;
  Judgements judgements_;
  std::string query_;
  Grades* grades_ = nullptr;
  std::size_t changed_ = 0;
  std::string first_changed_;
};

void check_id(const std::string& id, std::string_view separators, const std::string& path) {
  if (id.empty() || id.find_first_of(separators) != id.npos) {
    fail(ErrorKind::bad_input,
         "{}: the id '{}' is empty or holds what stands between columns; give it another id", path,
         printable(id));
  }
}

}  // namespace

bool is_grade(double grade) noexcept {
  return std::abs(grade) < 1e6;
}

void rank_documents(std::vector<ScoredDocument>& documents) {
  std::sort(documents.begin(), documents.end(),
            [](const ScoredDocument& a, const ScoredDocument& b) {
              const float of_a = as_float(a.score);
              const float of_b = as_float(b.score);
              return of_a != of_b ? of_a > of_b : a.id > b.id;
            });
}

Run read_trec_run(const std::string& path) {
  return read_trec_run(open_lines(path), path);
}

Run read_trec_run(io::TableReader lines, const std::string& origin) {
  Run run;
  Fields fields;
  std::string query;
  std::vector<ScoredDocument>* documents = nullptr;
  for (io::TableRow row; lines.next(row);) {
    if (is_blank(row.values[0])) continue;
    split_blanks(row.values[0], fields);
    if (fields.size() != 6) {
      fail(ErrorKind::bad_input,
           "{}, line {}: {} columns; a line of a TREC run has six: query, Q0, document, rank, "
           "score, name of the run",
           origin, row.line, fields.size());
    }
    const auto score = parse_number<double>(fields[4]);
    if (!score || std::isnan(*score)) {
      fail(ErrorKind::bad_input, "{}, line {}: the score '{}' is not a number", origin, row.line,
           printable(fields[4]));
    }
    if (documents == nullptr) run.name = fields[5];
    if (documents == nullptr || fields[0] != query) {
      query = fields[0];
      documents = &run.of_query[query];
    }
    documents->push_back({std::string(fields[2]), *score});
  }
  for (const auto& [of, found] : run.of_query) {
    if (const std::string* twice = find_duplicate(found)) {
      fail(ErrorKind::bad_input,
           "{}: query '{}' has document '{}' twice; a run may have it once, at its best score",
           origin, printable(of), printable(*twice));
    }
  }
  return run;
}

void write_trec_run(const std::string& path, const Run& run) {
  std::string name = run.name.empty() ? "run" : run.name;
  for (char& c : name)
    if (kBlanks.find(c) != kBlanks.npos) c = '_';
  io::AtomicFile file = io::AtomicFile::create(path);
  for (const auto* query : by_key(run.of_query)) {
    check_id(query->first, kBlanks, path);
    std::vector<ScoredDocument> documents = query->second;
    rank_documents(documents);
    std::size_t rank = 0;
    for (const ScoredDocument& document : documents) {
      check_id(document.id, kBlanks, path);
      if (std::isnan(document.score)) {
        fail(ErrorKind::bad_input, "{}: document '{}' of query '{}' has a score that is no number",
             path, printable(document.id), printable(query->first));
      }
      file.write(fmt::format("{} Q0 {} {} {} {}\n", query->first, document.id, ++rank,
                             document.score, name));
    }
  }
  file.commit();
}

Judgements read_judgements(const std::string& path) {
  return read_judgements(open_lines(path), path);
}

Judgements read_judgements(io::TableReader lines, const std::string& origin) {
  QrelsParser parser(origin);
  for (io::TableRow row; lines.next(row);) parser.add(row.values[0], row.line);
  return parser.finish();
}

void write_judgements(const std::string& path, const Judgements& judgements) {
  const bool beir = path.ends_with(".tsv");
  io::AtomicFile file = io::AtomicFile::create(path);
  if (beir) file.write("query-id\tcorpus-id\tscore\n");
  for (const auto* query : by_key(judgements)) {
    check_id(query->first, beir ? "\t\r\n" : kBlanks, path);
    for (const auto* document : by_key(query->second)) {
      check_id(document->first, beir ? "\t\r\n" : kBlanks, path);
      const double grade = document->second;
      if (!is_grade(grade) || (!beir && grade != std::trunc(grade))) {
        fail(ErrorKind::bad_input, "{}: the grade {} of query '{}' {}", path, grade,
             printable(query->first),
             beir ? "is no number below a million"
                  : "is no whole number; a path that ends in .tsv can");
      }
      if (beir)
        file.write(fmt::format("{}\t{}\t{}\n", query->first, document->first, grade));
      else
        file.write(fmt::format("{} 0 {} {:.0f}\n", query->first, document->first, grade));
    }
  }
  file.commit();
}

}  // namespace kindred::eval
