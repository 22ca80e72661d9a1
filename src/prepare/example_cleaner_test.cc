#include "prepare/example_cleaner.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "prepare/reject_reasons.h"

namespace kindred::prepare {
namespace {

std::string_view reason(Example example, CleaningOptions options = {}) {
  const auto reject = ExampleCleaner(std::move(options)).clean(example);
  return reject ? reject->reason : "";
}

Example pair(std::string anchor, std::string positive) {
  return {.anchor = {.text = std::move(anchor)}, .positives = {{.text = std::move(positive)}}};
}

TEST(ExampleCleaner, SpansMoveWithTheirText) {
  ExampleCleaner cleaner;
  Example example{.anchor = {.text = "  red <b> shoe "},
                  .spans = {{0, 1, "blank"}, {2, 5, "colour"}, {10, 15, "kind"}}};
  EXPECT_FALSE(cleaner.clean(example));
  EXPECT_EQ(example.anchor.text, "red <b> shoe");
  EXPECT_EQ(example.spans, (std::vector<Span>{{0, 3, "colour"}, {8, 12, "kind"}}));
  Example empty{.anchor = {.text = "  "}, .spans = {{0, 1, "blank"}}};
  EXPECT_TRUE(cleaner.clean(empty));
}

TEST(ExampleCleaner, SaysWhyAnExampleTeachesNothing) {
  EXPECT_EQ(reason(pair("a", "b")), "");
  EXPECT_EQ(reason(pair(" \n", "b")), reasons::kEmpty);
  EXPECT_EQ(reason(pair("None", "b")), reasons::kMissing);
  EXPECT_EQ(reason(pair("a", "nan")), reasons::kNoPositive);
  EXPECT_EQ(reason(pair("a", "b\uFFFD")), reasons::kDamaged);
  EXPECT_EQ(reason(pair("a", "A!")), reasons::kIdentical);
  EXPECT_EQ(reason(pair("a", "<br>")), reasons::kNoPositive);
  EXPECT_EQ(reason({.anchor = {.text = "a"}, .negatives = {{.text = "b"}}}), reasons::kNoPositive);
  EXPECT_EQ(reason({.anchor = {.text = "a"}, .graded = {{.text = "", .score = 1.0}}}),
            reasons::kEmpty);
  EXPECT_EQ(reason({.anchor = {.text = "a"}, .graded = {{.text = "a", .score = 1.0}}}), "");
}

TEST(ExampleCleaner, LengthsAreCharacters) {
  EXPECT_EQ(reason(pair("鞋鞋鞋", "b"), {.most_characters = 3}), "");
  EXPECT_EQ(reason(pair("鞋鞋鞋鞋", "b"), {.most_characters = 3}), reasons::kTooLong);
}

TEST(ExampleCleaner, NegativesThatAreMatchesOrNothingAreLeftOut) {
  ExampleCleaner cleaner;
  Example example = pair("shoe", "red shoe");
  example.negatives = {{.text = "Red, shoe"}, {.text = ""},     {.text = "hat"},
                       {.text = "SHOE"},      {.text = "hat."}, {.text = "NaN"}};
  EXPECT_FALSE(cleaner.clean(example));
  ASSERT_EQ(example.negatives.size(), 1U);
  EXPECT_EQ(example.negatives[0].text, "hat");
  EXPECT_EQ(cleaner.changes().at("empty negatives left out"), 2U);
  EXPECT_EQ(cleaner.changes().at("negatives left out: the anchor, a positive, or one before"), 3U);
}

TEST(ExampleCleaner, EachExampleGetsTheNegativesThatAreAskedFor) {
  Example example = pair("a", "b");
  example.negatives = {{.text = "c"}, {.text = "d"}, {.text = "e"}};
  ExampleCleaner cleaner({.negatives = 2});
  EXPECT_FALSE(cleaner.clean(example));
  EXPECT_EQ(example.negatives.size(), 2U);
  EXPECT_EQ(reason(pair("a", "b"), {.negatives = 1}), reasons::kNegatives);
}

TEST(ExampleCleaner, DuplicatesAreTheSameButForCaseAndPunctuation) {
  ExampleCleaner cleaner;
  Example first = pair("Red shoe", "b");
  Example again = pair("red  SHOE.", "B");
  Example other = pair("red shoe", "c");
  Example graded{.anchor = {.text = "red shoe"}, .graded = {{.text = "b", .score = 0.5}}};
  Example contradicts{.anchor = {.text = "red shoe"}, .graded = {{.text = "b", .score = 1.0}}};
  EXPECT_FALSE(cleaner.clean(first));
  EXPECT_EQ(cleaner.clean(again)->reason, reasons::kDuplicate);
  EXPECT_FALSE(cleaner.clean(other));
  EXPECT_FALSE(cleaner.clean(graded));
  EXPECT_FALSE(cleaner.clean(contradicts));
  ExampleCleaner keeps({.keep_duplicates = true});
  EXPECT_FALSE(keeps.clean(first));
  EXPECT_FALSE(keeps.clean(again));
}

TEST(ExampleCleaner, MarkupGoesUnlessItIsKept) {
  Example example = pair("R&amp;D <b>shoe</b>", "List<T> a < b");
  ExampleCleaner cleaner;
  EXPECT_FALSE(cleaner.clean(example));
  EXPECT_EQ(example.anchor.text, "R&D shoe");
  EXPECT_EQ(example.positives[0].text, "List<T> a < b");
  Example kept = pair("<b>shoe</b>", "x");
  EXPECT_FALSE(ExampleCleaner({.keep_markup = true}).clean(kept));
  EXPECT_EQ(kept.anchor.text, "<b>shoe</b>");
}

TEST(ExampleCleaner, LanguagesAreToldWhereNobodyNamedThem) {
  Example example = pair("红色鞋子", "b");
  example.positives[0].language = "xx";
  ExampleCleaner cleaner({.identify = catalog::identify_language});
  EXPECT_FALSE(cleaner.clean(example));
  EXPECT_EQ(example.anchor.language, "zh");
  EXPECT_EQ(example.positives[0].language, "xx");
}

}  // namespace
}  // namespace kindred::prepare
