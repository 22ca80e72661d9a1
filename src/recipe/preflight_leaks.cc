#include <fmt/format.h>

#include "prepare/leaks.h"
#include "recipe/preflight.h"
#include "recipe/training_source.h"

namespace kindred::recipe {
namespace {

prepare::LeakReport compare(const Recipe& recipe, bool anchors_only, Progress& progress) {
  prepare::LeakOptions options;
  options.anchors_only = anchors_only;
  options.samples = 1;
  const std::vector<prepare::LeakSplit> splits = {
      {"train", [&] { return std::make_unique<TrainingSource>(recipe.data); }},
      {"eval", [&] { return std::make_unique<TrainingSource>(std::vector{eval_data(recipe)}); }}};
  return prepare::LeakFinder(options).find(splits, progress);
}

std::string summary(const prepare::LeakReport& report) {
  std::string text;
  for (const prepare::LeakCount& count : report.counts) {
    text += fmt::format("{}{} by {}", text.empty() ? "" : ", ", count.in_second,
                        prepare::to_string(count.kind));
  }
  if (!report.samples.empty()) {
    const prepare::Leak& leak = report.samples[0];
    text += fmt::format("; {}, line {} and {}, line {}: \"{}\"", leak.first.file, leak.first.line,
                        leak.second.file, leak.second.line, leak.second.text);
  }
  return text;
}

}  // namespace

std::vector<Finding> check_leaks(const Recipe& recipe, Progress& progress) {
  if (recipe.eval.paths.empty() || !recipe.eval.check_leaks) return {};
  const prepare::LeakReport anchors = compare(recipe, true, progress);
  const double examples = static_cast<double>(anchors.splits.at(1).examples);
  if (anchors.any()) {
    return {{Severity::error,
             fmt::format("{:.1f} % of the evaluation's examples are in the training data: {}",
                         100.0 * static_cast<double>(anchors.splits[1].leaking) / examples,
                         summary(anchors)),
             "cut the data by kindred prepare split, or set eval.check_leaks = false"}};
  }
  const prepare::LeakReport all = compare(recipe, false, progress);
  if (!all.any()) return {};
  return {
      {Severity::warning,
       fmt::format("passages of {:.1f} % of the evaluation's examples are in the training data: "
                   "{}",
                   100.0 * static_cast<double>(all.splits.at(1).leaking) / examples, summary(all)),
       "right where both search one catalogue; else cut the data by kindred prepare split"}};
}

}  // namespace kindred::recipe
