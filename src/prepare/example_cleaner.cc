#include "prepare/example_cleaner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "base/error.h"
#include "catalog/html.h"
#include "prepare/reject_reasons.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

// What programs write for a value that is not there.
constexpr std::array<std::string_view, 7> kMissing = {"nan",  "NaN",  "None", "<NA>",
                                                      "null", "NULL", "#N/A"};

constexpr std::string_view kBlanks = " \t\r\n\v\f";

void trim(std::string& text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) {
    text.clear();
    return;
  }
  text.erase(text.find_last_not_of(kBlanks) + 1);
  text.erase(0, begin);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

ExampleCleaner::ExampleCleaner(CleaningOptions options) : options_(std::move(options)) {
  if (options_.most_characters == 0)
    fail(ErrorKind::bad_input, "texts of at most 0 characters would all be rejected");
}

std::optional<Reject> ExampleCleaner::clean_text(std::string& text) {
  if (!options_.keep_markup && text.find_first_of("<&") != std::string::npos) {
    std::string plain = catalog::strip_html(text);
    if (plain != text) {
      ++changes_["texts with markup taken out"];
      text = std::move(plain);
    }
  }
  trim(text);
  if (text.empty()) return Reject{reasons::kEmpty};
  if (std::find(kMissing.begin(), kMissing.end(), text) != kMissing.end())
    return Reject{reasons::kMissing, text};
  if (text.find("\uFFFD") != std::string::npos || text.find('\0') != std::string::npos)
    return Reject{reasons::kDamaged, text.substr(0, 200)};
  if (text.size() > options_.most_characters) {
    const std::size_t count = characters(text);
    if (count > options_.most_characters)
      return Reject{reasons::kTooLong, fmt::format("{} characters", count)};
  }
  return std::nullopt;
}

// Spans move with their text, in which markup stays where it has some.
std::optional<Reject> ExampleCleaner::clean_anchor(Example& example) {
  if (example.spans.empty()) return clean_text(example.anchor.text);
  std::string& text = example.anchor.text;
  const std::size_t blanks = std::min(text.find_first_not_of(kBlanks), text.size());
  trim(text);
  shift_spans(example.spans, blanks, text.size());
  std::string judged = text;
  return clean_text(judged);
}

// Leaves out what is empty; what is wrong otherwise rejects the example.
std::optional<Reject> ExampleCleaner::clean_list(std::vector<Passage>& passages,
                                                 std::string_view left_out) {
  std::optional<Reject> wrong;
  std::erase_if(passages, [&](Passage& passage) {
    const auto reject = clean_text(passage.text);
    if (!reject) return false;
    if (reject->reason == reasons::kEmpty || reject->reason == reasons::kMissing) {
      ++changes_[left_out];
      return true;
    }
    if (!wrong) wrong = reject;
    return false;
  });
  return wrong;
}

std::optional<Reject> ExampleCleaner::drop_repeats(Example& example) {
  std::vector<std::string> known = {normalized_text(example.anchor.text)};
  bool identical = false;
  const auto repeats = [&](const Passage& passage, std::string_view change) {
    std::string key = normalized_text(passage.text);
    const auto found = std::find(known.begin(), known.end(), key);
    if (found == known.end()) {
      known.push_back(std::move(key));
      return false;
    }
    identical = identical || found == known.begin();
    ++changes_[change];
    return true;
  };
  std::erase_if(example.positives, [&](const Passage& passage) {
    return repeats(passage, "positives left out: the anchor, or one before");
  });
  if (example.positives.empty() && identical)
    return Reject{reasons::kIdentical, example.anchor.text};
  std::erase_if(example.negatives, [&](const Passage& passage) {
    return repeats(passage, "negatives left out: the anchor, a positive, or one before");
  });
  return std::nullopt;
}

std::uint64_t ExampleCleaner::key_of(const Example& example) const {
  std::uint64_t key = hash_text(normalized_text(example.anchor.text));
  const auto add = [&](const std::vector<Passage>& passages, std::uint64_t kind) {
    for (const Passage& passage : passages)
      key = mix64(key + hash_text(normalized_text(passage.text), kind));
  };
  add(example.positives, 1);
  add(example.negatives, 2);
  add(example.graded, 3);
  for (const Passage& passage : example.graded)
    key = mix64(key + std::bit_cast<std::uint64_t>(passage.score.value_or(0.0)));
  return example.label.empty() ? key : mix64(key + hash_text(example.label, 4));
}

void ExampleCleaner::tell_languages(Example& example) const {
  const auto tell = [&](Passage& passage) {
    if (passage.language.empty()) passage.language = options_.identify(passage.text).language;
  };
  tell(example.anchor);
  for (auto* list : {&example.positives, &example.negatives, &example.graded}) {
    for (Passage& passage : *list) tell(passage);
  }
}

std::optional<Reject> ExampleCleaner::clean(Example& example) {
  if (auto reject = clean_anchor(example)) {
    reject->detail = reject->detail.empty() ? "anchor" : "anchor: " + reject->detail;
    return reject;
  }
  const bool paired = !example.positives.empty() || !example.negatives.empty();
  const bool graded = !example.graded.empty();
  for (auto& [list, change] :
       {std::pair{&example.positives, std::string_view("empty positives left out")},
        std::pair{&example.negatives, std::string_view("empty negatives left out")},
        std::pair{&example.graded, std::string_view("empty graded passages left out")}}) {
    if (auto reject = clean_list(*list, change)) return reject;
  }
  if (graded && example.graded.empty()) return Reject{reasons::kEmpty, "graded passage"};
  if (paired) {
    if (example.positives.empty()) return Reject{reasons::kNoPositive};
    if (auto reject = drop_repeats(example)) return reject;
    if (options_.negatives) {
      if (example.negatives.size() < *options_.negatives) {
        return Reject{reasons::kNegatives,
                      fmt::format("{} of {}", example.negatives.size(), *options_.negatives)};
      }
      example.negatives.resize(*options_.negatives);
    }
  }
  if (!options_.keep_duplicates && !seen_.insert(key_of(example)))
    return Reject{reasons::kDuplicate, example.anchor.text.substr(0, 200)};
  if (options_.identify) tell_languages(example);
  return std::nullopt;
}

}  // namespace kindred::prepare
