#include "shop/item.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::shop {
namespace {

using index::Number;
using index::Tag;
using testing::Contains;
using testing::Not;

catalog::Product phone() {
  catalog::Product product;
  product.id = "7";
  product.language = "zh";
  product.titles = {{"zh", "手机 256 GB"}, {"en", "Phone 256 GB"}};
  product.descriptions = {{"en", "A phone."}};
  product.categories = {{"en", {"Electronics", "Phones"}}, {"zh", {"电子", "手机"}}};
  product.brand = "Acme";
  product.price = 199.5;
  product.currency = "CNY";
  product.attributes = {{"storage", {}, {{"", "256 GB"}}},
                        {"colour", {}, {{"en", "red"}, {"zh", "红色"}}},
                        {"weight", {}, {{"en", "0.2 kg"}}},
                        {"cameras", {}, {{"", "3"}}}};
  product.other = {{"stock", "12"}, {"note", "new"}, {"story", std::string(5000, 'x')}};
  return product;
}

TEST(Item, HasFieldsToFilterBy) {
  const Composed composed = compose(phone(), catalog::Prompt("{title}"));
  const auto& tags = composed.item.fields.tags;
  for (const Tag& tag : std::vector<Tag>{{"language", "zh"},
                                         {"brand", "Acme"},
                                         {"currency", "CNY"},
                                         {"category", "Electronics > Phones"},
                                         {"category.en", "Electronics > Phones"},
                                         {"category.zh", "电子 > 手机"},
                                         {"attribute.storage", "256 GB"},
                                         {"attribute.colour", "red"},
                                         {"attribute.colour.zh", "红色"},
                                         {"other.note", "new"}}) {
    EXPECT_THAT(tags, Contains(tag)) << tag.field;
  }
  for (const Tag& tag : tags) {
    EXPECT_NE(tag.field, "other.story") << "too long to be a field";
    EXPECT_NE(tag.field, "other.stock") << "a number";
  }
  const auto& numbers = composed.item.fields.numbers;
  for (const Number& number : std::vector<Number>{{"price", 199.5},
                                                  {"attribute.storage", 256},
                                                  {"attribute.weight", 200},
                                                  {"attribute.cameras", 3},
                                                  {"other.stock", 12}}) {
    EXPECT_THAT(numbers, Contains(number)) << number.field;
  }
  composed.item.fields.validate();
}

TEST(Item, IsFoundByWordsOfEveryLanguage) {
  const Composed composed = compose(phone(), catalog::Prompt("{title}"));
  std::map<std::string, std::string> by_language;
  for (const auto& text : composed.item.texts) by_language[text.language] += text.text + "|";
  EXPECT_THAT(by_language["zh"], testing::HasSubstr("手机 256 GB"));
  EXPECT_THAT(by_language["zh"], testing::HasSubstr("红色"));
  EXPECT_THAT(by_language["en"], testing::HasSubstr("Phones"));
  EXPECT_THAT(by_language["en"], testing::HasSubstr("A phone."));
  EXPECT_THAT(by_language[""], testing::HasSubstr("Acme"));
}

TEST(Item, IsShownInTheLanguageAskedFor) {
  const Composed composed = compose(phone(), catalog::Prompt("{title}"));
  EXPECT_EQ(composed.text, "手机 256 GB");
  const Shown own = shown(composed.item.payload);
  EXPECT_EQ(own.title, "手机 256 GB");
  EXPECT_EQ(own.category, "电子 > 手机");
  const Shown english = shown(composed.item.payload, "en");
  EXPECT_EQ(english.title, "Phone 256 GB");
  EXPECT_EQ(english.price, 199.5);
  EXPECT_EQ(english.currency, "CNY");
  EXPECT_EQ(english.language, "zh");
  EXPECT_KINDRED_ERROR(shown("not JSON"), ErrorKind::corrupt, "payload");
}

TEST(Item, RemembersWhatTheEncoderRead) {
  const Composed composed = compose(phone(), catalog::Prompt("{title}"));
  EXPECT_EQ(text_hash(composed.item.payload), hash_of("手机 256 GB"));
  EXPECT_NE(hash_of("a"), hash_of("b"));
  EXPECT_EQ(text_hash("{}"), "");
  EXPECT_EQ(text_hash("x"), "");
  catalog::Product dearer = phone();
  dearer.price = 1.0;
  const Composed again = compose(dearer, catalog::Prompt("{title}"));
  EXPECT_EQ(text_hash(again.item.payload), text_hash(composed.item.payload));
  EXPECT_NE(again.item.payload, composed.item.payload);
}

TEST(Item, OfAnEmptyProductIsSound) {
  const Composed composed = compose({.id = "1"}, catalog::Prompt());
  EXPECT_TRUE(composed.item.fields.tags.empty());
  composed.item.fields.validate();
  EXPECT_EQ(shown(composed.item.payload).title, "");
}

}  // namespace
}  // namespace kindred::shop
