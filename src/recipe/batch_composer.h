// A batch out of the examples that were chosen for it. Tested by batches_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recipe/batch.h"
#include "recipe/negative_source.h"
#include "recipe/recipe.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

/// `count` of the numbers below `of`, none twice, drawn evenly, ascending; all where there are no
/// more.
std::vector<std::uint32_t> draw_some(std::size_t of, std::size_t count, Random& random);

/// Used for one batch.
///
/// Threads: one at a time.
class BatchComposer {
 public:
  struct Options {
    std::optional<std::size_t> given_negatives;  ///< of the data's, at most
    NegativeSource* negatives = nullptr;
  };
  /// `data`: its sections with the losses that count for each.
  BatchComposer(const TrainingSet& set, const std::vector<DataRecipe>& data,
                const Options& options);

  /// An anchor with these of its positives, negatives (given and chosen), graded passages and
  /// label; of a set of sequences, slices of it.
  void add(std::uint32_t number, std::span<const std::uint32_t> positives, Random& random);
  Batch take();

 private:
  void add_slices(const TrainingSet::Example& example, Random& random);
  std::uint32_t event(std::string_view text);
  std::uint32_t passage(const Mention& mention, std::uint16_t prompt);
  void add_negatives(std::uint32_t number, Random& random);
  void grade(const Mention& mention, std::uint32_t passage);
  std::uint32_t last() const noexcept {
    return static_cast<std::uint32_t>(batch_.anchors.size() - 1);
  }

  const TrainingSet& set_;
  const std::vector<DataRecipe>& data_;
  Options options_;
  Batch batch_;
  std::unordered_map<std::uint64_t, std::uint32_t> passages_;  // text and prompt → place
  std::unordered_map<std::string, std::uint32_t> events_;      // text → place
  std::vector<std::uint32_t> labels_;
  std::optional<std::uint32_t> task_;
  bool mixed_ = false;
};

}  // namespace kindred::recipe
