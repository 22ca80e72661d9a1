#include "tasks/bitext.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "io/table.h"
#include "kernels/topk.h"

namespace kindred::tasks {
namespace {

constexpr std::size_t kDepth = 10;

// "id" is Indonesian too, and hardly ever meant so.
bool is_language_code(const std::string& name) {
  return name != "id" && (name.size() == 2 || name.size() == 3) &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::vector<std::string> language_columns(const std::string& path) {
  if (io::table_format_of(path) == io::TableFormat::jsonl)
    fail(ErrorKind::bad_input, "{}: name the columns of a JSONL file: --columns en,zh,es,fr", path);
  const std::vector<std::string> there = io::TableReader::open(path).columns();
  std::vector<std::string> columns;
  std::copy_if(there.begin(), there.end(), std::back_inserter(columns), is_language_code);
  if (columns.size() < 2)
    fail(ErrorKind::bad_input,
         "{}: {} of its columns ({}) are languages' codes, and two are needed; name them: "
         "--columns source,target",
         path, columns.size(), fmt::join(there, ", "));
  return columns;
}

// Distinct rows, ascending.
std::vector<std::size_t> sample_rows(std::size_t rows, const BitextOptions& options) {
  std::vector<std::size_t> chosen(rows);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (options.queries == 0 || options.queries >= rows) return chosen;
  Random random(options.seed);
  for (std::size_t i = 0; i < options.queries; ++i)
    std::swap(chosen[i], chosen[i + random.below(rows - i)]);
  chosen.resize(options.queries);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

struct PairResult {
  std::vector<double> first;       // 1 where the right text is the nearest, a query each
  std::vector<double> ten;         // … among the ten nearest
  std::vector<double> reciprocal;  // 1 / its place among them, else 0
};

PairResult search_pair(const Vectors& asked, const Vectors& told,
                       const std::vector<std::size_t>& rows, ThreadPool& pool) {
  std::vector<float> queries;
  queries.reserve(rows.size() * asked.dimensions);
  for (const std::size_t row : rows) {
    const auto vector = asked.row(row);
    queries.insert(queries.end(), vector.begin(), vector.end());
  }
  const kernels::Neighbors found = kernels::top_k(queries.data(), rows.size(), told.values.data(),
                                                  told.rows, told.dimensions, kDepth, pool);
  PairResult result;
  for (std::size_t q = 0; q < rows.size(); ++q) {
    const auto begin = found.indices.begin() + static_cast<std::ptrdiff_t>(q * found.k);
    const auto end = begin + static_cast<std::ptrdiff_t>(found.k);
    const auto right = std::find(begin, end, static_cast<std::uint32_t>(rows[q]));
    result.first.push_back(right == begin ? 1.0 : 0.0);
    result.ten.push_back(right == end ? 0.0 : 1.0);
    result.reciprocal.push_back(right == end ? 0.0 : 1.0 / static_cast<double>(right - begin + 1));
  }
  return result;
}

eval::Cell cell_of(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {sum / static_cast<double>(values.size()), eval::bootstrap_mean(values)};
}

eval::Table matrix(const std::string& metric, const std::vector<std::string>& languages) {
  eval::Table table;
  table.key = "bitext." + metric;
  table.title = metric + " by language of query (rows) and texts searched";
  table.matrix = true;
  table.columns = languages;
  for (const std::string& language : languages) table.rows.push_back({language, {}, 0});
  return table;
}

}  // namespace

ParallelTexts read_parallel_texts(const std::string& path, std::vector<std::string> columns) {
  ParallelTexts parallel;
  parallel.languages = columns.empty() ? language_columns(path) : std::move(columns);
  if (parallel.languages.size() < 2)
    fail(ErrorKind::bad_input, "--columns: a bitext has two columns or more, such as en,zh");
  io::TableOptions options;
  options.columns = parallel.languages;
  io::TableReader reader = io::TableReader::open(path, options);
  parallel.texts.resize(parallel.languages.size());
  for (io::TableRow row; reader.next(row);) {
    if (std::any_of(row.values.begin(), row.values.end(), [](auto text) { return text.empty(); }))
      continue;
    for (std::size_t c = 0; c < row.values.size(); ++c)
      parallel.texts[c].emplace_back(row.values[c]);
  }
  if (parallel.rows() == 0)
    fail(ErrorKind::bad_input, "{}: no row has a text in each of {}", path,
         fmt::join(parallel.languages, ", "));
  return parallel;
}

eval::Report bitext_report(const ParallelTexts& texts, const TextVectors& encoder,
                           const BitextOptions& options, ThreadPool& pool) {
  const std::size_t languages = texts.languages.size();
  std::vector<Vectors> vectors;
  for (const auto& column : texts.texts) vectors.push_back(encoder.encode(column, options.role));
  const std::vector<std::size_t> rows = sample_rows(texts.rows(), options);
  const std::string names[] = {"recall@1", "recall@10", "mrr@10"};
  std::vector<eval::Table> matrices;
  for (const std::string& name : names) matrices.push_back(matrix(name, texts.languages));
  std::vector<double> sums(matrices.size(), 0.0);
  for (std::size_t a = 0; a < languages; ++a) {
    for (std::size_t b = 0; b < languages; ++b) {
      for (std::size_t m = 0; m < matrices.size(); ++m) {
        matrices[m].rows[a].count = rows.size();
        if (a == b) matrices[m].rows[a].cells.push_back({std::nullopt});
      }
      if (a == b) continue;
      const PairResult result = search_pair(vectors[a], vectors[b], rows, pool);
      const std::vector<double>* values[] = {&result.first, &result.ten, &result.reciprocal};
      for (std::size_t m = 0; m < matrices.size(); ++m) {
        matrices[m].rows[a].cells.push_back(cell_of(*values[m]));
        sums[m] += *matrices[m].rows[a].cells.back().value;
      }
    }
  }
  eval::Report report;
  report.title = "Bitext mining";
  eval::Table& means = report.tables.emplace_back();
  means.key = "bitext";
  means.title = "Bitext mining";
  means.note =
      fmt::format("Means over {} ordered pairs of languages; {} of {} texts asked in each.",
                  languages * (languages - 1), rows.size(), texts.rows());
  means.rows.push_back({"vectors", {}, rows.size()});
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    means.columns.push_back(names[m]);
    means.rows.front().cells.push_back(
        {sums[m] / static_cast<double>(languages * (languages - 1))});
  }
  for (eval::Table& table : matrices) report.tables.push_back(std::move(table));
  return report;
}

}  // namespace kindred::tasks
