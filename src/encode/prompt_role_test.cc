#include "encode/prompt_role.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::encode {
namespace {

ModelInfo with_prompts(std::map<std::string, std::string> prompts, std::string default_prompt) {
  ModelInfo info;
  info.path = "model";
  info.prompts = std::move(prompts);
  info.default_prompt = std::move(default_prompt);
  return info;
}

TEST(PromptRole, TakesTheUsualNamesThenTheDefault) {
  const ModelInfo e5 = with_prompts({{"query", "query: "}, {"document", "passage: "}}, "");
  EXPECT_EQ(prompt_text(e5, TextRole::query), "query: ");
  EXPECT_EQ(prompt_text(e5, TextRole::passage), "passage: ");
  const ModelInfo one = with_prompts({{"query", "Q "}, {"all", "A "}}, "all");
  EXPECT_EQ(prompt_text(one, TextRole::query), "Q ");
  EXPECT_EQ(prompt_text(one, TextRole::passage), "A ");
  EXPECT_EQ(prompt_text(with_prompts({}, ""), TextRole::passage), "");
}

TEST(PromptRole, TakesTheOneAskedForOrListsThem) {
  const ModelInfo info = with_prompts({{"query", "Q "}, {"sts", "S "}}, "");
  EXPECT_EQ(prompt_text(info, TextRole::passage, "sts"), "S ");
  EXPECT_KINDRED_ERROR(prompt_text(info, TextRole::query, "qury"), ErrorKind::not_found,
                       "it has: query, sts");
}

}  // namespace
}  // namespace kindred::encode
