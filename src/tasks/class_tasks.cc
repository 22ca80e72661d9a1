#include "tasks/class_tasks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "estimators/centroid_classifier.h"
#include "estimators/density_clusters.h"
#include "estimators/k_means.h"
#include "estimators/linear_classifier.h"
#include "eval/classification.h"
#include "eval/clustering.h"

namespace kindred::tasks {
namespace {

/// Texts to learn from and to be asked, with vectors and one numbering of the classes. A class that
/// is in the test alone has a number beyond those that can be learned.
struct Sides {
  Vectors train, test;
  std::vector<std::uint32_t> train_labels;
  std::vector<std::size_t> truth;
  std::size_t classes = 0;
};

Sides encode_sides(const LabelledTexts& train, const LabelledTexts& test,
                   const TextVectors& encoder, const ClassTaskOptions& options) {
  Sides sides;
  sides.train = encoder.encode(train.texts, options.role);
  sides.test = encoder.encode(test.texts, options.role);
  sides.train_labels = train.labels;
  sides.classes = train.names.size();
  std::unordered_map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < train.names.size(); ++i) numbers.emplace(train.names[i], i);
  for (const std::uint32_t label : test.labels)
    sides.truth.push_back(numbers.try_emplace(test.names[label], numbers.size()).first->second);
  return sides;
}

std::vector<std::size_t> most_probable(const std::vector<double>& probabilities,
                                       std::size_t classes) {
  std::vector<std::size_t> best;
  for (auto row = probabilities.begin(); row != probabilities.end();
       row += static_cast<std::ptrdiff_t>(classes))
    best.push_back(static_cast<std::size_t>(
        std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
  return best;
}

std::vector<std::size_t> largest_class(const Sides& sides) {
  std::vector<std::size_t> counts(sides.classes, 0);
  for (const std::uint32_t label : sides.train_labels) ++counts[label];
  const auto largest = std::max_element(counts.begin(), counts.end()) - counts.begin();
  return std::vector<std::size_t>(sides.truth.size(), static_cast<std::size_t>(largest));
}

eval::Table::Row scored(const std::string& name, const std::vector<std::size_t>& truth,
                        const std::vector<std::size_t>& taken_for) {
  const eval::ClassificationScores scores = eval::score_classes(truth, taken_for);
  std::vector<double> right;
  for (std::size_t i = 0; i < truth.size(); ++i) right.push_back(truth[i] == taken_for[i] ? 1 : 0);
  return {name, {{scores.accuracy, eval::bootstrap_mean(right)}, {scores.macro_f1}}, truth.size()};
}

eval::Table::Row agreement(const std::string& name, const LabelledTexts& texts,
                           const std::vector<std::int32_t>& clusters, std::size_t count) {
  const std::vector<std::int64_t> classes(texts.labels.begin(), texts.labels.end());
  const std::vector<std::int64_t> given(clusters.begin(), clusters.end());
  const eval::ClusterAgreement a = eval::compare_clusters(classes, given);
  const auto noise = static_cast<double>(std::count(clusters.begin(), clusters.end(), -1));
  return {name,
          {{a.v_measure},
           {a.homogeneity},
           {a.completeness},
           {a.adjusted_rand},
           {static_cast<double>(count)},
           {noise / static_cast<double>(std::max<std::size_t>(clusters.size(), 1))}},
          clusters.size()};
}

}  // namespace

eval::Report classification_report(const LabelledTexts& texts,
                                   const std::optional<LabelledTexts>& test,
                                   const TextVectors& encoder, const ClassTaskOptions& options,
                                   ThreadPool& pool) {
  std::optional<LabelledTexts> train;
  std::optional<LabelledTexts> held_out = test;
  if (!test) {
    const Split split = stratified_split(texts, options.held_out, options.seed);
    if (split.test.empty())
      fail(ErrorKind::bad_input,
           "no class has two texts, so none can be held out; give a test file");
    train = texts.only(split.train);
    held_out = texts.only(split.test);
  }
  const Sides sides = encode_sides(train ? *train : texts, *held_out, encoder, options);
  const estimators::LabelledVectors data{sides.train.values, sides.train.dimensions,
                                         sides.train_labels, sides.classes};
  const auto centroids = estimators::fit_centroids(data);
  const auto linear = estimators::fit_linear(data, {}, pool);
  eval::Report report;
  report.title = "Classification";
  eval::Table& table = report.tables.emplace_back();
  table.key = "classification";
  table.title = fmt::format("Classification into {} classes", sides.classes);
  table.note = fmt::format("Learned from {} texts.", sides.train.rows);
  table.columns = {"accuracy", "macro_f1"};
  table.rows.push_back(
      scored("centroids", sides.truth,
             most_probable(centroids.probabilities(sides.test.values, pool), sides.classes)));
  table.rows.push_back(
      scored("logistic", sides.truth,
             most_probable(linear.probabilities(sides.test.values, pool), sides.classes)));
  table.rows.push_back(scored("largest class", sides.truth, largest_class(sides)));
  return report;
}

eval::Report clustering_report(const LabelledTexts& texts, const TextVectors& encoder,
                               const ClassTaskOptions& options, ThreadPool& pool) {
  const Vectors vectors = encoder.encode(texts.texts, options.role);
  const estimators::MetricSpace space(vectors.values.data(), vectors.rows, vectors.dimensions,
                                      estimators::Distance::cosine, pool);
  estimators::KMeansOptions k_means;
  k_means.k = texts.names.size();
  k_means.seed = options.seed;
  const auto by_means = estimators::k_means(space, k_means, pool);
  const auto by_density = estimators::density_clusters(space, {}, pool);
  eval::Report report;
  report.title = "Clustering";
  eval::Table& table = report.tables.emplace_back();
  table.key = "clustering";
  table.title = fmt::format("Clusters against {} classes", texts.names.size());
  table.note = "Noise of the density clusters counts as a cluster of its own.";
  table.columns = {"v_measure",     "homogeneity", "completeness",
                   "adjusted_rand", "clusters",    "noise"};
  table.rows.push_back(agreement("k-means", texts, by_means.labels, by_means.clusters));
  table.rows.push_back(agreement("density", texts, by_density.labels, by_density.clusters));
  return report;
}

}  // namespace kindred::tasks
