// The examples of a recipe's data sets, as a trainer takes them. Tested by training_set_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/example_cleaner.h"
#include "prepare/example_source.h"
#include "prepare/pair_files.h"
#include "recipe/recipe.h"

namespace kindred::recipe {

/// What reading left out, and why.
struct ReadingReport {
  std::uint64_t rows = 0;
  std::map<std::string, std::uint64_t> rejects = {};  ///< by reason
  std::string first_reject = {};                      ///< "pairs.csv, line 3: empty text (anchor)"
  std::map<std::string, std::uint64_t> changes = {};  ///< "positives left out: …"

  std::uint64_t rejected() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : rejects) sum += count;
    return sum;
  }
};

/// The data sets one after another, the same examples each time they are read. Blanks go from the
/// ends of texts, and out of the lists what is empty, repeats or is the anchor itself
/// (prepare::ExampleCleaner); markup and repeated examples stay. An example's source is its set's
/// name, and texts of which nobody named the language get that of the recipe.
///
/// Threads: one at a time.
class TrainingSource final : public prepare::ExampleSource {
 public:
  explicit TrainingSource(std::vector<DataRecipe> data);

  /// Rows that are no examples are rejects. Errors: as PairReader.
  bool next(prepare::SourceRow& row) override;
  /// Of the row that `next` gave: which data set.
  std::size_t set() const noexcept { return set_; }
  ReadingReport report() const;

 private:
  void take(prepare::SourceRow& row);

  std::vector<DataRecipe> data_;
  std::size_t set_ = 0;
  bool begun_ = false;
  std::optional<prepare::PairFiles> files_;
  prepare::ExampleCleaner cleaner_;
  ReadingReport report_;
};

/// The data of [eval] as a data set: read, and prompted, like the recipe's first one.
DataRecipe eval_data(const Recipe& recipe);

}  // namespace kindred::recipe
