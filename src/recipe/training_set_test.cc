#include "recipe/training_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/expect_error.h"
#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

using prepare::Example;
using testing::ElementsAre;

bool share(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  return std::any_of(a.begin(), a.end(), [&](std::uint64_t key) {
    return std::find(b.begin(), b.end(), key) != b.end();
  });
}

TextId text_id(const TrainingSet& set, std::string_view text) {
  for (TextId id = 0; id < set.texts().size(); ++id) {
    if (set.texts()[id] == text) return id;
  }
  ADD_FAILURE() << text;
  return 0;
}

TEST(TextTable, KeepsEachTextOnce) {
  TextTable table;
  std::vector<TextId> ids;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5000; ++i) {
      const TextId id = table.add("text " + std::to_string(i));
      if (round == 0) ids.push_back(id);
      EXPECT_EQ(id, ids[static_cast<std::size_t>(i)]);
    }
  }
  const TextId empty = table.add("");
  table.finish();
  EXPECT_EQ(table.size(), 5001U);
  EXPECT_EQ(table[ids[4999]], "text 4999");
  EXPECT_EQ(table[0], "text 0");
  EXPECT_EQ(table[empty], "");
}

TEST(TrainingSet, HoldsWhatTheExamplesSay) {
  TrainingFixture fixture;
  fixture.add({{.anchor = {.text = "red shoe", .id = "q1", .language = "en"},
                .positives = {{.text = "红鞋", .id = "p1", .language = "zh"},
                              {.text = "zapato rojo", .language = "es", .score = 7.5}},
                .negatives = {{.text = "blue hat"}},
                .graded = {{.text = "shoe", .score = 0.5}},
                .anchor_prompt = {.text = "query: "},
                .passage_prompt = {.name = "document"},
                .group = "g"},
               {.anchor = {.text = "alone"}, .label = "y"}});
  fixture.add({pair_of("x", "red shoe")}).passage_language = "en";
  const TrainingSet set = fixture.read([](const std::string& name) { return "<" + name + "> "; });

  ASSERT_EQ(set.size(), 3U);
  const auto& first = set[0];
  EXPECT_EQ(set.texts()[set.anchor(first).text], "red shoe");
  EXPECT_EQ(set.language(set.anchor(first).language), "en");
  ASSERT_EQ(set.positives(first).size(), 2U);
  EXPECT_EQ(set.texts()[set.positives(first)[0].text], "红鞋");
  EXPECT_FALSE(set.positives(first)[0].scored());
  EXPECT_EQ(set.positives(first)[1].score, 7.5F);
  ASSERT_EQ(set.negatives(first).size(), 1U);
  EXPECT_EQ(set.texts()[set.negatives(first)[0].text], "blue hat");
  ASSERT_EQ(set.graded(first).size(), 1U);
  EXPECT_EQ(set.graded(first)[0].score, 0.5F);
  EXPECT_EQ(set.prompt(first.anchor_prompt), "query: ");
  EXPECT_EQ(set.prompt(first.passage_prompt), "<document> ");
  EXPECT_EQ(set.prompt(set[1].anchor_prompt), "");
  EXPECT_EQ(first.label, TrainingSet::kNoLabel);
  EXPECT_EQ(set.labels().at(set[1].label), "y");
  EXPECT_EQ(set[2].set, 1U);
  EXPECT_EQ(set.positives(set[2])[0].text, set.anchor(first).text);  // one text, kept once
  EXPECT_EQ(set.language(set.positives(set[2])[0].language), "en");
}

TEST(TrainingSet, PromptsOfTheRecipeAreForRowsWithoutOne) {
  TrainingFixture fixture;
  Example own = pair_of("a", "b");
  own.anchor_prompt.text = "mine: ";
  DataRecipe& data = fixture.add({own, pair_of("c", "d")});
  data.anchor_prompt = "query: ";
  data.passage_prompt_name = "document";
  EXPECT_KINDRED_ERROR(fixture.read(), ErrorKind::bad_input, "prompt 'document'");
  const TrainingSet set = fixture.read([](const std::string&) { return "doc: "; });
  EXPECT_EQ(set.prompt(set[0].anchor_prompt), "mine: ");
  EXPECT_EQ(set.prompt(set[1].anchor_prompt), "query: ");
  EXPECT_EQ(set.prompt(set[1].passage_prompt), "doc: ");
}

