// Batches out of a training set. Tested by batches_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "prepare/hash_set.h"
#include "recipe/batch.h"
#include "recipe/example_stream.h"
#include "recipe/negative_source.h"
#include "recipe/recipe.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

/// Gives batches without end. All that is drawn follows from the seed and the place, so that every
/// process of a run makes the same batches and takes its rows of them (rows_of_process).
///
/// - Each data set is cut by pair of languages (of anchor and first positive); each part is gone
///   through in a shuffled order, every example once before any comes again.
/// - The set of a batch (with one_task), and the part of each anchor in it, is the one that is
///   furthest behind its share (stride scheduling): sets by weight × size^(1 / mixing_temperature),
///   parts by size^(1 - language_balance). Where shares are those of the data, one epoch is every
///   example once.
/// - With no_duplicates no anchor shares a key with another one, or with the drawn positives of
///   another one. What does waits, and comes first in the set's next batch; nothing is lost. Where
///   too few go together a batch is smaller: a batch looks at 16 times its size and 1,000 examples
///   at most.
///
/// Threads: one at a time. Memory: 8 bytes an example, besides the set, which must outlive it.
class BatchMaker {
 public:
  /// Errors: exhausted for 2³² examples.
  BatchMaker(const TrainingSet& set, const Recipe& recipe);

  /// Negatives beside those of the data, from the next batch on; null: none. Must outlive its use.
  void use(NegativeSource* negatives) noexcept { negatives_ = negatives; }

  /// `progress`: how much of the run is over, 0 to 1, for sets that are used at a time of it. A set
  /// that begins does so at its share, without making up for the time before.
  Batch next(double progress = 0.0);
  /// The examples of the batch that `next` gave last, an anchor each.
  const std::vector<std::uint32_t>& examples() const noexcept { return chosen_; }

  std::uint64_t batches() const noexcept { return batches_; }
  std::uint64_t anchors() const noexcept { return anchors_; }
  /// Anchors given over examples that there are.
  double epochs() const noexcept;
  /// Batches that were smaller than asked for because too few examples go together.
  std::uint64_t short_batches() const noexcept { return short_batches_; }

  /// All that `next` depends on besides the data and the recipe: a JSON object.
  std::string state() const;
  /// Goes on from there: the next batches are those that the saved maker would have given. Errors:
  /// corrupt for what is no state, or one of other data or another recipe.
  void restore(std::string_view state);

 private:
  struct Part {
    ExampleStream stream;
    std::size_t set;
    double share;  // of its set with one_task, else of all
  };
  struct Keys {
    prepare::HashSet anchors, positives;
    prepare::HashSet examples;  // where duplicates may be: none twice all the same
  };

  void make_parts();
  void open_sets(double progress);
  double set_rank(std::size_t set) const;
  std::size_t choose_set() const;
  void choose_examples();
  bool admit(std::uint32_t example, Keys& keys);
  void sign();

  const TrainingSet& set_;
  BatchRecipe options_;
  std::vector<DataRecipe> data_;
  std::optional<std::size_t> given_;
  NegativeSource* negatives_ = nullptr;
  Random seed_;
  std::vector<Part> parts_;
  std::vector<double> set_shares_;
  std::vector<std::uint8_t> open_;  // sets that are used now
  std::uint64_t signature_ = 0;  // of the data and what cuts it, so that no place is taken for one
                                 // in other data
  std::uint64_t batches_ = 0, anchors_ = 0, short_batches_ = 0;

  // Of the batch that is made:
  Random random_;
  std::vector<std::uint32_t> chosen_;
  std::vector<std::vector<std::uint32_t>> positives_;  // of each: places among its positives
};

/// Rows [first, second) of `rows` are those of process `rank`; the first processes have one more
/// where it does not come out even.
constexpr std::pair<std::size_t, std::size_t> rows_of_process(std::size_t rows, std::size_t rank,
                                                              std::size_t processes) noexcept {
  const std::size_t each = rows / processes;
  const std::size_t more = rows % processes;
  const std::size_t first = rank * each + (rank < more ? rank : more);
  return {first, first + each + (rank < more ? 1 : 0)};
}

}  // namespace kindred::recipe
