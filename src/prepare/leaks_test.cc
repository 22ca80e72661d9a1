#include "prepare/leaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "io/expect_error.h"
#include "prepare/min_hash.h"
#include "prepare/sorted_lookup.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

class Given final : public ExampleSource {
 public:
  explicit Given(std::vector<Example> examples) : examples_(std::move(examples)) {}
  bool next(SourceRow& row) override {
    row = {};
    if (at_ == examples_.size()) return false;
    row.file = "given";
    row.examples = {examples_[at_++]};
    row.line = at_;
    return true;
  }

 private:
  std::vector<Example> examples_;
  std::size_t at_ = 0;
};

LeakSplit split(std::string name, std::vector<Example> examples) {
  return {std::move(name), [examples] { return std::make_unique<Given>(examples); }};
}

LeakReport find(const std::vector<LeakSplit>& splits, LeakOptions options = {}) {
  Progress progress(nullptr, "check", "examples");
  return LeakFinder(std::move(options)).find(splits, progress);
}

Example pair(std::string anchor, std::string positive) {
  return {.anchor = {.text = std::move(anchor)}, .positives = {{.text = std::move(positive)}}};
}

// "kind first second in_first in_second", a count each.
std::vector<std::string> counts_of(const LeakReport& report) {
  std::vector<std::string> lines;
  for (const LeakCount& count : report.counts) {
    lines.push_back(fmt::format("{} {} {} {} {}", to_string(count.kind), count.first, count.second,
                                count.in_first, count.in_second));
  }
  return lines;
}
using Lines = std::vector<std::string>;

TEST(Leaks, NothingSharedIsNoLeak) {
  const LeakReport report =
      find({split("train", {pair("red shoe", "a shoe")}), split("test", {pair("hat", "cap")})});
  EXPECT_FALSE(report.any());
  EXPECT_EQ(report.splits[0].texts, 2U);
  EXPECT_EQ(report.splits[1].leaking, 0U);
  EXPECT_LE(report.missed, 0.001);
}

TEST(Leaks, TheSameTextInAnyFieldOrLanguage) {
  Example test = pair("什么", "Red SHOE!");
  test.positives[0].language = "en";
  const LeakReport report = find({split("train", {pair("x", "y"), pair("red  shoe", "z")}),
                                  split("dev", {pair("other", "thing")}), split("test", {test})});
  EXPECT_EQ(counts_of(report), Lines{"text train test 1 1"});
  ASSERT_EQ(report.samples.size(), 1U);
  EXPECT_EQ(report.samples[0].first.split, "train");
  EXPECT_EQ(report.samples[0].first.line, 2U);
  EXPECT_EQ(report.samples[0].first.field, "anchor");
  EXPECT_EQ(report.samples[0].second.field, "positive");
  EXPECT_EQ(report.samples[0].second.text, "Red SHOE!");
  EXPECT_EQ(report.splits[0].leaking, 1U);
  EXPECT_EQ(report.splits[1].leaking, 0U);
  EXPECT_EQ(report.splits[2].leaking, 1U);
}

TEST(Leaks, EachPairOfSplitsIsCompared) {
  const LeakReport report =
      find({split("train", {pair("a1", "b1")}), split("dev", {pair("c", "d")}),
            split("test", {pair("c", "e"), pair("c", "f")})});
  EXPECT_EQ(counts_of(report), Lines{"text dev test 1 1"});
  EXPECT_EQ(report.splits[2].leaking, 2U);
}

TEST(Leaks, IdsOfAnchorsAndOfPassagesAreNotEachOthers) {
  Example train = pair("one", "two"), test = pair("three", "four");
  train.anchor.id = "7";
  test.positives[0].id = "7";
  EXPECT_FALSE(find({split("train", {train}), split("test", {test})}).any());
  test.anchor.id = "7";
  EXPECT_EQ(counts_of(find({split("train", {train}), split("test", {test})})),
            Lines{"id train test 1 1"});
  train.positives[0].id = "7";
  EXPECT_EQ(counts_of(find({split("train", {train}), split("test", {test})})),
            Lines{"id train test 2 2"});
  EXPECT_EQ(
      counts_of(find({split("train", {train}), split("test", {test})}, {.anchors_only = true})),
      Lines{"id train test 1 1"});
}

TEST(Leaks, GroupsAndTheirExamples) {
  Example a = pair("one", "two"), b = pair("three", "four"), c = pair("five", "six");
  a.group = b.group = c.group = "page 1";
  const LeakReport report = find({split("train", {a, b}), split("test", {c})});
  EXPECT_EQ(counts_of(report), Lines{"group train test 1 1"});
  EXPECT_EQ(report.splits[0].leaking, 2U);
  EXPECT_FALSE(
      find({split("train", {a, b}), split("test", {c})}, {.kinds = {LeakKind::text}}).any());
}

