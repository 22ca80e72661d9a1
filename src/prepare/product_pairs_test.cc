#include "prepare/product_pairs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::prepare {
namespace {

class ProductPairsTest : public testing::Test {
 protected:
  std::vector<std::string> read(ProductPairOptions options) {
    options.products.path = file_;
    ProductPairs pairs(std::move(options));
    std::vector<std::string> lines;
    for (SourceRow row; pairs.next(row);) {
      if (row.reject) lines.push_back("! " + row.reject->detail);
      for (const Example& example : row.examples) lines.push_back(to_json(example));
    }
    notes_ = pairs.notes();
    return lines;
  }
  using Lines = std::vector<std::string>;
  io::TempDirectory directory_;
  std::string file_ =
      directory_.write("p.csv",
                       "id,language,title_en,title_zh,category,attribute_storage,attribute_colour\n"
                       "1,en,Phone,手机,Electronics > Phones,256 GB,black\n"
                       "2,zh,Other phone,另一部手机,Electronics > Phones,128GB,\n"
                       "3,en,Shirt,shirt,Clothes > Shirts,,\n"
                       "4,en,Hat,,,,\n");
  std::vector<std::string> notes_;
};

TEST_F(ProductPairsTest, TitlesInSeveralLanguages) {
  EXPECT_EQ(
      read({.translations = true}),
      (Lines{
          R"({"anchor":{"text":"Phone","id":"1","language":"en","category":"Electronics > Phones"},"positives":[{"text":"手机","id":"1","language":"zh","category":"Electronics > Phones"}],"group":"1","source":"translations"})",
          R"({"anchor":{"text":"手机","id":"1","language":"zh","category":"Electronics > Phones"},"positives":[{"text":"Phone","id":"1","language":"en","category":"Electronics > Phones"}],"group":"1","source":"translations"})",
          R"({"anchor":{"text":"Other phone","id":"2","language":"en","category":"Electronics > Phones"},"positives":[{"text":"另一部手机","id":"2","language":"zh","category":"Electronics > Phones"}],"group":"2","source":"translations"})",
          R"({"anchor":{"text":"另一部手机","id":"2","language":"zh","category":"Electronics > Phones"},"positives":[{"text":"Other phone","id":"2","language":"en","category":"Electronics > Phones"}],"group":"2","source":"translations"})"}));
  EXPECT_EQ(notes_.size(), 1U);
}

TEST_F(ProductPairsTest, TripletsOfTitlesThatDoNotTellTheirCategory) {
  EXPECT_EQ(
      read({.categories = true, .category = {.negatives = 1}}),
      (Lines{
          R"({"anchor":{"text":"Phone","id":"1","language":"en","category":"Electronics > Phones"},"positives":[{"text":"另一部手机","id":"2","language":"zh","category":"Electronics > Phones"}],"negatives":[{"text":"Shirt","id":"3","language":"en","score":0.0,"category":"Clothes > Shirts"}],"group":"1","source":"categories"})",
          R"({"anchor":{"text":"另一部手机","id":"2","language":"zh","category":"Electronics > Phones"},"positives":[{"text":"Phone","id":"1","language":"en","category":"Electronics > Phones"}],"negatives":[{"text":"Shirt","id":"3","language":"en","score":0.0,"category":"Clothes > Shirts"}],"group":"2","source":"categories"})",
          "! the only product of its category"}));
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], testing::HasSubstr("1 products have no category"));
}

TEST_F(ProductPairsTest, VariantsOfAttributes) {
  const Lines lines = read({.attributes = true, .variants = 8});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0],
              testing::HasSubstr(R"("anchor":{"text":"Phone. storage: 256 GB; colour: black")"));
  EXPECT_THAT(lines[0], testing::HasSubstr("colour: black; storage: 256"));
  EXPECT_THAT(lines[1], testing::HasSubstr("storage: 128 GB"));
  EXPECT_EQ(lines, read({.attributes = true, .variants = 8}));
  EXPECT_NE(lines, read({.attributes = true, .variants = 8, .seed = 2}));
}

TEST_F(ProductPairsTest, TitlesWithSpans) {
  std::ofstream(file_, std::ios::app) << "5,en,Red lamp,,,,red\n";
  EXPECT_EQ(
      read({.spans = true}),
      Lines{
          R"({"anchor":{"text":"Red lamp","id":"5","language":"en"},"spans":[{"begin":0,"end":3,"label":"colour"}],"group":"5","source":"spans"})"});
}

TEST_F(ProductPairsTest, SomethingMustBeAsked) {
  EXPECT_KINDRED_ERROR(read({}), ErrorKind::bad_input, "translations, categories, attributes");
}

}  // namespace
}  // namespace kindred::prepare
