// Training sets out of lines of JSON. For tests only.
#pragma once

#include <string>
#include <vector>

#include "io/temp_directory.h"
#include "prepare/example.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

class TrainingFixture {
 public:
  /// A data set of these examples; the first is "a", the second "b" and so on.
  DataRecipe& add(const std::vector<prepare::Example>& examples) {
    std::string text;
    for (const prepare::Example& example : examples) text += to_json(example) + "\n";
    const std::string name(1, static_cast<char>('a' + recipe.data.size()));
    recipe.data.emplace_back();
    recipe.data.back().name = name;
    recipe.data.back().paths = {files_.write(name + ".jsonl", text)};
    return recipe.data.back();
  }
  TrainingSet read(const PromptLookup& prompt_of = {}) const {
    Progress progress(nullptr, "read", "rows");
    return TrainingSet::read(recipe.data, prompt_of, progress);
  }
  const io::TempDirectory& files() const { return files_; }

  Recipe recipe;

 private:
  io::TempDirectory files_;
};

inline prepare::Example pair_of(std::string anchor, std::string positive) {
  return {.anchor = {.text = std::move(anchor)}, .positives = {{.text = std::move(positive)}}};
}

}  // namespace kindred::recipe
