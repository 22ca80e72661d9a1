#include "catalog/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/generator.h"
#include "io/expect_error.h"
#include "io/parquet.h"
#include "io/temp_directory.h"

namespace kindred::catalog {
namespace {

struct Imported {
  ImportCounts counts;
  std::vector<std::string> bad;  // "line column: reason"
};

Imported run(const std::string& file, Store& store, const Mapping& mapping = {},
             ImportOptions options = {}) {
  Imported imported;
  ProductReader reader = ProductReader::open(file, mapping);
  Progress progress(nullptr, "import", "rows");
  imported.counts = import_products(reader, store, options,
                                    {.bad_row =
                                         [&](const BadRowReport& bad) {
                                           imported.bad.push_back(std::to_string(bad.line) + " " +
                                                                  bad.column + ": " + bad.reason);
                                         }},
                                    progress);
  return imported;
}

std::string made_up_catalogue(std::size_t products) {
  std::string lines;
  generate({.seed = 5, .products = products},
           [&](const GeneratedProduct& product) { lines += to_json_line(product) + '\n'; });
  return lines;
}

TEST(Import, TakesTheMadeUpCatalogueAsItIs) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string file = directory.write("p.jsonl", made_up_catalogue(2500));
  Imported imported = run(file, *store);
  EXPECT_THAT(imported.bad, testing::IsEmpty());
  EXPECT_EQ(imported.counts.stored.inserted, 2500U);
  imported = run(file, *store);
  EXPECT_EQ(imported.counts.stored.unchanged, 2500U);
  generate({.seed = 5, .products = 20}, [&](const GeneratedProduct& made) {
    const auto product = store->get(std::to_string(made.id));
    ASSERT_TRUE(product);
    EXPECT_EQ(product->language, kLanguageCodes[static_cast<std::size_t>(made.language)]);
    EXPECT_EQ(product->titles.at("en"), made.titles[Language::en]);
    EXPECT_EQ(product->titles.size(), 4U);
    EXPECT_EQ(product->categories.at("fr").size(), 3U);
    EXPECT_EQ(product->price, made.price);
    EXPECT_EQ(product->attributes.size(), made.attributes.size());
    EXPECT_TRUE(product->other.empty());
  });
}

TEST(Import, ABadRowCostsNoOther) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string file = directory.write("p.csv",
                                           "id,title,price\n"
                                           "1,good,9.99\n"
                                           "2,too few\n"
                                           "3,\"quote\" x,1\n"
                                           ",no id,1\n"
                                           "5,bad price,cheap\n"
                                           "6,\"two\nlines\",2\n"
                                           "7,,1\n"
                                           "8,<br>,1\n"
                                           "9,\"never closed,1\n"
                                           "10,last,\n");
  const Imported imported = run(file, *store);
  EXPECT_EQ(imported.counts.rows, 10U);
  EXPECT_EQ(imported.counts.stored.inserted, 3U);
  EXPECT_EQ(store->get("6")->titles.begin()->second, "two lines");
  EXPECT_FALSE(store->get("10")->price);
  ASSERT_EQ(imported.bad.size(), 7U);
  EXPECT_THAT(imported.bad[0], testing::HasSubstr("3 : "));
  EXPECT_THAT(imported.bad[1], testing::StartsWith("4 : "));
  EXPECT_EQ(imported.bad[2], "5 id: no id");
  EXPECT_EQ(imported.bad[3], "6 price: 'cheap' is not a price");
  EXPECT_EQ(imported.bad[4], "9 title: no title in any language");
  EXPECT_EQ(imported.bad[5], "10 title: nothing is left of the title after cleaning");
  EXPECT_THAT(imported.bad[6], testing::StartsWith("11 : "));
}

// The index could not hold it, and every later product would wait behind it.
TEST(Import, AProductThatIsTooLargeIsABadRow) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const auto line = [](const std::string& id, std::size_t bytes) {
    return R"({"id": ")" + id + R"(", "title": "lamp", "description": ")" +
           std::string(bytes, 'x') + "\"}\n";
  };
  const Imported imported = run(
      directory.write("p.jsonl", line("1", 500'000) + line("2", 600'000) + line("3", 1)), *store);
  EXPECT_EQ(imported.counts.stored.inserted, 2U);
  EXPECT_THAT(imported.bad, testing::ElementsAre(testing::HasSubstr("2 : a product of 6000")));
}

