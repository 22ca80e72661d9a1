// The recipes that ship, and the page that describes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/file.h"
#include "recipe/preflight.h"
#include "recipe/recipe.h"

namespace kindred::recipe {
namespace {

const std::string kRoot = std::string(KINDRED_TEST_DATA) + "/..";

TEST(Recipes, ThatShipAreRead) {
  std::vector<std::string> names;
  for (const std::string& file : io::list_directory(kRoot + "/recipes")) {
    ASSERT_TRUE(file.ends_with(".toml")) << file;
    const Recipe recipe = read_recipe(kRoot + "/recipes/" + file);
    EXPECT_EQ(parse_recipe(to_toml(recipe), file), recipe);
    for (const Finding& finding : check_settings(recipe, {}))
      EXPECT_NE(finding.severity, Severity::error) << file << ": " << finding.what;
    names.push_back(file.substr(0, file.size() - 5));
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "attributes", "clicks", "distil-static", "distil-then-contrast", "events",
                         "faq", "lora-decoder", "product-e5", "product-qwen", "simcse"));
  const std::string page = io::read_text_file(kRoot + "/docs/recipes.md");
  for (const std::string& name : names)
    EXPECT_THAT(page, testing::HasSubstr("[" + name + "](../recipes/" + name + ".toml)"));
}

TEST(Recipes, TheTableOfKeysIsThatOfTheCode) {
  const std::string page = io::read_text_file(kRoot + "/docs/recipes.md");
  const std::string heading = "## All keys\n";
  const std::size_t at = page.find(heading);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(page.substr(at + heading.size()), reference_markdown())
      << "what follows \"All keys\" in docs/recipes.md is to be reference_markdown()";
}

}  // namespace
}  // namespace kindred::recipe
