#include "catalog/prompt.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::catalog {
namespace {

Product phone() {
  return {
      .id = "7",
      .language = "zh",
      .titles = {{"zh", "智能手机"}, {"en", "Smartphone"}},
      .categories = {{"en", {"Electronics", "Phones"}}},
      .brand = "Nova",
      .price = 199.5,
      .currency = "EUR",
      .attributes = {{.key = "storage",
                      .names = {{"en", "Storage"}, {"zh", "存储"}},
                      .values = {{"", "256 GB"}}},
                     {.key = "colour", .names = {{"en", "Colour"}}, .values = {{"zh", "黑色"}}}}};
}

TEST(Prompt, PutsAProductIntoWords) {
  EXPECT_EQ(Prompt().apply(phone(), "en"),
            "Nova Smartphone. Electronics > Phones. Storage: 256 GB; Colour: 黑色");
  EXPECT_EQ(Prompt().apply(phone()),
            "Nova 智能手机. Electronics > Phones. 存储: 256 GB; Colour: 黑色");
  EXPECT_EQ(
      Prompt("{title}[, {attribute:storage}][, {attribute:ram}] [[{brand}]]").apply(phone(), "en"),
      "Smartphone, 256 GB Nova");
  EXPECT_EQ(Prompt("{price} {currency} {language} {id}\\[\\{x\\}\\]").apply(phone(), "en"),
            "199.5 EUR en 7[{x}]");
  EXPECT_EQ(Prompt().apply({.id = "1", .titles = {{"", "Hat"}}}), "Hat");
}

TEST(Prompt, HasATemplateForEachLanguage) {
  const Prompt prompt =
      Prompt::from_json(R"({"zh": "{title}，{brand}", "*": "{brand} {title}"})", "p.json");
  EXPECT_EQ(prompt.apply(phone(), "zh"), "智能手机，Nova");
  EXPECT_EQ(prompt.apply(phone(), "fr"), "Nova Smartphone");
  const Prompt one = Prompt::from_json(R"({"zh": "{title}"})", "p.json");
  EXPECT_EQ(one.apply(phone(), "en"), Prompt().apply(phone(), "en"));
}

TEST(Prompt, HasAVersionOfItsOwn) {
  EXPECT_EQ(Prompt().version().size(), 16U);
  EXPECT_EQ(Prompt("{title}").version(), Prompt("{title}").version());
  EXPECT_NE(Prompt("{title}").version(), Prompt("{title} ").version());
  EXPECT_EQ(Prompt::from_json(R"({"*": "{title}"})", "p").version(), Prompt("{title}").version());
  EXPECT_NE(Prompt::from_json(R"({"zh": "{id}", "*": "{title}"})", "p").version(),
            Prompt("{title}").version());
}

TEST(Prompt, SaysWhatIsWrong) {
  EXPECT_KINDRED_ERROR(Prompt("a {titel}"), ErrorKind::bad_input,
                       "byte 3: no place {titel}; there are {title}");
  EXPECT_KINDRED_ERROR(Prompt("{attribute:}"), ErrorKind::bad_input, "no place");
  EXPECT_KINDRED_ERROR(Prompt("a {title"), ErrorKind::bad_input, "'{' is never closed");
  EXPECT_KINDRED_ERROR(Prompt("a [b"), ErrorKind::bad_input, "byte 3: '[' is never closed");
  EXPECT_KINDRED_ERROR(Prompt("a ] b"), ErrorKind::bad_input, "byte 3: ']' without '['");
  EXPECT_KINDRED_ERROR(Prompt("a } b"), ErrorKind::bad_input, "'}' without '{'");
  EXPECT_KINDRED_ERROR(Prompt(std::string(100, '[')), ErrorKind::bad_input, "too deeply");
  EXPECT_KINDRED_ERROR(Prompt("a \xff{title}"), ErrorKind::bad_input, "byte 3: not UTF-8");
  EXPECT_KINDRED_ERROR(Prompt::from_json("[1]", "p.json"), ErrorKind::bad_input, "p.json");
}

TEST(Prompt, IsWrittenAsJson) {
  const Prompt prompt = Prompt::from_json(R"({"zh": "{title}", "*": "[{brand}: ]{title}"})", "x");
  const Prompt again = Prompt::from_json(prompt.to_json(), "y");
  EXPECT_EQ(again.version(), prompt.version());
  EXPECT_EQ(Prompt::from_json(Prompt().to_json(), "z").version(), Prompt().version());
}

}  // namespace
}  // namespace kindred::catalog
