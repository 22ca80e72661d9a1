#include "recipe/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "io/expect_error.h"
#include "recipe/batch_composer.h"
#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

using prepare::Example;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Example> pairs(int count, const std::string& from = "anchor",
                           const std::string& language = "", const std::string& other = "") {
  std::vector<Example> list;
  for (int i = 0; i < count; ++i) {
    Example example = pair_of(from + " " + std::to_string(i), "of " + from + std::to_string(i));
    example.anchor.language = language;
    example.positives[0].language = other;
    list.push_back(std::move(example));
  }
  return list;
}

std::vector<std::string> anchors_of(const Batch& batch) {
  std::vector<std::string> texts;
  for (const BatchText& anchor : batch.anchors) texts.push_back(anchor.text);
  return texts;
}

// All that a batch says, to compare two.
std::string written(const Batch& batch) {
  std::string text = batch.task;
  for (const auto* list : {&batch.anchors, &batch.passages}) {
    text += "|";
    for (const BatchText& each : *list) {
      text += fmt::format("{}{} {} {};", each.prompt, each.text, each.language,
                          fmt::join(each.keys, ","));
    }
  }
  for (const auto* lists : {&batch.positives, &batch.negatives}) {
    text += "|";
    for (const auto& list : *lists) text += fmt::format("{};", fmt::join(list, ","));
  }
  for (const GradedPair& pair : batch.graded)
    text += fmt::format("{} {} {};", pair.anchor, pair.passage, pair.score);
  return text + fmt::format("{}", fmt::join(batch.labels, ","));
}

TEST(Batches, AnEpochIsEveryExampleOnceInAnotherOrder) {
  TrainingFixture fixture;
  fixture.add(pairs(100));
  fixture.recipe.batch.size = 10;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::vector<std::vector<std::string>> epochs(2);
  for (auto& epoch : epochs) {
    for (int i = 0; i < 10; ++i) {
      const Batch batch = maker.next();
      EXPECT_EQ(batch.anchors.size(), 10U);
      EXPECT_EQ(batch.task, "a");
      for (const std::string& text : anchors_of(batch)) epoch.push_back(text);
    }
    EXPECT_EQ(std::set<std::string>(epoch.begin(), epoch.end()).size(), 100U);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_EQ(maker.epochs(), 2.0);
  EXPECT_EQ(maker.short_batches(), 0U);

  fixture.recipe.batch.seed = 2;
  BatchMaker other(set, fixture.recipe);
  EXPECT_THAT(anchors_of(other.next()), testing::Not(ElementsAre(epochs[0][0], epochs[0][1])));
}

TEST(Batches, SizesThatDoNotDivideTheDataLoseNothing) {
  TrainingFixture fixture;
  fixture.add(pairs(37));
  fixture.recipe.batch.size = 8;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::map<std::string, int> seen;
  for (int i = 0; i < 37; ++i) {
    const Batch batch = maker.next();
    EXPECT_EQ(batch.anchors.size(), 8U);
    for (const std::string& text : anchors_of(batch)) ++seen[text];
  }
  EXPECT_EQ(seen.size(), 37U);
  for (const auto& [text, count] : seen) EXPECT_NEAR(count, 8, 1) << text;
}

// Duplicated anchors, shared positives and groups, and single ones among them.
std::vector<Example> with_duplicates() {
  std::vector<Example> list = pairs(40);
  for (int i = 0; i < 30; ++i) {
    list.push_back(pair_of(fmt::format("twin {}", i % 10), fmt::format("match {}", i)));
    list.push_back(pair_of(fmt::format("asks {}", i), fmt::format("shared {}", i % 7)));
    list.push_back(pair_of(fmt::format("kin {}", i), fmt::format("of kin {}", i)));
    list.back().group = fmt::format("family {}", i % 6);
  }
  return list;
}

bool share(const BatchText& a, const BatchText& b) {
  for (const std::uint64_t key : a.keys) {
    if (std::binary_search(b.keys.begin(), b.keys.end(), key)) return true;
  }
  return false;
}

TEST(Batches, NoDuplicatesInABatchAndNobodyIsLost) {
  TrainingFixture fixture;
  fixture.add(with_duplicates());
  fixture.recipe.batch.size = 12;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::vector<int> seen(set.size(), 0);
  std::uint64_t given = 0;
  while (given < 20 * set.size()) {
    const Batch batch = maker.next();
    given += batch.anchors.size();
    for (const std::uint32_t number : maker.examples()) ++seen[number];
    for (std::size_t i = 0; i < batch.anchors.size(); ++i) {
      for (std::size_t j = 0; j < batch.anchors.size(); ++j) {
        if (i == j) continue;
        EXPECT_FALSE(share(batch.anchors[i], batch.anchors[j]));
        for (const std::uint32_t positive : batch.positives[j])
          EXPECT_FALSE(share(batch.anchors[i], batch.passages[positive]));
      }
    }
  }
  for (const int count : seen) EXPECT_NEAR(count, 20, 2);
  EXPECT_EQ(maker.anchors(), given);
}

TEST(Batches, DuplicatesMayBeWanted) {
  TrainingFixture fixture;
  fixture.add(with_duplicates());
  fixture.recipe.batch.size = 130;
  fixture.recipe.batch.no_duplicates = false;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  const Batch batch = maker.next();
  EXPECT_EQ(batch.anchors.size(), 130U);  // all, and none twice
  std::set<std::string> texts;
  for (const BatchText& passage : batch.passages) EXPECT_TRUE(texts.insert(passage.text).second);
  EXPECT_EQ(batch.passages.size(), 130U - 23U);  // 30 anchors share 7 passages
}

TEST(Batches, AllOfOneGroupEndsAndServesEveryone) {
  TrainingFixture fixture;
  std::vector<Example> list = pairs(50);
  for (Example& example : list) example.group = "one";
  fixture.add(list);
  fixture.recipe.batch.size = 16;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::vector<int> seen(50, 0);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(maker.next().anchors.size(), 1U);
    ++seen[maker.examples()[0]];
  }
  for (const int count : seen) EXPECT_NEAR(count, 10, 1);
  EXPECT_EQ(maker.short_batches(), 500U);
}

