#include "prepare/example_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const CountDistribution& values) {
  return {{"mean", values.mean()},
          {"p50", values.percentile(0.5)},
          {"p90", values.percentile(0.9)},
          {"p99", values.percentile(0.99)},
          {"max", values.most()}};
}

std::string line_of(std::string_view name, const CountDistribution& values) {
  return fmt::format("  {:28} mean {:.1f}, half up to {}, 90% up to {}, 99% up to {}, most {}\n",
                     name, values.mean(), values.percentile(0.5), values.percentile(0.9),
                     values.percentile(0.99), values.most());
}

// The most frequent first.
std::vector<std::pair<std::string, std::uint64_t>> ordered(
    const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

Json json_of(const std::map<std::string, std::uint64_t>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : ordered(counts)) json[name] = count;
  return json;
}

std::string list_of(const std::map<std::string, std::uint64_t>& counts) {
  constexpr std::size_t kShown = 16;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [name, count] : ordered(counts)) {
    if (shown++ == kShown) return text + fmt::format(", and {} more", counts.size() - kShown);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, with_thousands(count));
  }
  return text;
}

const std::string& named(const std::string& language) {
  static const std::string kUnknown = "unknown";
  return language.empty() ? kUnknown : language;
}

}  // namespace

void CountDistribution::add(std::size_t value) {
  ++count_;
  sum_ += static_cast<double>(value);
  most_ = std::max(most_, value);
  const std::size_t at = std::min(value, kExact);
  if (at >= times_.size()) times_.resize(at + 1);
  ++times_[at];
}

double CountDistribution::mean() const noexcept {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

std::size_t CountDistribution::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t value = 0; value < times_.size(); ++value) {
    seen += times_[value];
    if (seen >= wanted && seen > 0) return value;
  }
  return 0;
}

ExampleStatistics::ExampleStatistics(CountTokens count_tokens)
    : count_tokens_(std::move(count_tokens)) {}

void ExampleStatistics::add_text(const Passage& passage, Lengths& lengths, HashSet& distinct) {
  ++languages_[named(passage.language)];
  lengths.characters.add(
      static_cast<std::size_t>(std::count_if(passage.text.begin(), passage.text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      })));
  if (count_tokens_) lengths.tokens.add(count_tokens_(passage.text));
  distinct.insert(hash_text(normalized_text(passage.text)));
}

void ExampleStatistics::add(const Example& example) {
  ++examples_;
  ++sources_[example.source.empty() ? "unknown" : example.source];
  with_positives_ += !example.positives.empty();
  with_negatives_ += !example.negatives.empty();
  with_graded_ += !example.graded.empty();
  alone_ += example.positives.empty() && example.graded.empty();
  if (!example.group.empty()) groups_.insert(hash_text(example.group));
  add_text(example.anchor, anchors_, distinct_anchors_);
  for (const auto* list : {&example.positives, &example.negatives, &example.graded}) {
    for (const Passage& passage : *list) {
      add_text(passage, passages_, distinct_passages_);
      if (list != &example.negatives) {
        ++language_pairs_[named(example.anchor.language) + " → " + named(passage.language)];
      }
    }
  }
  if (!example.positives.empty()) {
    positives_.add(example.positives.size());
    negatives_.add(example.negatives.size());
  }
  for (const Passage& passage : example.graded) {
    const double score = std::clamp(passage.score.value_or(0.0), 0.0, 1.0);
    ++scores_[std::min<std::size_t>(static_cast<std::size_t>(score * 10.0), 9)];
    ++scored_;
  }
}

std::string ExampleStatistics::to_json() const {
  const auto lengths = [&](const Lengths& of) {
    Json json{{"texts", of.characters.count()}, {"characters", json_of(of.characters)}};
    if (count_tokens_) json["tokens"] = json_of(of.tokens);
    return json;
  };
  Json json{{"examples", examples_},
            {"with_positives", with_positives_},
            {"with_negatives", with_negatives_},
            {"with_graded", with_graded_},
            {"anchors_alone", alone_},
            {"groups", groups_.size()},
            {"sources", json_of(sources_)},
            {"languages", json_of(languages_)},
            {"language_pairs", json_of(language_pairs_)},
            {"anchors", lengths(anchors_)},
            {"passages", lengths(passages_)}};
  json["anchors"]["distinct"] = distinct_anchors_.size();
  json["passages"]["distinct"] = distinct_passages_.size();
  if (with_positives_ > 0) {
    json["positives_an_example"] = json_of(positives_);
    json["negatives_an_example"] = json_of(negatives_);
  }
  if (scored_ > 0) json["score_tenths"] = scores_;
  return json.dump();
}

std::string ExampleStatistics::to_text() const {
  std::string text = fmt::format("{} examples", with_thousands(examples_));
  const auto part = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", with_thousands(count), what);
  };
  part(with_positives_, "with positives");
  part(with_negatives_, "with negatives");
  part(with_graded_, "graded");
  part(alone_, "an anchor alone");
  part(groups_.size(), "groups");
  text += fmt::format("\n  {:28} {} texts, {} different\n", "anchors",
                      with_thousands(anchors_.characters.count()),
                      with_thousands(distinct_anchors_.size()));
  text += line_of("characters of anchors", anchors_.characters);
  if (count_tokens_) text += line_of("tokens of anchors", anchors_.tokens);
  if (passages_.characters.count() > 0) {
    text += fmt::format("  {:28} {} texts, {} different\n", "passages",
                        with_thousands(passages_.characters.count()),
                        with_thousands(distinct_passages_.size()));
    text += line_of("characters of passages", passages_.characters);
    if (count_tokens_) text += line_of("tokens of passages", passages_.tokens);
  }
  if (with_positives_ > 0) {
    text += line_of("positives an example", positives_);
    text += line_of("negatives an example", negatives_);
  }
  text += fmt::format("  {:28} {}\n", "languages", list_of(languages_));
  if (!language_pairs_.empty())
    text += fmt::format("  {:28} {}\n", "anchor → passage", list_of(language_pairs_));
  if (sources_.size() > 1) text += fmt::format("  {:28} {}\n", "sources", list_of(sources_));
  if (scored_ > 0) {
    text += fmt::format("  {:28}", "scores, by tenths");
    for (const std::uint64_t count : scores_) text += ' ' + with_thousands(count);
    text += '\n';
  }
  return text;
}

}  // namespace kindred::prepare
