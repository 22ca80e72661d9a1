#include "shop/labels.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/error.h"
#include "io/table.h"

namespace kindred::shop {
namespace {

constexpr std::size_t kDepth = 200;  // as SearchRequest::depth
constexpr double kMostGrade = 1000.0;
constexpr double kRecall = 0.95;

double parse_grade(std::string_view text, const std::string& path, std::uint64_t line) {
  double grade = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), grade);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(grade >= 0.0 && grade <= kMostGrade)) {
    fail(ErrorKind::bad_input, "{}: line {}: the grade '{}' is not a number from 0 to {}", path,
         line, text, kMostGrade);
  }
  return grade;
}

}  // namespace

std::vector<Labels> read_labels(const std::string& path) {
  const io::TableFormat format = io::table_format_of(path);
  if (format != io::TableFormat::csv && format != io::TableFormat::tsv) {
    fail(ErrorKind::bad_input,
         "{}: labels are a .csv or .tsv file with the columns query, id and, if wanted, grade and "
         "language",
         path);
  }
  io::TableOptions options;
  options.columns = {"query", "id"};
  const std::vector<std::string> there = io::TableReader::open(path).columns();
  const auto optional = [&](const char* name) -> std::size_t {
    if (std::find(there.begin(), there.end(), name) == there.end()) return 0;
    options.columns.emplace_back(name);
    return options.columns.size() - 1;
  };
  const std::size_t grade = optional("grade");  // 0: there is none
  const std::size_t language = optional("language");
  io::TableReader reader = io::TableReader::open(path, options);
  std::vector<Labels> all;
  std::unordered_map<std::string, std::size_t> places;
  for (io::TableRow row; reader.next(row);) {
    const std::string of_language(language == 0 ? "" : row.values[language]);
    const std::string query(row.values[0]);
    const auto [place, is_new] =
        places.try_emplace(fmt::format("{}\n{}", of_language, query), all.size());
    if (is_new) all.push_back({query, of_language});
    const double gain = grade == 0 || row.values[grade].empty()
                            ? 1.0
                            : parse_grade(row.values[grade], path, row.line);
    if (gain > 0.0) all[place->second].gains[std::string(row.values[1])] = gain;
  }
  return all;
}

LabelledSearches search_labels(const Version& version, const ShopEncoder& encoder,
                               const std::vector<Labels>& labels) {
  std::vector<std::string> texts;
  texts.reserve(labels.size());
  for (const Labels& label : labels) texts.push_back(label.query);
  const Embeddings vectors = encoder.queries(texts);
  const search::Backend& backend = version.backend();
  LabelledSearches searches;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    search::LabelledQuery& query = searches.queries.emplace_back();
    const std::span<const float> vector(vectors.values.data() + i * vectors.dimensions,
                                        vectors.dimensions);
    query.vector = backend.nearest(vector, kDepth, nullptr, kRecall);
    const auto words = backend.find_words({labels[i].query, labels[i].language, kDepth});
    for (const search::WordsHit& hit : words.hits) query.words.push_back({hit.key, hit.score});
    query.words_bound = words.bound();
    query.words_cut = words.hits.size() >= kDepth;
    for (const auto& [id, gain] : labels[i].gains) {
      const auto key = backend.find_id(id);
      if (key) query.gains[*key] = gain;
      if (!key) ++searches.unknown_ids;
    }
  }
  return searches;
}

}  // namespace kindred::shop