TEST(Batches, ABatchLargerThanTheDataIsTheData) {
  TrainingFixture fixture;
  fixture.add(pairs(5));
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(maker.next().anchors.size(), 5U);
}

TEST(Batches, ResumedInTheMiddleTheyAreTheSame) {
  for (const bool one_task : {true, false}) {
    TrainingFixture fixture;
    std::vector<Example> list = with_duplicates();
    for (Example& example : list) {
      example.positives.push_back({.text = example.anchor.text + " too"});
      example.negatives = {{.text = "not " + example.anchor.text}, {.text = "nor this"}};
    }
    fixture.add(list);
    fixture.add(pairs(23, "other", "en", "zh"));
    fixture.recipe.batch.size = 12;
    fixture.recipe.batch.one_task = one_task;
    fixture.recipe.batch.positives = 1;
    fixture.recipe.negatives.given = 1;
    fixture.recipe.batch.mixing_temperature = 2.0;
    const TrainingSet set = fixture.read();
    BatchMaker maker(set, fixture.recipe);
    for (int i = 0; i < 17; ++i) (void)maker.next();
    const std::string state = maker.state();

    const TrainingSet again = fixture.read();
    BatchMaker resumed(again, fixture.recipe);
    resumed.restore(state);
    EXPECT_EQ(resumed.state(), state);
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ(written(resumed.next()), written(maker.next()));
      EXPECT_EQ(resumed.examples(), maker.examples());
    }
    EXPECT_EQ(resumed.state(), maker.state());
    EXPECT_EQ(resumed.batches(), 57U);
  }
}

TEST(Batches, APlaceInOtherDataIsRefused) {
  TrainingFixture fixture;
  fixture.add(pairs(20));
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  (void)maker.next();
  const std::string state = maker.state();
  EXPECT_KINDRED_ERROR(maker.restore("{"), ErrorKind::corrupt, "cannot be read");
  EXPECT_KINDRED_ERROR(maker.restore("{}"), ErrorKind::corrupt, "cannot be read");

  TrainingFixture other;
  other.add(pairs(20, "other.."));  // as many, and as long
  const TrainingSet other_set = other.read();
  BatchMaker stranger(other_set, other.recipe);
  EXPECT_KINDRED_ERROR(stranger.restore(state), ErrorKind::corrupt, "other data");
  fixture.recipe.batch.seed = 5;
  BatchMaker reseeded(set, fixture.recipe);
  EXPECT_KINDRED_ERROR(reseeded.restore(state), ErrorKind::corrupt, "another seed");
}