TEST(Import, BadLinesOfJsonCostNoOther) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string file =
      directory.write("p.jsonl",
                      "{\"id\": 1, \"title\": \"a\"}\n{\"id\": 2,\n\n[3]\n"
                      "{\"id\": 4, \"title\": {\"x\": 1}}\n{\"id\": \"5\", \"name\": \"b\"}\n");
  const Imported imported = run(file, *store);
  EXPECT_EQ(imported.counts.stored.inserted, 2U);
  EXPECT_EQ(imported.bad.size(), 3U);
}

TEST(Import, ReadsEscapesOfTsvAndRepairsBytes) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  run(directory.write("p.tsv", "sku\tname\tnote\n1\tred\\tshoe\t\xff\n"), *store);
  EXPECT_EQ(text_in(store->get("1")->titles, ""), "red shoe");
  EXPECT_EQ(store->get("1")->other.at("note"), "\uFFFD");
  const std::string latin = directory.write("l.csv", "id,name,Descripci\xf3n\n2,shoe,red\n");
  run(latin, *store);
  EXPECT_EQ(store->get("2")->other.at("Descripci\uFFFDn"), "red");
  run(latin, *store,
      Mapping::from_json(R"({"columns": {"Descripci\uFFFDn": "description"}})", "m"));
  EXPECT_EQ(text_in(store->get("2")->descriptions, ""), "red");
}

TEST(Import, RefusesWhatIsNoTableOfProducts) {
  const io::TempDirectory directory;
  EXPECT_KINDRED_ERROR(ProductReader::open(directory.write("p.txt", "x"), {}), ErrorKind::bad_input,
                       "name the format");
  EXPECT_KINDRED_ERROR(ProductReader::open(directory.write("p.csv", "a,b\n"), {}),
                       ErrorKind::bad_input, "no column becomes the id");
  EXPECT_KINDRED_ERROR(ProductReader::open(directory.file("none.csv"), {}), ErrorKind::not_found,
                       "none.csv");
}

TEST(Import, ReadsParquetAsOthersWriteIt) {
  const std::string file = KINDRED_TEST_DATA "/golden/parquet/products.parquet";  // by pyarrow
  if (const std::string why_not = io::why_no_parquet(); !why_not.empty()) {
    EXPECT_KINDRED_ERROR(ProductReader::open(file, {}), ErrorKind::unsupported, "scripts/setup");
    GTEST_SKIP() << why_not;
  }
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const Imported imported = run(file, *store, {}, {.clean = false});
  EXPECT_EQ(imported.counts.rows, 5U);
  EXPECT_THAT(imported.bad, testing::ElementsAre("4 image: expected a text, not an object or list",
                                                 "5 price: '-3' is not a price"));
  const auto teapot = store->get("A1");
  ASSERT_TRUE(teapot);
  EXPECT_EQ(teapot->titles, (Texts{{"", "Red teapot"}, {"fr", "Théière rouge"}}));
  EXPECT_EQ(teapot->brand, "Umi");
  EXPECT_EQ(teapot->price, 19.99);
  EXPECT_THAT(teapot->attributes, testing::ElementsAre(Attribute{"colour", {}, {{"", "red"}}}));
  EXPECT_EQ(teapot->other, (std::map<std::string, std::string>{{"images", R"(["a.jpg","b.jpg"])"},
                                                               {"released", "2026-01-31"}}));
  EXPECT_THAT(store->get("A2")->attributes,
              testing::ElementsAre(Attribute{"storage_gb", {}, {{"", "256"}}},
                                   Attribute{"waterproof", {}, {{"", "true"}}}));
  EXPECT_FALSE(store->get("A3")->price);
  EXPECT_EQ(store->get("A3")->other.at("weight"), "2");
}

TEST(Import, ReportsDuplicatesAndKeepsThem) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string file = directory.write(
      "p.csv",
      "id,title\n1,red leather shoes for women\n2,blue hat\n3,Red leather shoes for women\n");
  const Imported imported = run(file, *store, {}, {.duplicates = true});
  EXPECT_EQ(imported.counts.duplicates, 1U);
  EXPECT_EQ(store->count(), 3U);
}

}  // namespace
}  // namespace kindred::catalog
