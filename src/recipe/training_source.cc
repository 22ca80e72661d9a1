#include "recipe/training_source.h"

#include "base/error.h"
#include "io/table.h"

namespace kindred::recipe {
namespace {

// A longer text is a mistake of the file's format; training cuts texts by tokens.
constexpr std::size_t kMostCharacters = std::size_t{1} << 20;

prepare::CleaningOptions cleaning() {
  return {.most_characters = kMostCharacters, .keep_markup = true, .keep_duplicates = true};
}

prepare::PairOptions options_of(const DataRecipe& data) {
  prepare::PairOptions options;
  if (!data.format.empty()) options.format = io::parse_table_format(data.format);
  for (const auto& [role, column] : data.columns) options.columns.emplace_back(role, column);
  options.lowest_score = data.lowest_score;
  options.highest_score = data.highest_score;
  options.labels.insert(data.labels.begin(), data.labels.end());
  options.anchor_prompt = {.text = data.anchor_prompt, .name = data.anchor_prompt_name};
  options.passage_prompt = {.text = data.passage_prompt, .name = data.passage_prompt_name};
  options.source = data.name;
  return options;
}

void name_language(std::vector<prepare::Passage>& passages, const std::string& language) {
  for (prepare::Passage& passage : passages) {
    if (passage.language.empty()) passage.language = language;
  }
}

}  // namespace

TrainingSource::TrainingSource(std::vector<DataRecipe> data)
    : data_(std::move(data)), cleaner_(cleaning()) {}

bool TrainingSource::next(prepare::SourceRow& row) {
  for (;;) {
    if (!files_) {
      if (begun_) ++set_;
      if (set_ >= data_.size()) return false;
      begun_ = true;
      files_.emplace(data_[set_].paths, options_of(data_[set_]));
    }
    if (files_->next(row)) break;
    files_.reset();
  }
  take(row);
  return true;
}

void TrainingSource::take(prepare::SourceRow& row) {
  const DataRecipe& data = data_[set_];
  ++report_.rows;
  std::optional<prepare::Reject> reject = row.reject;
  std::erase_if(row.examples, [&](prepare::Example& example) {
    auto wrong = cleaner_.clean(example);
    if (wrong) {
      reject = std::move(wrong);
      return true;
    }
    example.source = data.name;
    if (example.anchor.language.empty()) example.anchor.language = data.anchor_language;
    name_language(example.positives, data.passage_language);
    name_language(example.negatives, data.passage_language);
    name_language(example.graded, data.passage_language);
    return false;
  });
  if (!reject) return;
  ++report_.rejects[std::string(reject->reason)];
  if (report_.first_reject.empty()) {
    report_.first_reject = fmt::format("{}, line {}: {}", row.file, row.line, reject->reason);
    if (!reject->detail.empty()) report_.first_reject += fmt::format(" ({})", reject->detail);
  }
}

ReadingReport TrainingSource::report() const {
  ReadingReport report = report_;
  for (const auto& [what, count] : cleaner_.changes()) report.changes[std::string(what)] = count;
  return report;
}

DataRecipe eval_data(const Recipe& recipe) {
  require(!recipe.data.empty(), "a recipe without data");
  DataRecipe data = recipe.data[0];
  data.name = "eval";
  data.paths = recipe.eval.paths;
  return data;
}

}  // namespace kindred::recipe
