#include "recipe/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

using prepare::Example;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> lines(const std::vector<Finding>& findings) {
  std::vector<std::string> list;
  for (const Finding& finding : findings)
    list.push_back(
        fmt::format("{}: {} -> {}", to_string(finding.severity), finding.what, finding.advice));
  return list;
}

class Preflight : public testing::Test {
 protected:
  std::vector<std::string> settings() { return lines(check_settings(fixture_.recipe, model_)); }
  std::vector<std::string> data() {
    const TrainingSet set = fixture_.read();
    return lines(check_data(fixture_.recipe, set, model_));
  }
  Recipe& recipe() { return fixture_.recipe; }

  TrainingFixture fixture_;
  ModelFacts model_;
};

std::vector<Example> pairs(int count, const std::string& from = "a", const std::string& to = "b") {
  std::vector<Example> list;
  for (int i = 0; i < count; ++i)
    list.push_back(pair_of(fmt::format("anchor {} {}", from, i), fmt::format("of {} {}", to, i)));
  return list;
}

TEST_F(Preflight, GoodRecipesAndDataHaveNoFindings) {
  fixture_.add(pairs(100));
  EXPECT_THAT(settings(), IsEmpty());
  EXPECT_THAT(data(), IsEmpty());
}

TEST_F(Preflight, MarginsThatCannotClose) {
  fixture_.add(pairs(100));
  recipe().loss.triplet_margin = 5.0;
  EXPECT_THAT(settings(), IsEmpty());  // no triplet loss
  recipe().loss.losses = {{LossKind::triplet, 1.0}};
  EXPECT_THAT(settings(), Contains(HasSubstr("error: the triplet margin of 5 can never close")));
  recipe().loss.triplet_metric = TripletMetric::euclidean;
  EXPECT_THAT(settings(), Contains(HasSubstr("error: the triplet margin of 5 can never close")));
  model_.unit_length = false;
  EXPECT_THAT(settings(), IsEmpty());
  model_.unit_length = true;
  recipe().loss.triplet_margin = 1.5;
  EXPECT_THAT(settings(), Contains(HasSubstr("warning: the triplet margin of 1.5 hardly closes")));
  recipe().loss.triplet_margin = 0.3;
  EXPECT_THAT(settings(), IsEmpty());
}

TEST_F(Preflight, LossesThatAreZero) {
  fixture_.add(pairs(100));
  recipe().batch.size = 1;
  EXPECT_THAT(settings(), Contains(HasSubstr("error: a batch of one anchor")));
  recipe().batch.size = 4;
  EXPECT_THAT(settings(), Contains(HasSubstr("warning: a batch of 4 anchors has few negatives")));
  recipe().batch.size = 64;
  recipe().negatives.in_batch = false;
  EXPECT_THAT(settings(), IsEmpty());  // those of the data
  recipe().negatives.given = 0;
  EXPECT_THAT(settings(), Contains(HasSubstr("error: negatives.in_batch is false")));
  recipe().negatives.mined = 2;
  EXPECT_THAT(settings(), IsEmpty());
}

TEST_F(Preflight, UnusualNumbers) {
  fixture_.add(pairs(100));
  recipe().loss.temperature = 1.0;
  EXPECT_THAT(settings(), Contains(HasSubstr("warning: a temperature of 1")));
  recipe().loss.temperature = 0.001;
  EXPECT_THAT(settings(), Contains(HasSubstr("the hardest negative is all that counts")));
  recipe().loss.temperature = 0.005;
  EXPECT_THAT(settings(), IsEmpty());
  recipe().optimizer.learning_rate = 1e-3;
  EXPECT_THAT(settings(), Contains(HasSubstr("warning: a learning rate of 0.001 is out of")));
  recipe().tuning.mode = TuningMode::lora;
  EXPECT_THAT(settings(), IsEmpty());
  recipe().loss.mask_margin = -0.1;
  EXPECT_THAT(settings(), Contains(HasSubstr("the ones that teach most")));
  recipe().loss.mask_margin = 0.1;
  recipe().negatives.category_other_language = 2;
  EXPECT_THAT(settings(), Contains(HasSubstr("language alone tells them apart")));
}

TEST_F(Preflight, RepeatedPairsAndRowsLeftOut) {
  std::vector<Example> list = pairs(100);
  list.push_back(pair_of("ANCHOR a 5!", "of b  5"));
  list.push_back(pair_of("anchor a 6", "of b 6"));
  list.push_back(pair_of("anchor a 6", "another"));  // no pair twice
  list.push_back(pair_of("same", "Same"));
  list.push_back(pair_of("", "x"));
  fixture_.add(list);
  const auto found = data();
  EXPECT_THAT(found, Contains(HasSubstr("warning: 2 pairs of 103 (1.9 %) are there before")));
  EXPECT_THAT(found, Contains(HasSubstr("note: 1 rows (1.0 %) were left out: anchor and passage "
                                        "are the same")));
  EXPECT_THAT(found, Contains(HasSubstr("1 rows (1.0 %) were left out: empty text")));
}

TEST_F(Preflight, SetsWithoutWhatTheirLossesNeed) {
  fixture_.add({{.anchor = {.text = "alone"}}});
  EXPECT_THAT(
      data(),
      Contains(HasSubstr("error: data set 'a' has no positives or labels, which infonce needs")));
  recipe().loss.losses = {{LossKind::simcse, 1.0}};
  recipe().batch.size = 1;
  EXPECT_THAT(data(), IsEmpty());
  recipe().loss.losses = {{LossKind::tags, 1.0}};
  EXPECT_THAT(data(), Contains(HasSubstr("error: data set 'a' has no spans, which tags needs")));
  recipe().loss.losses = {{LossKind::simcse, 1.0}};
  fixture_.add(pairs(5)).losses = {{LossKind::cosent, 1.0}};
  EXPECT_THAT(data(), Contains(HasSubstr("error: data set 'b' has no scores, which cosent needs")));
}

