#include "tasks/judged_pairs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/jsonl_record.h"

namespace kindred::tasks {
namespace {

struct Cell {
  std::string_view name;
  std::string_view value;
  bool nested = false;
};

// Rows with their columns' names, whatever the format.
class Rows {
 public:
  Rows(const std::string& path, std::optional<io::TableFormat> format)
      : path_(path), reader_(open(path, format)) {}

  bool next() {
    if (!reader_.next(row_)) return false;
    cells_.clear();
    if (reader_.format() == io::TableFormat::jsonl) {
      for (const io::JsonlField& f : fields_.fields(row_.values[0], path_, row_.line))
        cells_.push_back({f.key, f.value, f.nested});
    } else {
      for (std::size_t i = 0; i < row_.values.size(); ++i)
        cells_.push_back({reader_.columns()[i], row_.values[i]});
    }
    return true;
  }
  std::uint64_t line() const { return row_.line; }
  const std::vector<Cell>& cells() const { return cells_; }

  const Cell* find(std::string_view name) const {
    const auto it = std::find_if(cells_.begin(), cells_.end(),
                                 [&](const Cell& cell) { return cell.name == name; });
    return it == cells_.end() ? nullptr : &*it;
  }
  // The cell of the name, or of the first usual one that is there.
  const Cell* find(const std::string& name, std::span<const std::string_view> usual) const {
    if (!name.empty()) return find(name);
    for (const std::string_view candidate : usual)
      if (const Cell* cell = find(candidate)) return cell;
    return nullptr;
  }
  [[noreturn]] void fail_without(const std::string& what, const std::string& name,
                                 std::span<const std::string_view> usual) const {
    std::vector<std::string_view> there;
    for (const Cell& cell : cells_) there.push_back(cell.name);
    fail(ErrorKind::not_found, "{}: line {} has no {} ({}); its columns are {}: name the right one",
         path_, row_.line, what,
         name.empty() ? fmt::format("looked for {}", fmt::join(usual, ", ")) : name,
         fmt::join(there, ", "));
  }

 private:
  static io::TableReader open(const std::string& path, std::optional<io::TableFormat> format) {
    io::TableOptions options;
    options.format = format.value_or(io::table_format_of(path));
    if (*options.format == io::TableFormat::lines)
      fail(
          ErrorKind::bad_input,
          "{}: pairs need columns; give a .csv, .tsv or .jsonl file, or say its format by --format",
          path);
    options.whole_json = *options.format == io::TableFormat::jsonl;
    return io::TableReader::open(path, options);
  }

  const std::string& path_;
  io::TableReader reader_;
  io::TableRow row_;
  io::JsonlFields fields_;
  std::vector<Cell> cells_;
};

constexpr std::string_view kQueries[] = {"query", "anchor", "question", "sentence1", "text1"};
constexpr std::string_view kDocuments[] = {"document", "positive",  "passage",
                                           "answer",   "sentence2", "text2"};
constexpr std::string_view kLabels[] = {"label", "score", "grade", "relevance"};
constexpr std::string_view kLanguages[] = {"language", "lang"};

// Texts by number, each once.
class Texts {
 public:
  explicit Texts(std::vector<std::string>& all) : all_(all) {}
  std::uint32_t number(std::string_view text) {
    const auto [it, is_new] =
        numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(all_.size()));
    if (is_new) all_.emplace_back(text);
    return it->second;
  }

 private:
  std::vector<std::string>& all_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

bool is_relevant(std::string_view text, double from, const std::string& path, std::uint64_t line) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    fail(ErrorKind::bad_input, "{}: line {}: the label '{}' is not a number, true or false", path,
         line, text);
  return value >= from;
}

std::vector<std::string> negatives_of(const Cell& cell, const std::string& path,
                                      std::uint64_t line) {
  if (!cell.nested) return {std::string(cell.value)};
  const auto list = nlohmann::json::parse(cell.value, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (!list.is_array() || !item.is_string())
      fail(ErrorKind::bad_input, "{}: line {}: '{}' must be a text or a list of texts", path, line,
           cell.name);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace

JudgedPairs read_judged_pairs(const std::string& path, const PairColumns& columns) {
  JudgedPairs out;
  Texts queries(out.queries), documents(out.documents), languages(out.languages);
  languages.number("");
  Rows rows(path, columns.format);
  while (rows.next()) {
    ++out.rows;
    const Cell* query = rows.find(columns.query, kQueries);
    if (query == nullptr) rows.fail_without("query", columns.query, kQueries);
    const Cell* document = rows.find(columns.document, kDocuments);
    if (document == nullptr) rows.fail_without("document", columns.document, kDocuments);
    const Cell* label = rows.find(columns.label, kLabels);
    if (label == nullptr && !columns.label.empty())
      rows.fail_without("label", columns.label, kLabels);
    const Cell* language = rows.find(columns.language, kLanguages);
    if (language == nullptr && !columns.language.empty())
      rows.fail_without("language", columns.language, kLanguages);
    if (query->value.empty() || document->value.empty()) {
      ++out.skipped;
      continue;
    }
    JudgedPair pair;
    pair.query = queries.number(query->value);
    pair.language = language == nullptr ? 0 : languages.number(language->value);
    pair.document = documents.number(document->value);
    pair.relevant =
        label == nullptr || is_relevant(label->value, columns.relevant_from, path, rows.line());
    out.has_others |= label != nullptr;
    out.pairs.push_back(pair);
    pair.relevant = false;
    for (const Cell& cell : rows.cells()) {
      if (!cell.name.starts_with("negative")) continue;
      for (const std::string& text : negatives_of(cell, path, rows.line())) {
        if (text.empty()) continue;
        pair.document = documents.number(text);
        out.pairs.push_back(pair);
        out.has_others = true;
      }
    }
  }
  return out;
}

}  // namespace kindred::tasks
