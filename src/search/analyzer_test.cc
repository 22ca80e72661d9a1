#include "search/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/fold.h"
#include "search/simplified.h"
#include "search/stop_words.h"

namespace kindred::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> terms_of(std::string_view text, std::string_view language = "") {
  std::vector<std::string> terms;
  analyze(text, language, terms);
  return terms;
}

TEST(Fold, DropsCaseWidthAndAccentsOfLatinGreekAndCyrillicAlone) {
  EXPECT_EQ(fold("Crème BRÛLÉE"), "creme brulee");
  EXPECT_EQ(fold("Ａｂｃ１２３"), "abc123");
  EXPECT_EQ(fold("Straße Łódź Ærø œuvre"), "strasse lodz aero oeuvre");
  EXPECT_EQ(fold("Ελλάδα ёж йод"), "ελλαδα еж иод");
  EXPECT_EQ(fold("e\u0301"), "e");          // a combining accent
  EXPECT_EQ(fold("がぎ"), "がぎ");          // voicing marks are letters' own
  EXPECT_EQ(fold("ﾊﾟﾝ"), "パン");           // half width
  EXPECT_EQ(fold("น้ำ"), fold(fold("น้ำ")));  // tone marks stay
  EXPECT_NE(fold("น้ำ"), "นา");
  EXPECT_EQ(fold("②㎏"), "2kg");
}

TEST(Analyzer, SplitsLatinTextAndTakesPlurals) {
  EXPECT_THAT(terms_of("Running SHOES, for men's feet!", "en"),
              ElementsAre("running", "shoe", "men", "feet"));
  EXPECT_THAT(terms_of("batteries glasses bus tennis boss"),
              ElementsAre("battery", "glasse", "bus", "tennis", "boss"));
  EXPECT_THAT(terms_of("zapatillas rojas relojes pantalones", "es"),
              ElementsAre("zapatilla", "roja", "reloj", "pantalon"));
  EXPECT_THAT(terms_of("relojes"), ElementsAre("reloje"));
  EXPECT_THAT(terms_of("L’homme d'affaires qu'elle", "fr"), ElementsAre("homme", "affaire"));
}

TEST(Analyzer, DropsStopWordsOfTheTextsLanguageAlone) {
  EXPECT_THAT(terms_of("die Uhr die er mag", "de"), ElementsAre("uhr", "mag"));
  EXPECT_THAT(terms_of("die cast", "en"), ElementsAre("die", "cast"));
  EXPECT_THAT(terms_of("the die", ""), ElementsAre("the", "die"));
  EXPECT_TRUE(is_stop_word("el", "es-MX"));
  EXPECT_FALSE(is_stop_word("el", "xx"));
  EXPECT_TRUE(is_stop_word_of_any("的"));
}

TEST(Analyzer, SegmentsChineseJapaneseAndThai) {
  EXPECT_THAT(terms_of("红色运动鞋", "zh"), testing::Contains("红色"));
  EXPECT_THAT(terms_of("红色运动鞋", "zh"), testing::Contains("运动"));
  EXPECT_THAT(terms_of("我的手机", "zh"), testing::Not(testing::Contains("的")));
  EXPECT_THAT(terms_of("東京都の天気", "ja"), testing::Contains("天気"));
  const auto thai = terms_of("รองเท้าสีแดง", "th");
  EXPECT_GE(thai.size(), 2U);
  EXPECT_THAT(thai, testing::Contains("รองเท้า"));
  // A word of three characters and more gives its pairs too.
  EXPECT_THAT(terms_of("巧克力", "zh"), ElementsAre("巧克力", "巧克", "克力"));
}

TEST(Analyzer, TraditionalAndSimplifiedChineseAreTheSameWords) {
  const std::pair<std::string_view, std::string_view> kSame[] = {
      {"紅色運動鞋", "红色运动鞋"},
      {"無線藍牙耳機", "无线蓝牙耳机"},
      {"智慧型手機 256 GB", "智慧型手机 256GB"},
      {"嬰兒車", "婴儿车"},
      {"筆記型電腦", "笔记型电脑"},
      {"廚房電器", "厨房电器"}};
  for (const auto& [traditional, simplified] : kSame) {
    EXPECT_EQ(terms_of(traditional, "zh-Hant"), terms_of(simplified, "zh")) << traditional;
    EXPECT_THAT(terms_of(traditional, "zh-Hant"), testing::Not(IsEmpty()));
  }
  EXPECT_EQ(to_simplified("紅a色\xff運 дам"), "红a色\xff运 дам");
  EXPECT_EQ(to_simplified("红色"), "红色");
  EXPECT_EQ(to_simplified("ひらがな"), "ひらがな");
  // Japanese keeps its words; their characters are folded behind that.
  EXPECT_THAT(terms_of("東京の電話", "ja"), testing::Contains(to_simplified("電話")));
}

TEST(Analyzer, KeepsNumbersWithTheirUnits) {
  EXPECT_THAT(terms_of("256 GB"), ElementsAre("256gb"));
  EXPECT_THAT(terms_of("256GB手机"), ElementsAre("256gb", "手机"));
  EXPECT_THAT(terms_of("2 x 3,5 kg, 1,000 ml"), ElementsAre("2", "x", "3.5kg", "1000ml"));
  EXPECT_THAT(terms_of("42 red"), ElementsAre("42", "red"));
  EXPECT_THAT(terms_of("size 42"), ElementsAre("size", "42"));
  EXPECT_THAT(terms_of("42\nkg"), ElementsAre("42", "kg"));
  EXPECT_THAT(terms_of("v1.2.3"), ElementsAre("v1", "2.3"));
}

TEST(Analyzer, GivesPartsAndWholeOfHyphenatedWords) {
  EXPECT_THAT(terms_of("WH-1000XM4"), ElementsAre("wh", "1000xm4", "wh1000xm4"));
  EXPECT_THAT(terms_of("T-shirts"), ElementsAre("shirt", "tshirt"));
  EXPECT_THAT(terms_of("- a-"), ElementsAre("a"));
}

TEST(Analyzer, MixesLanguages) {
  EXPECT_THAT(terms_of("zapatillas 红色 42"), ElementsAre("zapatilla", "红色", "42"));
}

TEST(Analyzer, SurvivesAnyBytes) {
  EXPECT_THAT(terms_of(""), IsEmpty());
  EXPECT_THAT(terms_of(" \t\n-'’.,"), IsEmpty());
  EXPECT_THAT(terms_of("ab\xff\xfe"
                       "cd"),
              ElementsAre("ab", "cd"));
  EXPECT_THAT(terms_of(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
  const auto terms = terms_of(std::string(100000, 'x') + std::string(200, 'y'));
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_EQ(terms[0].size(), kMaxTermBytes);
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "愛";
  for (const std::string& term : terms_of(accents)) EXPECT_EQ(term.size() % 3, 0U);
}

TEST(AnalyzeQuery, KeepsStopWordsMarkedAndEachTermOnce) {
  const auto words = analyze_query("the Shoe of the shoes", "");
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0].term, "the");
  EXPECT_TRUE(words[0].stop);
  EXPECT_EQ(words[1].term, "shoe");
  EXPECT_FALSE(words[1].stop);
  EXPECT_EQ(words[2].term, "of");
  EXPECT_EQ(analyze_query("wireles", "").at(0).term, "wirele");
  EXPECT_EQ(analyze_query("wireles", "").at(0).written, "wireles");
}

}  // namespace
}  // namespace kindred::search
