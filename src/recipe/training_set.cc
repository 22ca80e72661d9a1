#include "recipe/training_set.h"

#include <algorithm>

#include "base/error.h"
#include "prepare/text_key.h"

namespace kindred::recipe {
namespace {

// Families of hashes, so that an id is never taken for a text. Ids of queries and of passages are
// numbers of different things.
constexpr std::uint64_t kTexts = 0, kAnchorIds = 1, kPassageIds = 2, kGroups = 3;

std::uint64_t key_of(const std::string& name, std::uint64_t family) {
  if (name.empty()) return 0;
  return std::max<std::uint64_t>(1, prepare::hash_text(name, family));
}

void sort_unique(std::vector<std::uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

std::uint32_t TrainingSet::Names::add(const std::string& name) {
  const auto [found, fresh] = numbers.emplace(name, static_cast<std::uint32_t>(names.size()));
  if (fresh) names.push_back(name);
  return found->second;
}

std::uint16_t TrainingSet::add_prompt(const prepare::Prompt& prompt,
                                      const PromptLookup& prompt_of) {
  std::uint32_t number = 0;
  if (prompt.name.empty()) {
    number = prompts_.add(prompt.text);
  } else if (const auto known = named_prompts_.find(prompt.name); known != named_prompts_.end()) {
    return known->second;
  } else {
    if (!prompt_of) {
      fail(ErrorKind::bad_input,
           "the data names the model's prompt '{}', and there is no model; give the words "
           "themselves",
           prompt.name);
    }
    number = prompts_.add(prompt_of(prompt.name));
  }
  if (number > std::numeric_limits<std::uint16_t>::max()) {
    fail(ErrorKind::bad_input,
         "more than 65,536 different prompts; is a column of texts read as prompts?");
  }
  if (!prompt.name.empty()) named_prompts_[prompt.name] = static_cast<std::uint16_t>(number);
  return static_cast<std::uint16_t>(number);
}

void TrainingSet::add_mention(const prepare::Passage& passage, bool anchor) {
  Mention mention;
  mention.text = texts_.add(passage.text);
  mention.language = languages_.add(passage.language);
  mention.category = categories_.add(passage.category);
  mention.id_key = key_of(passage.id, anchor ? kAnchorIds : kPassageIds);
  if (passage.score) mention.score = static_cast<float>(*passage.score);
  if (mention.text == text_keys_.size())
    text_keys_.push_back(prepare::hash_text(prepare::normalized_text(passage.text), kTexts));
  mentions_.push_back(mention);
}

void TrainingSet::add(const prepare::Example& example, std::size_t set,
                      const PromptLookup& prompt_of) {
  Example row;
  row.group_key = key_of(example.group, kGroups);
  row.first = mentions_.size();
  row.positives = static_cast<std::uint32_t>(example.positives.size());
  row.negatives = static_cast<std::uint32_t>(example.negatives.size());
  row.graded = static_cast<std::uint32_t>(example.graded.size());
  row.label = example.label.empty() ? kNoLabel : labels_.add(example.label);
  row.first_span = spans_.size();
  row.spans = static_cast<std::uint32_t>(example.spans.size());
  for (const prepare::Span& span : example.spans) {
    spans_.push_back({.begin = static_cast<std::uint32_t>(span.begin),
                      .end = static_cast<std::uint32_t>(span.end),
                      .label = span_labels_.add(span.label)});
  }
  row.set = static_cast<std::uint32_t>(set);
  row.anchor_prompt = add_prompt(example.anchor_prompt, prompt_of);
  row.passage_prompt = add_prompt(example.passage_prompt, prompt_of);
  add_mention(example.anchor, true);
  for (const auto* list : {&example.positives, &example.negatives, &example.graded}) {
    for (const prepare::Passage& passage : *list) add_mention(passage, false);
  }
  examples_.push_back(row);
}

std::vector<std::uint64_t> TrainingSet::anchor_keys(const Example& of) const {
  const Mention& mention = anchor(of);
  std::vector<std::uint64_t> keys = {text_keys_[mention.text]};
  if (mention.id_key != 0) keys.push_back(mention.id_key);
  if (of.group_key != 0) keys.push_back(of.group_key);
  sort_unique(keys);
  return keys;
}

void TrainingSet::describe_passages() {
  passages_.resize(texts_.size());
  std::vector<bool> known(texts_.size());
  for (const Example& example : examples_) {
    const std::uint64_t count =
        std::uint64_t{example.positives} + example.negatives + example.graded;
    for (const Mention& mention : std::span(mentions_).subspan(example.first + 1, count)) {
      Passage& passage = passages_[mention.text];
      if (!known[mention.text]) passage.prompt = example.passage_prompt;
      known[mention.text] = true;
      if (passage.language == 0) passage.language = mention.language;
      if (passage.category == 0) passage.category = mention.category;
    }
  }
}

void TrainingSet::for_each_key(const PassageKeys::Use& use) const {
  for (const Example& example : examples_) {
    const Mention& asks = anchor(example);
    const auto keys_of = [&](const Mention& passage, bool match) {
      use(passage.text, text_keys_[passage.text]);
      if (passage.id_key != 0) use(passage.text, passage.id_key);
      if (!match) return;
      if (example.group_key != 0) use(passage.text, example.group_key);
      use(passage.text, text_keys_[asks.text]);
      if (asks.id_key != 0) use(passage.text, asks.id_key);
    };
    for (const Mention& passage : positives(example)) keys_of(passage, true);
    for (const Mention& passage : negatives(example)) keys_of(passage, false);
    for (const Mention& passage : graded(example)) keys_of(passage, passage.score > 0.0F);
  }
}

void TrainingSet::for_each_identity(const PassageKeys::Use& use) const {
  for (const Example& example : examples_) {
    const std::uint64_t count =
        std::uint64_t{example.positives} + example.negatives + example.graded;
    for (const Mention& passage : std::span(mentions_).subspan(example.first + 1, count)) {
      use(passage.text, text_keys_[passage.text]);
      if (passage.id_key != 0) use(passage.text, passage.id_key);
    }
  }
}

void TrainingSet::finish() {
  texts_.finish();
  describe_passages();
  keys_ = PassageKeys(
      texts_.size(), [&](const PassageKeys::Use& use) { for_each_key(use); },
      [&](const PassageKeys::Use& use) { for_each_identity(use); });
  named_prompts_.clear();
}

TrainingSet TrainingSet::read(const std::vector<DataRecipe>& data, const PromptLookup& prompt_of,
                              Progress& progress, const std::function<bool(std::uint64_t)>& keeps) {
  TrainingSet set;
  (void)set.languages_.add("");
  (void)set.categories_.add("");
  (void)set.prompts_.add("");
  for (const DataRecipe& each : data) set.sets_.push_back(each.name);
  TrainingSource source(data);
  prepare::SourceRow row;
  std::uint64_t number = 0;
  while (source.next(row)) {
    for (const prepare::Example& example : row.examples) {
      if (!keeps || keeps(number)) set.add(example, source.set(), prompt_of);
      ++number;
    }
    progress.add(1);
  }
  set.report_ = source.report();
  if (set.examples_.empty()) {
    fail(ErrorKind::bad_input, "{}: no example to train on{}{}",
         data.empty()            ? "the recipe"
         : data[0].paths.empty() ? data[0].name
                                 : data[0].paths[0],
         set.report_.first_reject.empty() ? "" : "; the first reject: ", set.report_.first_reject);
  }
  set.finish();
  return set;
}

}  // namespace kindred::recipe