TEST(Leaks, NearDuplicatesInScriptsWithAndWithoutBlanks) {
  const LeakReport report =
      find({split("train", {pair("Click the Insert tab and choose Table from the list",
                                 "点击插入选项卡，然后从列表中选择表格。")}),
            split("test", {pair("Click the Insert tab, and choose a Table from the list",
                                "点击插入选项卡，然后从列表中选择表格项")})},
           {.similarity = 0.7});
  EXPECT_EQ(counts_of(report), Lines{"near train test 2 2"});
  ASSERT_EQ(report.samples.size(), 2U);
  EXPECT_LT(report.samples[0].similarity, 1.0);
  EXPECT_GE(report.samples[0].similarity, 0.7);
}

// Against comparing everything with everything: no pair too many, and all but some few.
TEST(Leaks, FindsTheNearDuplicatesThatExactComparisonFinds) {
  Random random(3);
  const auto sentence = [&] {
    std::string text;
    for (int w = 0; w < 8; ++w) text += fmt::format("w{}x ", random.below(300));
    return text;
  };
  std::vector<Example> train, test;
  for (int i = 0; i < 300; ++i) {
    const std::string text = sentence();
    train.push_back({.anchor = {.text = text}});
    std::string other = text;
    for (std::uint64_t edits = random.below(6); edits > 0; --edits)
      other[random.below(other.size())] = static_cast<char>('a' + random.below(26));
    test.push_back({.anchor = {.text = other}});
  }
  constexpr double kLeast = 0.7;
  std::set<std::pair<std::uint64_t, std::uint64_t>> expected;
  for (std::size_t i = 0; i < train.size(); ++i) {
    for (std::size_t j = 0; j < test.size(); ++j) {
      const std::string a = normalized_text(train[i].anchor.text);
      const std::string b = normalized_text(test[j].anchor.text);
      if (a != b && jaccard(shingles_of(a), shingles_of(b)) >= kLeast)
        expected.emplace(i + 1, j + 1);
    }
  }
  ASSERT_GT(expected.size(), 50U);
  const LeakReport report = find({split("train", train), split("test", test)},
                                 {.kinds = {LeakKind::near}, .similarity = kLeast, .samples = 999});
  std::set<std::pair<std::uint64_t, std::uint64_t>> found;
  for (const Leak& leak : report.samples) found.emplace(leak.first.line, leak.second.line);
  std::size_t missed = 0;
  for (const auto& pair : expected) missed += !found.contains(pair);
  EXPECT_LE(missed, 1U);
  for (const auto& pair : found) EXPECT_TRUE(expected.contains(pair));
}

TEST(Leaks, TellsWhichExamplesToRemove) {
  const std::vector<Example> train = {pair("a", "b"), pair("c", "d")};
  LeakFinder finder;
  Progress progress(nullptr, "check", "examples");
  finder.find({split("train", train), split("test", {pair("D", "e")})}, progress);
  EXPECT_FALSE(finder.leaks(0, train[0]));
  EXPECT_TRUE(finder.leaks(0, train[1]));
  EXPECT_FALSE(finder.leaks(1, train[0]));
}

TEST(Leaks, RefusesWhatIsNoComparison) {
  EXPECT_KINDRED_ERROR(find({split("a", {})}), ErrorKind::bad_input, "two splits");
  EXPECT_KINDRED_ERROR(find({split("a", {}), split("a", {})}), ErrorKind::bad_input, "called a");
  EXPECT_KINDRED_ERROR(parse_leak_kind("fuzzy"), ErrorKind::bad_input, "near");
}

TEST(SortedLookup, FindsWhatAMultimapFinds) {
  Random random(5);
  SortedLookup<std::uint32_t> lookup;
  std::multimap<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t e = 0; e < 3000; ++e) {
    const auto key = static_cast<std::uint32_t>(random.below(500)) * 0x9e3779b9U;
    lookup.add(key, e);
    expected.emplace(key, e);
  }
  lookup.sort();
  for (std::uint32_t k = 0; k < 600; ++k) {
    const std::uint32_t key = k * 0x9e3779b9U;
    std::vector<std::uint32_t> entries, wanted;
    for (const auto& pair : lookup.find(key)) entries.push_back(pair.second);
    const auto [begin, end] = expected.equal_range(key);
    for (auto i = begin; i != end; ++i) wanted.push_back(i->second);
    EXPECT_EQ(entries, wanted);
  }
  SortedLookup<std::uint32_t> empty;
  empty.sort();
  EXPECT_TRUE(empty.find(1).empty());
}

}  // namespace
}  // namespace kindred::prepare
