#include "eval/classification.h"

#include <map>

#include "base/error.h"

namespace kindred::eval {
namespace {

struct Counts {
  double right = 0.0;
  double of = 0.0;         // things that are of the class
  double taken_for = 0.0;  // things that were taken for it
};

double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : 0.0;
}

}  // namespace

ClassificationScores score_classes(std::span<const std::size_t> truth,
                                   std::span<const std::size_t> taken_for) {
  require(truth.size() == taken_for.size(), "classes of unequal number");
  ClassificationScores scores;
  if (truth.empty()) return scores;
  std::map<std::size_t, Counts> classes;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool right = truth[i] == taken_for[i];
    classes[truth[i]].right += right ? 1.0 : 0.0;
    classes[truth[i]].of += 1.0;
    classes[taken_for[i]].taken_for += 1.0;
    scores.accuracy += right ? 1.0 : 0.0;
  }
  const auto n = static_cast<double>(truth.size());
  scores.accuracy /= n;
  for (const auto& [name, counts] : classes) {
    const double f1 = ratio(2.0 * counts.right, counts.of + counts.taken_for);
    scores.macro_f1 += f1 / static_cast<double>(classes.size());
    scores.weighted_f1 += counts.of / n * f1;
    scores.weighted_precision += counts.of / n * ratio(counts.right, counts.taken_for);
    scores.weighted_recall += counts.of / n * ratio(counts.right, counts.of);
  }
  return scores;
}

std::vector<std::vector<std::size_t>> confusion(std::span<const std::size_t> truth,
                                                std::span<const std::size_t> taken_for,
                                                std::size_t classes) {
  require(truth.size() == taken_for.size(), "classes of unequal number");
  std::vector<std::vector<std::size_t>> counts(classes, std::vector<std::size_t>(classes));
  for (std::size_t i = 0; i < truth.size(); ++i) {
    require(truth[i] < classes && taken_for[i] < classes, "a class that there is not");
    ++counts[truth[i]][taken_for[i]];
  }
  return counts;
}

}  // namespace kindred::eval
