#include "recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "io/expect_error.h"
#include "recipe/recipe_schema.h"

namespace kindred::recipe {
namespace {

constexpr const char* kLeast = R"(
[model]
base = "m"
[[data]]
paths = "shop/pairs.en.jsonl"
)";

Recipe parse(const std::string& more, const std::vector<std::string>& overrides = {}) {
  return parse_recipe(kLeast + more, "r.toml", overrides);
}

void refused(const std::string& more, const std::string& part,
             const std::vector<std::string>& overrides = {}) {
  EXPECT_KINDRED_ERROR(parse(more, overrides), ErrorKind::bad_input, part);
}

TEST(Recipe, DefaultsAreThoseOfTheStructs) {
  const Recipe recipe = parse("");
  Recipe expected;
  expected.model.base = "m";
  expected.data.push_back({.name = "pairs", .paths = {"shop/pairs.en.jsonl"}});
  EXPECT_EQ(recipe, expected);
}

TEST(Recipe, ReadsValuesOfEveryKind) {
  const Recipe recipe = parse(R"(
weight = 2
columns = { anchor = "q", positive = "title" }
labels = { E = 1.0, S = 0.4 }
losses = "cosent"
[[data]]
name = "clicks"
paths = ["a.csv", "b.csv"]
[tuning]
mode = "lora"
targets = ["q", "v"]
[loss]
losses = { infonce = 1, triplet = 0.3 }
mask_margin = 0.1
both_directions = true
matryoshka = [768, 256]
[optimizer]
learning_rate = 1e-4
schedule = "cosine"
)");
  ASSERT_EQ(recipe.data.size(), 2U);
  EXPECT_EQ(recipe.data[0].weight, 2.0);
  EXPECT_EQ(recipe.data[0].columns.at("positive"), "title");
  EXPECT_EQ(recipe.data[0].labels.at("S"), 0.4);
  EXPECT_EQ(recipe.losses_of(recipe.data[0]), (std::vector<LossTerm>{{LossKind::cosent, 1.0}}));
  EXPECT_EQ(recipe.losses_of(recipe.data[1]),
            (std::vector<LossTerm>{{LossKind::infonce, 1.0}, {LossKind::triplet, 0.3}}));
  EXPECT_EQ(recipe.data[1].paths, (std::vector<std::string>{"a.csv", "b.csv"}));
  EXPECT_EQ(recipe.tuning.mode, TuningMode::lora);
  EXPECT_EQ(recipe.tuning.targets, (std::vector<std::string>{"q", "v"}));
  EXPECT_EQ(recipe.loss.mask_margin, 0.1);
  EXPECT_TRUE(recipe.loss.both_directions);
  EXPECT_EQ(recipe.loss.matryoshka, (std::vector<std::size_t>{768, 256}));
  EXPECT_EQ(recipe.optimizer.learning_rate, 1e-4);
  EXPECT_EQ(recipe.optimizer.schedule, Schedule::cosine);
}

TEST(Recipe, OverridesAreTomlOrPlainText) {
  const Recipe recipe =
      parse("[loss]\nmask_margin = 0.1\n",
            {"model.base=other/model", "loss.temperature=0.02", "loss.mask_margin=none",
             "loss.losses.triplet=0.3", "loss.matryoshka=128,64", "tuning.targets=q,v",
             "data.weight=3", "data.pairs.anchor_prompt=query: ", "data.columns.anchor=5",
             "eval.paths=[\"a,b.jsonl\"]", "tuning.mode=\"lora\""});
  EXPECT_EQ(recipe.model.base, "other/model");
  EXPECT_EQ(recipe.loss.temperature, 0.02);
  EXPECT_EQ(recipe.loss.mask_margin, std::nullopt);
  EXPECT_EQ(recipe.loss.losses,
            (std::vector<LossTerm>{{LossKind::infonce, 1.0}, {LossKind::triplet, 0.3}}));
  EXPECT_EQ(recipe.loss.matryoshka, (std::vector<std::size_t>{128, 64}));
  EXPECT_EQ(recipe.tuning.targets, (std::vector<std::string>{"q", "v"}));
  EXPECT_EQ(recipe.tuning.mode, TuningMode::lora);
  EXPECT_EQ(recipe.data[0].weight, 3.0);
  EXPECT_EQ(recipe.data[0].anchor_prompt, "query: ");
  EXPECT_EQ(recipe.data[0].columns.at("anchor"), "5");
  EXPECT_EQ(recipe.eval.paths, (std::vector<std::string>{"a,b.jsonl"}));
}

TEST(Recipe, WhatIsNotKnownIsRefusedWithTheNearest) {
  refused("[los]\n", "r.toml, line 6: there is no section los; did you mean loss?");
  refused("[loss]\n\ntemprature = 1\n",
          "r.toml, line 8: there is no key loss.temprature; did you mean temperature? The keys of "
          "loss are: losses, ");
  refused("[loss]\nlearning_rate = 1\n", "did you mean optimizer.learning_rate?");
  refused("temperature = 0.1\n",
          "there is no key data.temperature; did you mean loss.temperature?");
  refused("", "--set los.x=1: there is no section los; did you mean loss?", {"los.x=1"});
  refused("", "did you mean batch.size?", {"size=64"});
  refused("", "there is no data set pair; did you mean pairs?", {"data.pair.weight=1"});
  refused("", "there is no key data.wieght; did you mean weight?", {"data.wieght=1"});
  refused("", "write section.key=value", {"loss.temperature"});
  refused("", "write section.key=value", {"loss=1"});
}

TEST(Recipe, WrongTypesAndRangesSayWhereAndWhatIsAllowed) {
  refused("[loss]\ntemperature = 0\n",
          "r.toml, line 7: loss.temperature is 0; allowed: a number, above 0");
  refused("[loss]\ntemperature = \"hot\"\n", "loss.temperature is no number; allowed: a number");
  refused("[loss]\ntemperature = nan\n", "is no finite number");
  refused("[optimizer]\nbeta2 = 1.0\n", "beta2 is 1; allowed: a number, 0 to below 1");
  refused("[batch]\nsize = 1.5\n", "batch.size is no whole number; allowed: a whole number, 1 to ");
  refused("[batch]\nsize = -1\n", "batch.size is -1");
  refused("[batch]\nseed = 9223372036854775807\n", "batch.seed is too large");
  refused("[batch]\none_task = 1\n", "allowed: true or false");
  refused("[tuning]\nmode = \"loar\"\n",
          "tuning.mode is 'loar'; did you mean lora?; allowed: one of full, lora, adapters, ");
  refused("[loss]\nlosses = [\"infonc\"]\n", "is 'infonc'; did you mean infonce?");
  refused("[loss]\nlosses = { infonce = -1 }\n", "loss.losses is -1");
  refused("[model]\npooling = \"men\"\n", "line");  // [model] twice
  refused("", "model.pooling", {"model.pooling=men"});
  refused("", "model.layers", {"model.layers=last0"});
  refused("", "loss.temperature is 0; allowed", {"loss.temperature=0"});
  refused("[data]\n", "line");  // [[data]] and [data]
}

TEST(Recipe, NoTomlSaysTheLine) {
  refused("[loss]\ntemperature = \n", "r.toml, line 7: no TOML: ");
  refused("[loss]\ntemperature = 1\ntemperature = 2\n", "line 8");
  refused("x = \"\xff\"\n", "no TOML");
}

TEST(Recipe, SectionsThatContradictEachOtherAreRefused) {
  EXPECT_KINDRED_ERROR(parse_recipe("[[data]]\npaths = \"x\"\n", "r.toml"), ErrorKind::bad_input,
                       "set model.base");
  EXPECT_KINDRED_ERROR(parse_recipe("[model]\nbase = \"m\"\n", "r.toml"), ErrorKind::bad_input,
                       "nothing to train on");
  refused("[[data]]\nname = \"none\"\n", "data set 'none': no paths");
  refused("anchor_prompt = \"q: \"\nanchor_prompt_name = \"query\"\n", "give one of the two");
  refused("[loss]\nmatryoshka = [8, 4]\nmatryoshka_weights = [1]\n", "2 dimensions and 1 weights");
  refused("", "64 dimensions of vectors with 32", {"loss.matryoshka=64", "model.dimensions=32"});
  refused("[loss]\nmatryoshka = [8, 4, 8]\n", "8 dimensions twice");
  refused("[loss]\nlosses = \"coles\"\n", "set data.slices");
  refused("[loss]\nlosses = \"distill_vectors\"\n", "set data.teacher");
  refused("[loss]\nlosses = \"compatible\"\n", "set loss.old_model");
  refused("[negatives]\nrank_from = 10\nrank_to = 5\n", "rank_from is 10 and rank_to 5");
  refused("[eval]\npaths = \"x\"\ndev_share = 0.1\n", "give one of the two");
  refused("losses = \"cosent\"\n[batch]\none_task = false\n", "has losses of its own");
  refused("until = 0.5\n[[data]]\npaths = \"y\"\nfrom = 0.6\n",
          "no data set is used after 0.5 of the run");
  refused("from = 0.1\n", "no data set is used after 0 of the run");
  refused("", "model.prefix", {"model.prefix=true"});
  refused("name = \"a\"\n[[data]]\nname = \"a\"\npaths = \"y\"\n", "another set has that name");
}

TEST(Recipe, SetsWithoutNamesGetDifferentOnes) {
  const Recipe recipe =
      parse("[[data]]\npaths = \"other/pairs.zh.jsonl\"\n[[data]]\npaths = \"pairs.csv\"\n");
  std::set<std::string> names;
  for (const DataRecipe& data : recipe.data) names.insert(data.name);
  EXPECT_THAT(names, testing::ElementsAre("pairs", "pairs-2", "pairs-3"));
}

// Every key with another value than its default: each is written and read, and into its own member.
TEST(Recipe, WhatIsWrittenIsReadAsItIs) {
  Recipe recipe = parse("[[data]]\npaths = \"y\"\nteacher = \"t\"\n");
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe);