TEST(TrainingSet, WhatMatchesSharesAKey) {
  TrainingFixture fixture;
  Example grouped = pair_of("lamp", "lampe");
  grouped.group = "g";
  Example kin = pair_of("light", "lumière");
  kin.group = "g";
  Example with_ids = pair_of("tea", "té");
  with_ids.anchor.id = "1";
  with_ids.positives[0].id = "2";
  Example told_otherwise = pair_of("infusion", "infusión");
  told_otherwise.positives[0].id = "2";
  Example number = pair_of("another", "otro");
  number.anchor.id = "2";  // of a query: no product's
  fixture.add({pair_of("Red  Shoe!", "zapato"),
               pair_of("red shoe", "chaussure"),
               pair_of("boots", "chaussure"),
               {.anchor = {.text = "hat"},
                .positives = {{.text = "sombrero"}},
                .negatives = {{.text = "zapato"}}},
               grouped,
               kin,
               with_ids,
               told_otherwise,
               number,
               {.anchor = {.text = "cup"},
                .graded = {{.text = "taza", .score = 1.0}, {.text = "coche", .score = 0.0}}}});
  const TrainingSet set = fixture.read();
  const auto anchor = [&](std::size_t i) { return set.anchor_keys(set[i]); };
  const auto passage = [&](std::string_view text) { return set.passage_keys(text_id(set, text)); };
  EXPECT_TRUE(share(anchor(0), anchor(1)));  // the same but for case, blanks, punctuation
  EXPECT_FALSE(share(anchor(0), anchor(2)));
  EXPECT_TRUE(share(anchor(0), passage("zapato")));
  EXPECT_TRUE(share(anchor(0), passage("chaussure")));  // by the second row: the same text
  EXPECT_TRUE(share(anchor(2), passage("chaussure")));
  EXPECT_FALSE(share(anchor(2), passage("zapato")));
  EXPECT_FALSE(share(anchor(3), passage("zapato")));            // a negative does not match
  EXPECT_TRUE(share(passage("zapato"), passage("chaussure")));  // both match "red shoe"
  EXPECT_TRUE(share(anchor(4), anchor(5)));
  EXPECT_TRUE(share(anchor(4), passage("lumière")));
  EXPECT_TRUE(share(anchor(6), passage("infusión")));  // it has the id that "té" has
  EXPECT_TRUE(share(anchor(7), passage("té")));
  EXPECT_FALSE(share(anchor(8), passage("té")));
  EXPECT_FALSE(share(anchor(6), passage("otro")));
  EXPECT_FALSE(share(anchor(0), passage("infusión")));
  EXPECT_TRUE(share(anchor(9), passage("taza")));
  EXPECT_FALSE(share(anchor(9), passage("coche")));
  EXPECT_TRUE(passage("Red  Shoe!").empty());  // no passage
  for (TextId id = 0; id < set.texts().size(); ++id) {
    EXPECT_TRUE(std::is_sorted(set.passage_keys(id).begin(), set.passage_keys(id).end()));
  }
}

TEST(TrainingSet, SaysWhatWasLeftOut) {
  TrainingFixture fixture;
  DataRecipe data;
  data.name = "csv";
  data.paths = {fixture.files().write("p.csv",
                                      "query,title\nred,rojo\n,verde\nblue,Blue\n green , verde \n"
                                      "red,rojo\n")};
  data.columns = {{"anchor", "query"}, {"positive", "title"}};
  fixture.recipe.data = {data};
  const TrainingSet set = fixture.read();
  EXPECT_EQ(set.size(), 3U);  // repeated examples stay: preflight counts them
  EXPECT_EQ(set.texts()[set.anchor(set[1]).text], "green");
  EXPECT_EQ(set.report().rows, 5U);
  EXPECT_EQ(set.report().rejected(), 2U);
  EXPECT_EQ(set.report().rejects.at("empty text"), 1U);
  EXPECT_EQ(set.report().rejects.at("anchor and passage are the same"), 1U);
  EXPECT_THAT(set.report().first_reject, testing::HasSubstr("p.csv, line 3: empty text (anchor)"));
}

TEST(TrainingSet, NothingLeftIsAnError) {
  TrainingFixture fixture;
  DataRecipe data;
  data.name = "csv";
  data.paths = {fixture.files().write("p.csv", "query,title\n,verde\n")};
  data.columns = {{"anchor", "query"}, {"positive", "title"}};
  fixture.recipe.data = {data};
  EXPECT_KINDRED_ERROR(fixture.read(), ErrorKind::bad_input,
                       "p.csv: no example to train on; the first reject: ");
}

}  // namespace
}  // namespace kindred::recipe
