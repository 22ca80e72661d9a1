// What a set of examples is made of. Tested by example_statistics_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/example.h"
#include "prepare/hash_set.h"

namespace kindred::prepare {

/// Whole numbers, by how often each came up; exact below 65,536, and where all are above that
/// their percentiles are that.
class CountDistribution {
 public:
  void add(std::size_t value);
  std::uint64_t count() const noexcept { return count_; }
  double mean() const noexcept;
  std::size_t most() const noexcept { return most_; }
  /// The least value that `share` of all do not exceed; 0 for none.
  std::size_t percentile(double share) const;

 private:
  static constexpr std::size_t kExact = 65'536;
  std::vector<std::uint64_t> times_;
  std::uint64_t count_ = 0;
  double sum_ = 0.0;
  std::size_t most_ = 0;
};

/// Threads: one at a time. Memory: 11 to 21 bytes a different text.
class ExampleStatistics {
 public:
  using CountTokens = std::function<std::size_t(std::string_view text)>;
  /// `count_tokens`, where set, is asked for every text.
  explicit ExampleStatistics(CountTokens count_tokens = {});

  void add(const Example& example);

  std::string to_json() const;
  /// For a terminal.
  std::string to_text() const;

 private:
  struct Lengths {
    CountDistribution characters;
    CountDistribution tokens;
  };
  void add_text(const Passage& passage, Lengths& lengths, HashSet& distinct);

  CountTokens count_tokens_;
  std::uint64_t examples_ = 0;
  std::uint64_t with_positives_ = 0, with_negatives_ = 0, with_graded_ = 0, alone_ = 0;
  std::map<std::string, std::uint64_t> sources_;
  std::map<std::string, std::uint64_t> languages_;       // of all texts
  std::map<std::string, std::uint64_t> language_pairs_;  // "en → zh": anchor and positive, graded
  Lengths anchors_, passages_;
  HashSet distinct_anchors_, distinct_passages_, groups_;
  CountDistribution positives_, negatives_;
  std::array<std::uint64_t, 10> scores_{};  // of graded passages, tenths of 0 to 1
  std::uint64_t scored_ = 0;
};

}  // namespace kindred::prepare