TEST_F(Preflight, LabelsAndScoresThatAreAllTheSame) {
  fixture_.add({{.anchor = {.text = "x"}, .label = "l"}, {.anchor = {.text = "y"}, .label = "l"}});
  EXPECT_THAT(data(), Contains(HasSubstr("error: data set 'a' has labels of one class")));
  TrainingFixture graded;
  std::vector<Example> list;
  for (int i = 0; i < 3; ++i) {
    list.push_back({.anchor = {.text = fmt::format("q{}", i)},
                    .graded = {{.text = fmt::format("p{}", i), .score = 0.5}}});
  }
  graded.add(list).losses = {{LossKind::cosent, 1.0}};
  const TrainingSet set = graded.read();
  EXPECT_THAT(lines(check_data(graded.recipe, set, model_)),
              Contains(HasSubstr("error: data set 'a': all scores are 0.5")));
}

TEST_F(Preflight, ABatchLargerThanTheData) {
  fixture_.add(pairs(63));
  EXPECT_THAT(data(),
              Contains(HasSubstr("data set 'a' has 63 examples, fewer than a batch of 64")));
  fixture_.add(pairs(200, "c", "d"));
  recipe().batch.one_task = false;
  EXPECT_THAT(data(), IsEmpty());
}

TEST_F(Preflight, LanguageAsAShortcut) {
  std::vector<Example> list;
  const auto add = [&](const char* from, const char* to) {
    for (const Example& example : pairs(50, std::string(from) + to, std::string(from) + to)) {
      list.push_back(example);
      list.back().anchor.language = from;
      list.back().positives[0].language = to;
    }
  };
  add("en", "en");
  add("zh", "zh");
  fixture_.add(list);
  EXPECT_THAT(data(), Contains(HasSubstr("an anchor's language tells that of its positive (100.0 %"
                                         " of pairs), and 50.0 %")));
  add("en", "zh");
  add("zh", "en");
  TrainingFixture crossed;
  crossed.add(list);
  const TrainingSet set = crossed.read();
  EXPECT_THAT(lines(check_data(crossed.recipe, set, model_)), IsEmpty());

  for (Example& example : list) {
    example.positives[0].language = "en";
    example.negatives = {{.text = "not " + example.anchor.text, .language = "zh"}};
  }
  TrainingFixture negatives;
  negatives.add(list);
  const TrainingSet given = negatives.read();
  EXPECT_THAT(
      lines(check_data(negatives.recipe, given, model_)),
      Contains(HasSubstr("the languages of positives and of negatives in the data differ")));
}

TEST_F(Preflight, PromptsOfTheModel) {
  DataRecipe& data_set = fixture_.add(pairs(100));
  model_.prompts = {{"query", "query: "}, {"passage", "passage: "}};
  EXPECT_THAT(data(), Contains(HasSubstr("the model has prompts, and no text has one: passage "
                                         "(\"passage: \"), query (\"query: \")")));
  data_set.anchor_prompt = "query: ";
  EXPECT_THAT(data(), IsEmpty());
  std::vector<Example> mixed = pairs(100);
  mixed[0].anchor_prompt.text = "query: ";
  TrainingFixture some;
  some.add(mixed);
  const TrainingSet set = some.read();
  EXPECT_THAT(lines(check_data(some.recipe, set, model_)),
              Contains(HasSubstr("some anchors have a prompt and some have none")));
}

TEST_F(Preflight, TextsThatAreCut) {
  std::vector<Example> list = pairs(100);
  for (int i = 0; i < 10; ++i)
    list[static_cast<std::size_t>(i)].anchor.text += std::string(60, 'x');
  list[0].positives[0].text += std::string(60, 'x');
  fixture_.add(list);
  model_.count_tokens = [](std::string_view, std::string_view text) { return text.size(); };
  EXPECT_THAT(data(), IsEmpty());  // no limit
  model_.max_length = 40;
  EXPECT_THAT(data(), Contains(HasSubstr("warning: 10.0 % of anchors are longer than 40 tokens")));
  EXPECT_THAT(data(), Contains(HasSubstr("note: 1.0 % of passages are longer than 40 tokens")));
  recipe().model.max_length = 200;
  EXPECT_THAT(data(), IsEmpty());
}

TEST_F(Preflight, LeaksOfTheEvaluation) {
  fixture_.add(pairs(20));
  Progress progress(nullptr, "check", "examples");
  EXPECT_THAT(check_leaks(recipe(), progress), IsEmpty());
  const auto write = [&](const std::vector<Example>& list) {
    std::string text;
    for (const Example& example : list) text += to_json(example) + "\n";
    recipe().eval.paths = {fixture_.files().write("eval.jsonl", text)};
  };
  write({pair_of("stranger", "unknown"), pair_of("another one", "of b 3")});
  EXPECT_THAT(lines(check_leaks(recipe(), progress)),
              Contains(HasSubstr("warning: passages of 50.0 % of the evaluation's examples")));
  write({pair_of("stranger", "unknown"), pair_of("Anchor A 7", "new")});
  EXPECT_THAT(lines(check_leaks(recipe(), progress)),
              Contains(HasSubstr("error: 50.0 % of the evaluation's examples are in the training "
                                 "data: 1 by text")));
  recipe().eval.check_leaks = false;
  EXPECT_THAT(check_leaks(recipe(), progress), IsEmpty());
  recipe().eval.check_leaks = true;
  write({pair_of("stranger", "unknown")});
  EXPECT_THAT(check_leaks(recipe(), progress), IsEmpty());
}

}  // namespace
}  // namespace kindred::recipe
