#include "model/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::model {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ModelCard full() {
  ModelCard card;
  card.name = "Shop vectors";
  card.base = "Qwen/Qwen2.5-0.5B";
  card.licence = "apache-2.0";
  card.languages = {"en", "zh"};
  card.data = {{"sentence-transformers/all-nli", 1200, "pairs"}, {"/home/me/clicks.jsonl", {}, ""}};
  card.recipe = "[model]\nname = \"```\"\n";
  card.metrics = {{"recall@1 | clicks", 0.25, 0.5}, {"accuracy", std::nullopt, 0.75}};
  card.notes = {"Trained on\ntitles."};
  card.info.dimensions = 768;
  card.info.normalize = true;
  card.info.similarity = "cosine";
  card.info.family = "qwen2";
  card.info.pooling = "mean+last";
  card.info.causal = true;
  card.info.prompts = {{"query", "find: "}};
  card.bidirectional = "all";
  return card;
}

TEST(ModelCard, SaysWhatIsGiven) {
  const std::string text = to_markdown(full());
  EXPECT_THAT(text, StartsWith("---\nlibrary_name: sentence-transformers\n"));
  EXPECT_THAT(text, HasSubstr("\nlicense: \"apache-2.0\"\nbase_model: \"Qwen/Qwen2.5-0.5B\"\n"
                              "datasets:\n- \"sentence-transformers/all-nli\"\n---\n"));
  EXPECT_THAT(text, HasSubstr("language:\n- \"en\"\n- \"zh\"\n"));
  EXPECT_THAT(text, HasSubstr("# Shop vectors\n"));
  EXPECT_THAT(text, HasSubstr("768 dimensions of length 1, compared by cosine"));
  EXPECT_THAT(text, HasSubstr("| recall@1 \\| clicks | 0.2500 | 0.5000 |"));
  EXPECT_THAT(text, HasSubstr("| accuracy |  | 0.7500 |"));
  EXPECT_THAT(text, HasSubstr("| clicks.jsonl |  |  |"));
  EXPECT_THAT(text, Not(HasSubstr("/home/me")));
  EXPECT_THAT(text, HasSubstr("````toml\n[model]\n")) << "the recipe has a fence in it";
  EXPECT_THAT(text, HasSubstr("transformers honours that from 5.2 on"));
  EXPECT_THAT(text, HasSubstr("prompt_name=\"query\""));
  EXPECT_THAT(text, HasSubstr("- Trained on titles.\n"));
  EXPECT_FALSE(text.ends_with("\n\n"));
}

TEST(ModelCard, SaysNothingElse) {
  ModelCard card;
  card.base = "../models/e5";
  card.info.dimensions = 384;
  card.info.similarity = "dot";
  const std::string text = to_markdown(card);
  for (const char* absent : {"license", "base_model", "datasets", "language:", "## Data",
                             "## Measured", "## Recipe", "## To know", "length 1", "attention"})
    EXPECT_THAT(text, Not(HasSubstr(absent))) << absent;
  EXPECT_THAT(text, HasSubstr("| trained from | e5 |"));
}

TEST(ModelCard, NoProgramThatWouldComputeOtherwise) {
  ModelCard card = full();
  card.bidirectional = "0-11";
  EXPECT_THAT(to_markdown(card), Not(HasSubstr("from sentence_transformers")));
  EXPECT_THAT(to_markdown(card), HasSubstr("use the model with Kindred"));
  card.base = "a/b\n# x: \"y\"";
  EXPECT_THAT(to_markdown(card), Not(HasSubstr("\n# x")));
}

}  // namespace
}  // namespace kindred::model