std::map<std::string, int> anchors_by_task(TrainingFixture& fixture, int batches) {
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::map<std::string, int> counts;
  for (int i = 0; i < batches; ++i) {
    const Batch batch = maker.next();
    counts[batch.task] += static_cast<int>(batch.anchors.size());
  }
  return counts;
}

TEST(Batches, SetsAreDrawnByWeightAndTemperature) {
  TrainingFixture fixture;
  fixture.add(pairs(900, "much"));
  fixture.add(pairs(100, "little"));
  fixture.recipe.batch.size = 10;
  EXPECT_THAT(anchors_by_task(fixture, 100), ElementsAre(std::pair("a", 900), std::pair("b", 100)));
  fixture.recipe.batch.mixing_temperature = 2.0;  // 30 : 10
  EXPECT_THAT(anchors_by_task(fixture, 100), ElementsAre(std::pair("a", 750), std::pair("b", 250)));
  fixture.recipe.batch.mixing_temperature = 1.0;
  fixture.recipe.data[1].weight = 9.0;
  EXPECT_THAT(anchors_by_task(fixture, 100), ElementsAre(std::pair("a", 500), std::pair("b", 500)));
}

TEST(Batches, SetsMayBeMixedInABatch) {
  TrainingFixture fixture;
  fixture.add(pairs(300, "much"));
  fixture.add(pairs(100, "little"));
  fixture.recipe.batch.size = 20;
  fixture.recipe.batch.one_task = false;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  for (int i = 0; i < 20; ++i) {
    const Batch batch = maker.next();
    EXPECT_EQ(batch.task, "");
    int much = 0;
    for (const std::string& text : anchors_of(batch)) much += text.starts_with("much") ? 1 : 0;
    EXPECT_NEAR(much, 15, 1);
  }
}

TEST(Batches, StagesFollowEachOtherAndBeginAtTheirShare) {
  TrainingFixture fixture;
  fixture.add(pairs(400, "first")).until = 0.5;
  fixture.add(pairs(400, "always"));
  fixture.add(pairs(400, "last")).from = 0.5;
  fixture.recipe.batch.size = 10;
  for (const bool one_task : {true, false}) {
    fixture.recipe.batch.one_task = one_task;
    const TrainingSet set = fixture.read();
    BatchMaker maker(set, fixture.recipe);
    std::map<std::string, int> early, late;
    for (int i = 0; i < 40; ++i) {
      const Batch batch = maker.next(i / 40.0);
      for (const std::string& text : anchors_of(batch))
        ++(i < 20 ? early : late)[text.substr(0, text.find(' '))];
      if (i == 29) {  // the stages are part of the place
        BatchMaker resumed(set, fixture.recipe);
        resumed.restore(maker.state());
        BatchMaker same(set, fixture.recipe);
        same.restore(maker.state());
        EXPECT_EQ(written(resumed.next(0.8)), written(same.next(0.8)));
      }
    }
    EXPECT_EQ(early.size(), 2U);
    EXPECT_EQ(late.size(), 2U);
    EXPECT_NEAR(early["always"], 100, 10);
    EXPECT_NEAR(late["always"], 100, 10);
    EXPECT_NEAR(late["last"], 100, 10);
  }
}

TEST(Batches, LanguagesAreBalancedByPair) {
  TrainingFixture fixture;
  std::vector<Example> list = pairs(270, "ee", "en", "en");
  for (const Example& example : pairs(30, "zz", "zh", "en")) list.push_back(example);
  fixture.add(list);
  fixture.recipe.batch.size = 20;
  for (const auto& [balance, chinese] : {std::pair{0.0, 2}, {0.5, 5}, {1.0, 10}}) {
    fixture.recipe.batch.language_balance = balance;
    const TrainingSet set = fixture.read();
    BatchMaker maker(set, fixture.recipe);
    for (int i = 0; i < 10; ++i) {
      int count = 0;
      for (const BatchText& anchor : maker.next().anchors) count += anchor.language == "zh";
      EXPECT_EQ(count, chinese) << balance;
    }
  }
}

TEST(Batches, PositivesAreDrawnAnewEachTime) {
  TrainingFixture fixture;
  Example example{.anchor = {.text = "q"}};
  for (int i = 0; i < 6; ++i) example.positives.push_back({.text = fmt::format("p{}", i)});
  fixture.add({example});
  fixture.recipe.batch.positives = 2;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::set<std::string> seen;
  for (int i = 0; i < 40; ++i) {
    const Batch batch = maker.next();
    EXPECT_THAT(batch.positives, ElementsAre(ElementsAre(0, 1)));
    EXPECT_THAT(batch.negatives, IsEmpty());
    for (const BatchText& passage : batch.passages) seen.insert(passage.text);
  }
  EXPECT_EQ(seen.size(), 6U);
  fixture.recipe.batch.positives = 0;
  BatchMaker all(set, fixture.recipe);
  EXPECT_EQ(all.next().positives[0].size(), 6U);
}

