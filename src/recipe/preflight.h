// What goes wrong silently in training, looked for before the first step. Tested by
// preflight_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "recipe/recipe.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

enum class Severity : std::uint8_t {
  note,     ///< worth knowing
  warning,  ///< likely a mistake
  error,    ///< training would teach nothing, or a measure would be worth nothing
};
std::string_view to_string(Severity severity) noexcept;

struct Finding {
  Severity severity = Severity::note;
  std::string what;
  std::string advice;  ///< what to do; empty for some notes
};

/// What is known of the model without running it.
struct ModelFacts {
  std::map<std::string, std::string> prompts = {};  ///< name → text
  std::size_t max_length = 0;                       ///< tokens of a text; 0: no limit
  bool unit_length = true;                          ///< its vectors have length 1
  /// Tokens of a prompted text before it is cut, special ones included; empty: not counted.
  std::function<std::size_t(std::string_view prompt, std::string_view text)> count_tokens = {};
};

/// Looks at the recipe alone: a margin that cannot close, losses without negatives, temperatures
/// and rates out of the usual range, quotas that make language a shortcut.
std::vector<Finding> check_settings(const Recipe& recipe, const ModelFacts& model);

/// Looks at the data: rows left out, repeated pairs and anchors, sets that hold nothing that their
/// losses need, scores and labels that are all the same, languages that give positives away,
/// prompts that the model has and the data does not use, texts that are cut (of 10,000 of each
/// kind), batches larger than the data. Memory: 8 to 16 bytes a pair.
std::vector<Finding> check_data(const Recipe& recipe, const TrainingSet& set,
                                const ModelFacts& model);

/// Compares the training data with that of [eval]: anchors of both (an error), and texts and ids of
/// passages (a warning: where both search one catalogue they are the same by design). Reads the
/// files again. Nothing where the recipe has no data of its own to evaluate on, or wants no check.
std::vector<Finding> check_leaks(const Recipe& recipe, Progress& progress);

}  // namespace kindred::recipe
