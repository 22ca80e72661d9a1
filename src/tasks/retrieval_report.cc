#include "tasks/retrieval_report.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "eval/language_bias.h"
#include "eval/significance.h"
#include "eval/slices.h"
#include "tasks/query_kinds.h"
#include "tasks/retrieval.h"

namespace kindred::tasks {
namespace {

using eval::Measured;

constexpr std::size_t kShown = 5;  // documents of a query that went badly
constexpr std::size_t kTextCharacters = 300;
const std::size_t kDepths[] = {1, 2, 3, 5, 10, 20, 50, 100};

std::vector<Measured> measure_all(const eval::Dataset& dataset, std::span<const eval::Run> runs,
                                  const RetrievalReportOptions& options) {
  std::vector<eval::Metric> metrics = options.metrics;
  if (std::find(metrics.begin(), metrics.end(), options.primary) == metrics.end())
    metrics.push_back(options.primary);
  std::vector<Measured> measured;
  for (const eval::Run& run : runs)
    measured.push_back(eval::measure(run, dataset.judgements, metrics, options.measure));
  return measured;
}

eval::Table main_table(std::span<const Measured> measured) {
  eval::Table table;
  table.key = "retrieval";
  table.title = "Retrieval";
  table.note = "Means over the queries, with 95 % bootstrap intervals.";
  for (const eval::Metric& metric : measured.front().metrics)
    table.columns.push_back(metric.name());
  for (const Measured& system : measured) {
    eval::Table::Row row{system.name, {}, system.queries.size()};
    for (std::size_t m = 0; m < system.metrics.size(); ++m)
      row.cells.push_back({system.mean(m), eval::bootstrap_mean(system.values[m])});
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<eval::Comparison> compare_with_first(std::span<const Measured> measured,
                                                 const eval::Metric& metric) {
  std::vector<eval::Comparison> comparisons;
  const Measured& first = measured.front();
  const auto& a = first.values[first.index_of(metric)];
  for (const Measured& other : measured.subspan(1)) {
    // Only with --answered-only do systems differ in the queries that count.
    if (other.queries != first.queries) continue;
    comparisons.push_back({metric.name(), first.name, other.name,
                           eval::compare_paired(a, other.values[other.index_of(metric)])});
  }
  return comparisons;
}

eval::Chart recall_chart(const eval::Dataset& dataset, std::span<const eval::Run> runs,
                         const RetrievalReportOptions& options) {
  std::size_t deepest = 0;
  for (const eval::Run& run : runs)
    for (const auto& [query, documents] : run.of_query)
      deepest = std::max(deepest, documents.size());
  eval::Chart chart{"Recall by depth", "documents", "recall", {}, {}};
  std::vector<eval::Metric> metrics;
  for (const std::size_t depth : kDepths) {
    if (depth > deepest) break;
    chart.x.push_back(std::to_string(depth));
    metrics.push_back({eval::Measure::recall, depth});
  }
  for (const eval::Run& run : runs) {
    const Measured measured = eval::measure(run, dataset.judgements, metrics, options.measure);
    std::vector<double>& y = chart.lines.emplace_back(eval::Chart::Line{run.name, {}}).y;
    for (std::size_t m = 0; m < metrics.size(); ++m) y.push_back(measured.mean(m));
  }
  return chart;
}

// At a character's border.
std::string shortened(const std::string& text) {
  std::size_t bytes = 0;
  for (std::size_t characters = 0; bytes < text.size(); ++bytes) {
    const bool begins = (static_cast<unsigned char>(text[bytes]) & 0xC0U) != 0x80U;
    if (begins && characters++ == kTextCharacters) return text.substr(0, bytes) + "…";
  }
  return text;
}

class Texts {
 public:
  explicit Texts(const std::vector<eval::Record>& records) {
    for (const eval::Record& record : records) record_of_.emplace(record.id, &record);
  }
  std::string of(const std::string& id) const {
    const auto found = record_of_.find(id);
    return found == record_of_.end() ? std::string() : shortened(passage_of(*found->second));
  }

 private:
  std::unordered_map<std::string_view, const eval::Record*> record_of_;
};

eval::Found found_of(const std::string& id, const Texts& texts, const eval::Grades& grades) {
  const auto grade = grades.find(id);
  return {id, texts.of(id),
          grade == grades.end() ? std::nullopt : std::optional<double>(grade->second)};
}

// The first few documents of a run, in the order in which it is measured.
std::vector<eval::Found> first_found(const eval::Run& run, const std::string& query,
                                     const Texts& texts, const eval::Grades& grades) {
  std::vector<eval::Found> found;
  const auto documents = run.of_query.find(query);
  if (documents == run.of_query.end()) return found;
  std::vector<eval::ScoredDocument> best = documents->second;
  eval::rank_documents(best);
  const std::size_t count = std::min(kShown, best.size());
  for (std::size_t i = 0; i < count; ++i) found.push_back(found_of(best[i].id, texts, grades));
  return found;
}

std::vector<eval::Found> wanted_of(const Texts& texts, const eval::Grades& grades) {
  std::vector<eval::Found> wanted;
  for (const auto& [id, grade] : grades)
    if (grade > 0.0) wanted.push_back({id, texts.of(id), grade});
  std::sort(wanted.begin(), wanted.end(), [](const eval::Found& a, const eval::Found& b) {
    return *a.grade != *b.grade ? *a.grade > *b.grade : a.id < b.id;
  });
  if (wanted.size() > kShown) wanted.resize(kShown);
  return wanted;
}

std::vector<eval::QueryReport> worst_queries(const eval::Dataset& dataset,
                                             std::span<const eval::Run> runs,
                                             std::span<const Measured> measured,
                                             const RetrievalReportOptions& options) {
  const Measured& first = measured.front();
  const std::vector<double>& values = first.values[first.index_of(options.primary)];
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  order.resize(std::min(order.size(), options.worst));
  const Texts documents(dataset.corpus);
  const Texts queries(dataset.queries);
  std::vector<eval::QueryReport> worst;
  for (const std::size_t place : order) {
    const std::string& id = first.queries[place];
    const eval::Grades& grades = dataset.judgements.at(id);
    eval::QueryReport& report = worst.emplace_back();
    report.id = id;
    report.text = queries.of(id);
    report.metric = options.primary.name();
    for (std::size_t s = 0; s < runs.size(); ++s) {
      const auto at = std::lower_bound(measured[s].queries.begin(), measured[s].queries.end(), id);
      if (at == measured[s].queries.end() || *at != id) continue;
      const auto row = static_cast<std::size_t>(at - measured[s].queries.begin());
      report.values.emplace_back(runs[s].name,
                                 measured[s].values[measured[s].index_of(options.primary)][row]);
      report.found.emplace_back(runs[s].name, first_found(runs[s], id, documents, grades));
    }
    report.wanted = wanted_of(documents, grades);
  }
  return worst;
}

constexpr std::size_t kBiasDepth = 10;

// Languages of the first documents found for the queries of each language, against all documents.
eval::Table bias_table(const eval::Dataset& dataset, const eval::Run& run) {
  std::unordered_map<std::string_view, std::string> language_of_document;
  std::map<std::string, std::size_t> pool;
  for (const eval::Record& record : dataset.corpus) {
    const std::string language = language_of(record);
    if (language.empty()) continue;
    language_of_document.emplace(record.id, language);
    ++pool[language];
  }
  std::map<std::string, std::map<std::string, std::size_t>> found;  // query language → document's
  for (const eval::Record& query : dataset.queries) {
    const auto documents = run.of_query.find(query.id);
    if (documents == run.of_query.end()) continue;
    std::vector<eval::ScoredDocument> best = documents->second;
    eval::rank_documents(best);
    for (std::size_t i = 0; i < std::min(kBiasDepth, best.size()); ++i)
      if (const auto known = language_of_document.find(best[i].id);
          known != language_of_document.end())
        ++found[language_of(query)][known->second];
  }
  eval::Table table;
  table.key = "bias." + run.name;
  table.title = fmt::format("{}: languages among the first {}", run.name, kBiasDepth);
  table.note =
      "Rows: the language of the query. Columns: the share of the documents found that are in a "
      "language, and the divergence of these shares from those of all documents (Kullback and "
      "Leibler, nats).";
  for (const auto& [language, documents] : pool) table.columns.push_back(language);
  table.columns.emplace_back("divergence");
  for (const auto& [language, counts] : found) {
    const eval::LanguageBias bias = eval::language_bias(counts, pool);
    eval::Table::Row& row = table.rows.emplace_back();
    row.name = language.empty() ? "(unknown)" : language;
    for (const eval::LanguageShare& share : bias.shares) row.cells.push_back({share.found});
    row.cells.push_back({bias.divergence});
  }
  return table;
}

// Judgements of the documents in a language; queries left without a relevant one are not measured.
eval::Judgements judgements_in(const eval::Dataset& dataset, const std::string& language) {
  std::set<std::string_view> ids;
  for (const eval::Record& record : dataset.corpus)
    if (language_of(record) == language) ids.insert(record.id);
  eval::Judgements judgements;
  for (const auto& [query, grades] : dataset.judgements)
    for (const auto& [document, grade] : grades)
      if (ids.count(document) > 0) judgements[query].emplace(document, grade);
  return judgements;
}

}  // namespace

std::vector<std::string> languages_of(const std::vector<eval::Record>& records) {
  std::set<std::string> languages;
  for (const eval::Record& record : records)
    if (std::string language = language_of(record); !language.empty())
      languages.insert(std::move(language));
  return {languages.begin(), languages.end()};
}

eval::Report retrieval_report(const eval::Dataset& dataset, std::span<const eval::Run> runs,
                              const RetrievalReportOptions& options) {
  eval::Report report;
  report.title = "Retrieval: " + dataset.name;
  const std::vector<Measured> measured = measure_all(dataset, runs, options);
  if (measured.empty() || measured.front().queries.empty())
    fail(ErrorKind::bad_input,
         "{}: no query has a relevant document to be found (a grade above 0); is the file of "
         "judgements the right one?",
         dataset.name);
  report.tables.push_back(main_table(measured));
  for (const Measured& system : measured)
    if (system.answered < system.queries.size())
      report.facts.emplace_back(
          system.name + ", queries without an answer",
          fmt::format("{} of {}", system.queries.size() - system.answered, system.queries.size()));
  for (const eval::Slicing& slicing : slicings_of(dataset.queries, options.slices)) {
    eval::Table table = eval::slice_table(slicing, measured, options.primary);
    if (table.rows.size() > 1) report.tables.push_back(std::move(table));
  }
  if (languages_of(dataset.corpus).size() > 1)
    for (const eval::Run& run : runs) report.tables.push_back(bias_table(dataset, run));
  report.comparisons = compare_with_first(measured, options.primary);
  report.charts.push_back(recall_chart(dataset, runs, options));
  report.worst = worst_queries(dataset, runs, measured, options);
  return report;
}

std::vector<eval::Table> language_matrices(const eval::Dataset& dataset,
                                           std::span<const PartialSystem> systems,
                                           const RetrievalReportOptions& options) {
  const std::vector<std::string> asked = languages_of(dataset.queries);
  const std::vector<std::string> told = languages_of(dataset.corpus);
  if (asked.empty() || told.empty())
    fail(ErrorKind::bad_input,
         "{}: a matrix of languages needs the column 'language' in the queries and the documents",
         dataset.name);
  std::vector<eval::Table> tables;
  for (const PartialSystem& system : systems) {
    eval::Table table;
    table.key = "pairs." + system.name;
    table.title = fmt::format("{}, {} by language of query (rows) and documents", system.name,
                              options.primary.name());
    table.note = "Of each pair, only documents of that language are searched.";
    table.matrix = true;
    table.columns = told;
    for (const std::string& language : asked) table.rows.push_back({language, {}, 0});
    eval::Slicing slicing{"language", "", "", {}, asked};
    for (const eval::Record& query : dataset.queries)
      slicing.group_of[query.id] = language_of(query);
    for (const std::string& language : told) {
      const std::vector<Measured> measured = {
          eval::measure(system.run(language), judgements_in(dataset, language),
                        std::span(&options.primary, 1), options.measure)};
      const eval::Table slice = eval::slice_table(slicing, measured, options.primary);
      for (eval::Table::Row& row : table.rows) {
        const auto found = std::find_if(slice.rows.begin(), slice.rows.end(),
                                        [&](const auto& other) { return other.name == row.name; });
        row.cells.push_back(found == slice.rows.end() ? eval::Cell{} : found->cells.front());
        if (found != slice.rows.end()) row.count = std::max(row.count, found->count);
      }
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace kindred::tasks