TEST(Batches, HoldWhatTheExamplesHold) {
  TrainingFixture fixture;
  fixture.add({{.anchor = {.text = "q", .language = "en"},
                .positives = {{.text = "p", .language = "zh", .score = 9.0}},
                .negatives = {{.text = "n1", .score = -3.0}, {.text = "n2"}},
                .anchor_prompt = {.text = "query: "},
                .passage_prompt = {.text = "passage: "}},
               {.anchor = {.text = "r", .language = "en"},  // the same part: the order is drawn
                .positives = {{.text = "s", .language = "zh"}},
                .negatives = {{.text = "p"}},
                .passage_prompt = {.text = "passage: "}}});
  fixture.recipe.batch.size = 2;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  Batch batch = maker.next();
  for (int i = 0; i < 100 && batch.anchors[0].text != "q"; ++i) batch = maker.next();
  EXPECT_THAT(anchors_of(batch), ElementsAre("q", "r"));
  std::vector<std::string> passages;
  for (const BatchText& passage : batch.passages) {
    passages.push_back(passage.text);
    EXPECT_EQ(passage.prompt, "passage: ");
  }
  EXPECT_THAT(passages, ElementsAre("p", "n1", "n2", "s"));  // p once
  EXPECT_THAT(batch.positives, ElementsAre(ElementsAre(0), ElementsAre(3)));
  EXPECT_THAT(batch.negatives, ElementsAre(ElementsAre(1, 2), ElementsAre(0)));
  EXPECT_EQ(batch.anchors[0].prompt, "query: ");
  EXPECT_EQ(batch.passages[0].language, "zh");
  ASSERT_EQ(batch.graded.size(), 2U);  // a teacher's scores
  EXPECT_EQ(batch.graded[1].score, -3.0);
  EXPECT_THAT(batch.labels, IsEmpty());
}

TEST(Batches, GradedPassagesAndSingleTexts) {
  TrainingFixture graded;
  graded.add({{.anchor = {.text = "q"},
               .graded = {{.text = "x", .score = 1.0}, {.text = "y", .score = 0.25}}}});
  const TrainingSet graded_set = graded.read();
  const Batch scores = BatchMaker(graded_set, graded.recipe).next();
  EXPECT_THAT(scores.positives, IsEmpty());
  ASSERT_EQ(scores.graded.size(), 2U);
  EXPECT_EQ(scores.graded[1].passage, 1U);
  EXPECT_EQ(scores.graded[1].score, 0.25);

  TrainingFixture single;
  single.add(
      {{.anchor = {.text = "one"}, .label = "x"}, {.anchor = {.text = "two"}, .label = "y"}});
  const TrainingSet single_set = single.read();
  const Batch texts = BatchMaker(single_set, single.recipe).next();
  EXPECT_THAT(texts.passages, IsEmpty());
  EXPECT_THAT(texts.positives, IsEmpty());
  ASSERT_EQ(texts.labels.size(), 2U);
  EXPECT_NE(texts.labels[0], texts.labels[1]);
}

TEST(Batches, SpansAreOfTheirAnchors) {
  TrainingFixture fixture;
  fixture.add({{.anchor = {.text = "plain"}},
               {.anchor = {.text = " Sony black"}, .spans = {{1, 5, "brand"}, {6, 11, "colour"}}}});
  const TrainingSet set = fixture.read();
  const Batch batch = BatchMaker(set, fixture.recipe).next();
  ASSERT_EQ(batch.spans.size(), 2U);
  for (const TextSpan& span : batch.spans) {
    const std::string& text = batch.anchors[span.anchor].text;
    EXPECT_EQ(text.substr(span.begin, span.end - span.begin),
              set.span_labels()[span.label] == "brand" ? "Sony" : "black");
  }
}

