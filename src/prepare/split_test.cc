#include "prepare/split.h"

#include <gtest/gtest.h>

#include <map>

#include "io/expect_error.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

class Given final : public ExampleSource {
 public:
  explicit Given(std::vector<Example> examples) : examples_(std::move(examples)) {}
  bool next(SourceRow& row) override {
    row = {};
    if (at_ == examples_.size()) return false;
    row.examples = {examples_[at_++]};
    row.line = at_;
    return true;
  }

 private:
  std::vector<Example> examples_;
  std::size_t at_ = 0;
};

SplitPlan plan(const std::vector<Example>& examples, SplitOptions options = {}) {
  Progress progress(nullptr, "split", "examples");
  return plan_split([&] { return std::make_unique<Given>(examples); }, options, progress);
}

std::vector<Example> pages() {
  std::vector<Example> examples;
  for (int page = 0; page < 100; ++page) {
    for (int line = 0; line < 1 + page % 5; ++line) {
      examples.push_back(
          {.anchor = {.text = fmt::format("{:x} line {}", mix64(static_cast<std::uint64_t>(page)),
                                          line)},
           .group = fmt::format("page {}", page)});
    }
  }
  return examples;
}

TEST(Split, GroupsStayWholeAndSharesAreKept) {
  const std::vector<Example> examples = pages();
  const SplitPlan result = plan(examples, {.leaks = {.kinds = {LeakKind::group}}});
  std::map<std::string, std::uint8_t> split_of;
  for (std::size_t e = 0; e < examples.size(); ++e) {
    const auto [known, added] = split_of.emplace(examples[e].group, result.split_of[e]);
    EXPECT_EQ(known->second, result.split_of[e]);
  }
  EXPECT_EQ(result.components, 100U);
  EXPECT_EQ(result.largest, 5U);
  ASSERT_EQ(examples.size(), 300U);
  EXPECT_NEAR(static_cast<double>(result.examples[0]), 240, 5);
  EXPECT_NEAR(static_cast<double>(result.examples[1]), 30, 5);
  EXPECT_NEAR(static_cast<double>(result.examples[2]), 30, 5);
}

TEST(Split, WhatIsConnectedByOthersStaysTogether) {
  const std::vector<Example> chain = {
      {.anchor = {.text = "first"}, .positives = {{.text = "Second!"}}},
      {.anchor = {.text = "second"}, .positives = {{.text = "third"}}},
      {.anchor = {.text = "fourth text that is long enough"}, .positives = {{.text = "THIRD"}}},
      {.anchor = {.text = "fourth text, that is long enough."}},
      {.anchor = {.text = "fourth text that is long enough x"}},
      {.anchor = {.text = "alone"}}};
  const SplitPlan result = plan(chain, {.leaks = {.similarity = 0.8}});
  EXPECT_EQ(result.components, 2U);
  EXPECT_EQ(result.largest, 5U);
  for (std::size_t e = 1; e < 5; ++e) EXPECT_EQ(result.split_of[e], result.split_of[0]);
}

TEST(Split, LeavesNothingForTheLeakFinderToFind) {
  const std::vector<Example> examples = pages();
  const SplitPlan result = plan(examples, {.leaks = {.similarity = 0.6}});
  std::vector<std::vector<Example>> parts(3);
  for (std::size_t e = 0; e < examples.size(); ++e)
    parts[result.split_of[e]].push_back(examples[e]);
  std::vector<LeakSplit> splits;
  for (const auto& part : parts)
    splits.push_back(
        {std::to_string(splits.size()), [part] { return std::make_unique<Given>(part); }});
  Progress progress(nullptr, "check", "examples");
  EXPECT_FALSE(LeakFinder({.similarity = 0.6}).find(splits, progress).any());
}

TEST(Split, IsTheSameForASeed) {
  const std::vector<Example> examples = pages();
  EXPECT_EQ(plan(examples).split_of, plan(examples).split_of);
  EXPECT_NE(plan(examples).split_of, plan(examples, {.seed = 2}).split_of);
  EXPECT_KINDRED_ERROR(plan(examples, {.shares = {{"train", 1.0}}}), ErrorKind::bad_input,
                       "2 and more");
  EXPECT_KINDRED_ERROR(plan(examples, {.shares = {{"train", 1.0}, {"test", 0.0}}}),
                       ErrorKind::bad_input, "above 0");
}

}  // namespace
}  // namespace kindred::prepare
