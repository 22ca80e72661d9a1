// The examples that a run trains on, in memory. Tested by training_set_test.cc.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/progress.h"
#include "prepare/example_source.h"
#include "recipe/batch.h"
#include "recipe/passage_keys.h"
#include "recipe/recipe.h"
#include "recipe/text_table.h"
#include "recipe/training_source.h"

namespace kindred::recipe {

/// A text in an example. Numbers of languages and categories: 0 is unknown.
struct Mention {
  TextId text = 0;
  std::uint32_t language = 0;
  std::uint64_t id_key = 0;  ///< a hash of its id; 0: none
  std::uint32_t category = 0;
  float score = std::numeric_limits<float>::quiet_NaN();  ///< not a number: none

  bool scored() const noexcept { return !std::isnan(score); }
};

/// The text of a named prompt of the model. Errors: not_found.
using PromptLookup = std::function<std::string(const std::string& name)>;

/// Texts once each, and examples of them. Some 40 bytes a text in an example, 32 an example, and
/// the texts.
///
/// Threads: immutable once it is made; any.
class TrainingSet {
 public:
  static constexpr std::uint32_t kNoLabel = std::numeric_limits<std::uint32_t>::max();

  struct Example {
    std::uint64_t group_key = 0;  ///< a hash of its group; 0: none
    std::uint64_t first = 0;      ///< its anchor's mention; then positives, negatives, graded
    std::uint32_t positives = 0;
    std::uint32_t negatives = 0;
    std::uint32_t graded = 0;
    std::uint32_t label = kNoLabel;
    std::uint64_t first_span = 0;
    std::uint32_t spans = 0;
    std::uint32_t set = 0;
    std::uint16_t anchor_prompt = 0, passage_prompt = 0;  ///< numbers of prompts()
  };

  /// Reads all data sets. `keeps`, where set, is asked for every example by its number.
  /// Errors: those of TrainingSource; bad_input where nothing is left, with the first reject.
  static TrainingSet read(const std::vector<DataRecipe>& data, const PromptLookup& prompt_of,
                          Progress& progress, const std::function<bool(std::uint64_t)>& keeps = {});

  std::size_t size() const noexcept { return examples_.size(); }
  const Example& operator[](std::size_t i) const noexcept { return examples_[i]; }
  const Mention& anchor(const Example& of) const noexcept { return mentions_[of.first]; }
  std::span<const Mention> positives(const Example& of) const noexcept {
    return std::span(mentions_).subspan(of.first + 1, of.positives);
  }
  std::span<const Mention> negatives(const Example& of) const noexcept {
    return std::span(mentions_).subspan(of.first + 1 + of.positives, of.negatives);
  }
  std::span<const Mention> graded(const Example& of) const noexcept {
    return std::span(mentions_).subspan(of.first + 1 + of.positives + of.negatives, of.graded);
  }

  /// Of the anchor; `anchor` in them is not set.
  std::span<const TextSpan> spans(const Example& of) const noexcept {
    return std::span(spans_).subspan(of.first_span, of.spans);
  }

  const TextTable& texts() const noexcept { return texts_; }
  const std::string& language(std::uint32_t number) const { return languages_.names.at(number); }
  std::size_t languages() const noexcept { return languages_.names.size(); }
  const std::string& category(std::uint32_t number) const { return categories_.names.at(number); }
  std::size_t categories() const noexcept { return categories_.names.size(); }
  const std::string& prompt(std::uint32_t number) const { return prompts_.names.at(number); }
  std::size_t prompts() const noexcept { return prompts_.names.size(); }
  /// Names of classes, in the order of their numbers.
  const std::vector<std::string>& labels() const noexcept { return labels_.names; }
  /// Names of spans, in the order of their numbers.
  const std::vector<std::string>& span_labels() const noexcept { return span_labels_.names; }
  const std::vector<std::string>& sets() const noexcept { return sets_; }
  /// A hash of a text as it is compared (prepare::normalized_text).
  std::uint64_t text_key(TextId text) const noexcept { return text_keys_[text]; }
  const ReadingReport& report() const noexcept { return report_; }

  /// What an example's anchor is: hashes of its text as compared (prepare::normalized_text), its id
  /// and its group. Ascending, none twice.
  std::vector<std::uint64_t> anchor_keys(const Example& of) const;
  /// What a text is as a passage, over the whole set: hashes of its text as compared, its ids, the
  /// groups it is in, and of texts and ids of the anchors that it matches; and all these of the
  /// passages that have an id or the text as compared in common with it. Ascending, none twice;
  /// empty for a text that is no passage. A passage that shares a key with an anchor is no negative
  /// of it.
  std::span<const std::uint64_t> passage_keys(TextId text) const noexcept { return keys_.of(text); }
  /// Of a text as passage: the first that is known.
  std::uint32_t passage_language(TextId text) const noexcept { return passages_[text].language; }
  std::uint32_t passage_category(TextId text) const noexcept { return passages_[text].category; }
  std::uint16_t passage_prompt(TextId text) const noexcept { return passages_[text].prompt; }

 private:
  struct Names {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::uint32_t> numbers;
    std::uint32_t add(const std::string& name);
  };
  void add(const prepare::Example& example, std::size_t set, const PromptLookup& prompt_of);
  void add_mention(const prepare::Passage& passage, bool anchor);
  std::uint16_t add_prompt(const prepare::Prompt& prompt, const PromptLookup& prompt_of);
  void describe_passages();
  void for_each_key(const PassageKeys::Use& use) const;
  void for_each_identity(const PassageKeys::Use& use) const;
  void finish();

  TextTable texts_;
  std::vector<Mention> mentions_;
  std::vector<Example> examples_;
  std::vector<TextSpan> spans_;
  Names languages_, categories_, prompts_, labels_, span_labels_;
  std::unordered_map<std::string, std::uint16_t> named_prompts_;  // looked up already
  std::vector<std::string> sets_;
  std::vector<std::uint64_t> text_keys_;  // of texts as compared
  PassageKeys keys_;
  struct Passage {
    std::uint32_t language = 0;
    std::uint32_t category = 0;
    std::uint16_t prompt = 0;
  };
  std::vector<Passage> passages_;  // a text each; of those that are one
  ReadingReport report_;
};

}  // namespace kindred::recipe