TEST(Batches, SequencesGiveSlices) {
  TrainingFixture fixture;
  DataRecipe& data =
      fixture.add({{.anchor = {.text = "a1 a2 a3 a4 a5"}}, {.anchor = {.text = "b1 b2 b3 b4 b5"}}});
  data.slices = 3;
  data.slice_max = 3;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  std::set<std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const Batch batch = maker.next();
    EXPECT_TRUE(batch.events.empty());
    ASSERT_EQ(batch.anchors.size(), 2U);
    ASSERT_EQ(batch.passages.size(), 4U);
    for (std::size_t anchor = 0; anchor < 2; ++anchor) {
      ASSERT_EQ(batch.positives[anchor].size(), 2U);
      for (const std::uint32_t place : batch.positives[anchor]) {
        EXPECT_EQ(batch.passages[place].text[0], batch.anchors[anchor].text[0]);
        EXPECT_EQ(batch.passages[place].keys, batch.anchors[anchor].keys);
      }
      seen.insert(batch.anchors[anchor].text);
    }
  }
  EXPECT_GT(seen.size(), 4U);
}

TEST(Batches, SlicesComeWithTheEventsThatFollow) {
  TrainingFixture fixture;
  DataRecipe& data =
      fixture.add({{.anchor = {.text = "a b c d"}}, {.anchor = {.text = "x b c d"}}});
  data.slices = 1;
  data.slice_min = 2;
  data.slice_max = 4;
  data.losses = {{LossKind::next_event, 1.0}};
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  const std::map<std::string, std::string> next = {
      {"a b", "c"}, {"x b", "c"}, {"b c", "d"}, {"a b c", "d"}, {"x b c", "d"}};
  std::size_t followed = 0;
  for (int i = 0; i < 30; ++i) {
    const Batch batch = maker.next();
    ASSERT_EQ(batch.following.size(), 2U);
    std::set<std::string> events;
    for (const BatchText& event : batch.events) EXPECT_TRUE(events.insert(event.text).second);
    for (std::size_t n = 0; n < 2; ++n) {
      const auto found = next.find(batch.anchors[n].text);
      if (found == next.end()) {
        EXPECT_EQ(batch.following[n], Batch::kNoEvent) << batch.anchors[n].text;
      } else {
        ASSERT_LT(batch.following[n], batch.events.size());
        EXPECT_EQ(batch.events[batch.following[n]].text, found->second);
        ++followed;
      }
    }
  }
  EXPECT_GT(followed, 10U);
}

class Fixed final : public NegativeSource {
 public:
  explicit Fixed(TextId text) : text_(text) {}
  void choose(std::size_t, Random&, std::vector<TextId>& passages) override {
    passages.push_back(text_);
  }

 private:
  TextId text_;
};

TEST(Batches, TakeChosenNegatives) {
  TrainingFixture fixture;
  fixture.add(
      {{.anchor = {.text = "q"}, .positives = {{.text = "p"}}, .negatives = {{.text = "n"}}},
       pair_of("r", "s")});
  fixture.recipe.batch.size = 1;
  const TrainingSet set = fixture.read();
  BatchMaker maker(set, fixture.recipe);
  Fixed fixed(set.positives(set[1])[0].text);
  maker.use(&fixed);
  for (int i = 0; i < 2; ++i) {
    const Batch batch = maker.next();
    if (batch.anchors[0].text != "q") continue;
    EXPECT_THAT(batch.negatives, ElementsAre(ElementsAre(1, 2)));
    EXPECT_EQ(batch.passages[2].text, "s");
  }
}

TEST(Batches, SomeAreDrawnEvenly) {
  Random random(1);
  std::vector<int> counts(5, 0);
  for (int i = 0; i < 5000; ++i) {
    const auto drawn = draw_some(5, 2, random);
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_LT(drawn[0], drawn[1]);
    for (const std::uint32_t value : drawn) ++counts[value];
  }
  for (const int count : counts) EXPECT_NEAR(count, 2000, 150);
  EXPECT_THAT(draw_some(3, 7, random), ElementsAre(0, 1, 2));
}

TEST(Batches, ProcessesTakeAllRowsOnce) {
  for (const std::size_t rows : {0U, 1U, 7U, 64U}) {
    for (const std::size_t processes : {1U, 2U, 3U, 8U}) {
      std::size_t next = 0;
      for (std::size_t rank = 0; rank < processes; ++rank) {
        const auto [first, last] = rows_of_process(rows, rank, processes);
        EXPECT_EQ(first, next);
        EXPECT_LE(last - first, rows / processes + 1);
        next = last;
      }
      EXPECT_EQ(next, rows);
    }
  }
}

}  // namespace
}  // namespace kindred::recipe