  for (const Section& section : schema()) {
    for (const Key& key : section.keys) {
      if (key.check != nullptr) continue;
      const Setting before = key.get(recipe, 0);
      Setting value;
      switch (key.type) {
        case SettingType::boolean:
          value = before != Setting(true);
          break;
        case SettingType::integer:
          value = std::max<std::int64_t>(7, static_cast<std::int64_t>(key.range.least) + 1);
          break;
        case SettingType::number:
          value = key.range.holds(0.3125) ? 0.3125 : 1.5;
          break;
        case SettingType::text:
          value =
              key.choices.empty() ? "a \"b\" \\ \n\t\x01 é 好 # =" : std::string(key.choices[1]);
          break;
        case SettingType::texts:
          value = key.choices.empty() ? std::vector<std::string>{"one", "two, three"}
                                      : std::vector<std::string>{std::string(key.choices[1])};
          break;
        case SettingType::integers:
          value = std::vector<std::int64_t>{5, 3};
          break;
        case SettingType::numbers:
          value = std::vector<double>{0.1, 1e-30};
          break;
        case SettingType::text_map:
          value = std::map<std::string, std::string>{{"a.b c", "d"}};
          break;
        case SettingType::number_map:
          value = std::map<std::string, double>{
              {key.choices.empty() ? "né" : std::string(key.choices[1]), 0.25}};
          break;
      }
      EXPECT_NE(before, value) << section.name << "." << key.name;
      key.set(recipe, 0, value);
      EXPECT_EQ(key.get(recipe, 0), value) << section.name << "." << key.name;
    }
  }
  // What only together is wrong.
  recipe.data[0].anchor_prompt_name = recipe.data[0].passage_prompt_name = "";
  recipe.data[0].slice_min = 2;
  recipe.data[0].from = 0.25;
  recipe.data[0].until = 0.75;
  recipe.data[0].lowest_score = -1.0;
  recipe.model.dimensions = 700;
  recipe.model.prefix = false;
  recipe.eval.dev_share = 0.0;
  recipe.batch.one_task = true;
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe);
}

TEST(Recipe, TheReferenceHasEveryKey) {
  const std::string table = reference_markdown();
  for (const Section& section : schema()) {
    for (const Key& key : section.keys) {
      EXPECT_THAT(table, testing::HasSubstr("| `" + std::string(key.name) + "` |"));
      EXPECT_FALSE(key.help.empty()) << key.name;
    }
  }
}

}  // namespace
}  // namespace kindred::recipe
