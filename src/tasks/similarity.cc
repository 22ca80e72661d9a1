#include "tasks/similarity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/correlation.h"
#include "base/error.h"
#include "base/random.h"
#include "eval/alignment.h"
#include "eval/significance.h"
#include "io/table.h"

namespace kindred::tasks {
namespace {

constexpr std::size_t kResamples = 1000;
using Correlation = double (*)(std::span<const double>, std::span<const double>);

double parse_score(std::string_view text, const std::string& path, std::uint64_t line) {
  double score = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(score))
    fail(ErrorKind::bad_input, "{}: line {}: the score '{}' is no number", path, line, text);
  return score;
}

// Pairs are drawn with replacement; draws in which nothing varies are left out.
eval::Interval bootstrap(const std::vector<double>& x, const std::vector<double>& y,
                         Correlation correlation, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> drawn;
  std::vector<double> a(x.size());
  std::vector<double> b(x.size());
  for (std::size_t sample = 0; sample < kResamples; ++sample) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto place = random.below(x.size());
      a[i] = x[place];
      b[i] = y[place];
    }
    if (const double value = correlation(a, b); std::isfinite(value)) drawn.push_back(value);
  }
  std::sort(drawn.begin(), drawn.end());
  return {eval::percentile(drawn, 0.025), eval::percentile(drawn, 0.975)};
}

std::vector<double> cosines_of(const Vectors& a, const Vectors& b) {
  std::vector<double> cosines(a.rows);
  for (std::size_t i = 0; i < a.rows; ++i) {
    double sum = 0.0;
    for (std::size_t d = 0; d < a.dimensions; ++d) sum += double{a.row(i)[d]} * b.row(i)[d];
    cosines[i] = sum;
  }
  return cosines;
}

eval::Table correlations(const std::vector<double>& cosines, const JudgedTexts& pairs,
                         const SimilarityOptions& options) {
  eval::Table table;
  table.key = "similarity";
  table.title = "Correlation of cosines and scores";
  table.note = "With 95 % bootstrap intervals over the pairs.";
  table.columns = {"spearman", "pearson"};
  eval::Table::Row row{"vectors", {}, pairs.scores.size()};
  for (const Correlation correlation : {Correlation{spearman}, Correlation{pearson}}) {
    const double value = correlation(cosines, pairs.scores);
    if (std::isfinite(value))
      row.cells.push_back({value, bootstrap(cosines, pairs.scores, correlation, options.seed)});
    else
      row.cells.push_back({std::nullopt});
  }
  table.rows.push_back(std::move(row));
  return table;
}

std::vector<std::size_t> alike_pairs(const JudgedTexts& pairs, const SimilarityOptions& options) {
  std::vector<std::size_t> alike;
  double from = 0.0;
  if (!pairs.scores.empty()) {
    const auto [least, greatest] = std::minmax_element(pairs.scores.begin(), pairs.scores.end());
    from = options.alike_from.value_or(*least + 0.8 * (*greatest - *least));
  }
  for (std::size_t i = 0; i < pairs.first.size(); ++i)
    if (pairs.scores.empty() || pairs.scores[i] >= from) alike.push_back(i);
  return alike;
}

std::vector<float> rows_of(const Vectors& vectors, const std::vector<std::size_t>& rows) {
  std::vector<float> values;
  for (const std::size_t row : rows) {
    const auto vector = vectors.row(row);
    values.insert(values.end(), vector.begin(), vector.end());
  }
  return values;
}

eval::Table geometry(const Vectors& a, const Vectors& b, const JudgedTexts& pairs,
                     const SimilarityOptions& options) {
  const std::vector<std::size_t> alike = alike_pairs(pairs, options);
  std::vector<std::size_t> drawn(a.rows + b.rows);
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = i;
  Random random(options.seed);
  random.shuffle(std::span(drawn));
  drawn.resize(std::min(drawn.size(), kUniformityTexts));
  std::vector<float> all;
  for (const std::size_t place : drawn) {
    const auto row = place < a.rows ? a.row(place) : b.row(place - a.rows);
    all.insert(all.end(), row.begin(), row.end());
  }
  eval::Table table;
  table.key = "geometry";
  table.title = "Alignment and uniformity";
  table.note =
      "Mean squared distance of pairs that are alike, and the logarithm of the mean Gaussian "
      "potential of all pairs of texts; less is better of both.";
  table.columns = {"alignment", "uniformity"};
  const eval::Cell aligned{
      alike.empty()
          ? std::nullopt
          : std::optional(eval::alignment(rows_of(a, alike), rows_of(b, alike), a.dimensions))};
  table.rows.push_back({"vectors", {aligned, {eval::uniformity(all, a.dimensions)}}, alike.size()});
  return table;
}

}  // namespace

JudgedTexts read_judged_texts(const std::string& path, const JudgedColumns& columns) {
  io::TableOptions options;
  options.columns = {columns.first, columns.second};
  if (columns.score) options.columns.push_back(*columns.score);
  io::TableReader reader = io::TableReader::open(path, options);
  JudgedTexts pairs;
  for (io::TableRow row; reader.next(row);) {
    pairs.first.emplace_back(row.values[0]);
    pairs.second.emplace_back(row.values[1]);
    if (columns.score) pairs.scores.push_back(parse_score(row.values[2], path, row.line));
  }
  if (pairs.first.size() < 2)
    fail(ErrorKind::bad_input, "{}: {} pairs are there, and two are needed", path,
         pairs.first.size());
  return pairs;
}

eval::Report similarity_report(const JudgedTexts& pairs, const TextVectors& encoder,
                               const SimilarityOptions& options) {
  const Vectors a = encoder.encode(pairs.first, options.role);
  const Vectors b = encoder.encode(pairs.second, options.role);
  eval::Report report;
  report.title = "Similarity of texts";
  if (!pairs.scores.empty())
    report.tables.push_back(correlations(cosines_of(a, b), pairs, options));
  report.tables.push_back(geometry(a, b, pairs, options));
  return report;
}

}  // namespace kindred::tasks
