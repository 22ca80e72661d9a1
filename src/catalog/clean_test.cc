#include "catalog/clean.h"

#include <gtest/gtest.h>

namespace kindred::catalog {
namespace {

TEST(Clean, MakesTextsEven) {
  const std::pair<const char*, const char*> cases[] = {
      {"  two   words \n", "two words"},
      {"ＡＢＣ１２３（）", "ABC123()"},
      {"ｶﾞﾗｽ", "ガラス"},
      {"全角　空格", "全角 空格"},
      {"e\u0301te\u0301", "été"},
      {"zero\u200bwidth", "zero width"},
      {"soft\u00adhyphen", "softhyphen"},
      {"\u202eright to left\u202c", "right to left"},
      {"bell\x07 and\ttab", "bell and tab"},
      {"\xEF\xBB\xBFmark", "mark"},
      {"bad \xff\xfe bytes", "bad \uFFFD\uFFFD bytes"},
      {"👩\u200d👩\u200d👧 family", "👩\u200d👩\u200d👧 family"},
      {"<p>Cotton&nbsp;shirt</p>\n<ul><li>soft</li></ul>", "Cotton shirt soft"},
      {"private \ue000use", "private use"},
      {"½ kg ™ ²", "½ kg ™ ²"},
      {"\t \u3000", ""},
      {"", ""},
  };
  for (const auto& [text, expected] : cases) {
    const std::string cleaned = clean_text(text);
    EXPECT_EQ(cleaned, expected) << text;
    EXPECT_EQ(clean_text(cleaned), expected) << "again: " << text;
  }
}

TEST(Clean, APoductGetsLanguagesAndLosesWhatIsEmpty) {
  Product product{.id = "1",
                  .titles = {{"", "<b>红色</b>　跑鞋 ４２码"}, {"en", " "}},
                  .descriptions = {{"", "Comfortable running shoes for women and men"}},
                  .categories = {{"", {" 运动 ", "<br>", "跑鞋"}}},
                  .attributes = {{.key = "storage", .values = {{"", "256吉"}}},
                                 {.key = "empty", .values = {{"", "&nbsp;"}}}}};
  clean(product);
  EXPECT_EQ(product.language, "zh");
  EXPECT_EQ(product.titles, (Texts{{"zh", "红色 跑鞋 42码"}}));
  EXPECT_EQ(product.descriptions, (Texts{{"en", "Comfortable running shoes for women and men"}}));
  EXPECT_EQ(product.categories.at("zh"), (std::vector<std::string>{"运动", "跑鞋"}));
  ASSERT_EQ(product.attributes.size(), 1U);
  EXPECT_EQ(product.attributes[0].values.at(""), "256 GB");
  Product again = product;
  clean(again);
  EXPECT_EQ(again, product);
}

}  // namespace
}  // namespace kindred::catalog
