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

TEST(Import, RowsThatTogetherAreTooLargeAreBad) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const auto line = [](const char* language, std::size_t bytes) {
    return std::string(R"({"id": "1", "language": ")") + language +
           R"(", "title": "lamp", "description": ")" + std::string(bytes, 'x') + "\"}\n";
  };
  const Imported imported =
      run(directory.write("p.jsonl", line("en", 300'000) + line("es", 300'000) + line("fr", 9)),
          *store);
  EXPECT_THAT(imported.bad, testing::ElementsAre(testing::HasSubstr("2 : with what is known")));
  EXPECT_EQ(store->get("1")->titles.size(), 2U);
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

TEST(Import, ReadsAnArrayOfProducts) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const Imported imported =
      run(directory.write("p.json",
                          "[\n  {\"id\": 1, \"title\": \"a\",\n   \"price\": 4.999},\n  [3],\n"
                          "  {\"id\": 2, \"title\": \"b\"}\n]\n"),
          *store);
  EXPECT_EQ(imported.counts.stored.inserted, 2U);
  EXPECT_THAT(imported.bad, testing::ElementsAre(testing::HasSubstr("4 : ")));
  EXPECT_EQ(store->get("1")->price, 4.999);
}

TEST(Import, ReadsEscapesOfTsv) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  run(directory.write("p.tsv", "sku\tname\tnote\n1\tred\\tshoe\tx\n"), *store);
  EXPECT_EQ(text_in(store->get("1")->titles, ""), "red shoe");
}

// Latin-1 would else be products with U+FFFD for every accent.
TEST(Import, RefusesOtherEncodings) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  for (const auto& [name, text] :
       {std::pair{"l.csv", "id,title\n1,shoe\n2,caf\xe9\n3,se\xf1or\n"},
        std::pair{"l.tsv", "id\ttitle\n1\tshoe\n2\tcaf\xe9\n"},
        std::pair{"l.jsonl", "{\"id\":1,\"title\":\"shoe\"}\n\n{\"id\":2,\"title\":\"caf\xe9\"}\n"},
        std::pair{"q.csv",
                  "id,title\n1,shoe\n2,\"\x93"
                  "caf\x94\"\n"}}) {
    EXPECT_KINDRED_ERROR(run(directory.write(name, text), *store), ErrorKind::bad_input, "line 3");
    EXPECT_KINDRED_ERROR(run(directory.write(name, text), *store), ErrorKind::bad_input,
                         "iconv -f WINDOWS-1252 -t UTF-8");
    EXPECT_EQ(store->count(), 0U) << name;
  }
  EXPECT_KINDRED_ERROR(
      run(directory.write("h.csv", "id,name,Descripci\xf3n\n2,shoe,red\n"), *store),
      ErrorKind::bad_input, "iconv -f WINDOWS-1252");
  using namespace std::string_literals;
  EXPECT_KINDRED_ERROR(run(directory.write("u.csv", "i\0d\0,\0t\0\n\0"s), *store),
                       ErrorKind::bad_input, "UTF-16LE");
  EXPECT_KINDRED_ERROR(run(directory.write("u.jsonl", "\0{\0\"\0i\0d"s), *store),
                       ErrorKind::bad_input, "UTF-16BE");
  EXPECT_KINDRED_ERROR(run(directory.write("b.csv", "\xff\xfei\0d\0"s), *store),
                       ErrorKind::bad_input, "iconv -f UTF-16 ");
}

TEST(Import, ADamagedCharacterCostsItsRow) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const Imported imported = run(
      directory.write("p.csv", "id,title,note\n1,café,\uFFFD\n2,cut\xc3,x\n3,señor,\n"), *store);
  EXPECT_THAT(imported.bad, testing::ElementsAre(testing::HasSubstr("3 title: not UTF-8")));
  EXPECT_EQ(store->count(), 2U);
  EXPECT_EQ(store->get("1")->other.at("note"), "\uFFFD");  // stands in the file
}

TEST(Import, ReadsAReplacementCharacterInAHeader) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string latin = directory.write("l.csv", "id,name,Descripci\uFFFDn\n2,shoe,red\n");
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

TEST(Import, NumbersOfParquetAreWhatTheyAre) {
  const std::string file = KINDRED_TEST_DATA "/golden/parquet/prices.parquet";  // by pyarrow
  if (const std::string why_not = io::why_no_parquet(); !why_not.empty()) GTEST_SKIP() << why_not;
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const auto prices = [&](const char* column) {
    const Mapping mapping =
        Mapping::from_json(fmt::format(R"({{"columns": {{"{}": "price"}}}})", column), "m");
    std::vector<std::string> ids;
    const Imported imported = run(file, *store, mapping);
    std::vector<std::optional<double>> read;
    for (const char* id : {"1", "2", "3", "4"}) {
      const auto product = store->get(id);
      read.push_back(product ? product->price : std::nullopt);
      ids.emplace_back(id);
    }
    EXPECT_EQ(imported.counts.ambiguous_prices, 0U);
    if (std::string_view(column) == "price") {
      EXPECT_EQ(store->get("1")->other.at("cost"), "1.299");
      EXPECT_EQ(store->get("1")->other.at("day"), "1969-12-31");
      EXPECT_EQ(store->get("2")->other.at("sold"), "false");
      EXPECT_EQ(store->get("2")->other.at("single"), "19.995");
    }
    store->remove(ids);
    return read;
  };
  EXPECT_THAT(prices("price"), testing::ElementsAre(4.999, 19.995, std::nullopt, 1299.0));
  EXPECT_THAT(prices("cost"), testing::ElementsAre(1.299, 0.5, std::nullopt, std::nullopt));
  EXPECT_THAT(prices("list_price"), testing::ElementsAre(1299.0, 12.5, std::nullopt, 1299.0));
  EXPECT_THAT(prices("single"), testing::ElementsAre(0.1, 19.995, 1e-7, 3e8));
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

// An export with a row for each language, of which the second has the title alone.
TEST(Import, RowsOfOneProductAreJoined) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const std::string file = directory.write("p.csv",
                                           "id,language,title,price,brand,attribute_colour\n"
                                           "1,en,Red shoes,19.99,Umi,red\n"
                                           "1,es,Zapatos rojos,,,rojo\n"
                                           "2,en,Hat,5,Umi,\n"
                                           "1,fr,Chaussures rouges,,,\n");
  for (const std::size_t batch : {1U, 2U, 1000U}) {
    SCOPED_TRACE(batch);
    const Imported imported = run(file, *store, {}, {.batch = batch});
    EXPECT_EQ(imported.counts.repeats, 2U);
    EXPECT_EQ(imported.counts.repeated, "1");
    const auto shoes = store->get("1");
    ASSERT_TRUE(shoes);
    EXPECT_EQ(shoes->titles,
              (Texts{{"en", "Red shoes"}, {"es", "Zapatos rojos"}, {"fr", "Chaussures rouges"}}));
    EXPECT_EQ(shoes->language, "en");
    EXPECT_EQ(shoes->price, 19.99);
    EXPECT_EQ(shoes->brand, "Umi");
    EXPECT_EQ(shoes->attributes[0].values, (Texts{{"", "red"}, {"es", "rojo"}}));
    const std::uint64_t change = store->last_change();
    const Imported again = run(file, *store, {}, {.batch = batch});
    EXPECT_EQ(again.counts.stored.inserted + again.counts.stored.updated, 0U);
    EXPECT_EQ(store->last_change(), change);
  }
}

TEST(Import, AnEmptyCellLeavesWhatIsThere) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  run(directory.write("p.csv",
                      "id,language,title,description,price,currency,brand,image,category,stock\n"
                      "1,en,Shoes,Soft,20,USD,Umi,a.jpg,A > B,3\n"),
      *store);
  const auto before = store->get("1");
  run(directory.write("q.csv",
                      "id,language,title,description,price,currency,brand,image,category,stock\n"
                      "1,en,Shoes,,, ,,,,\n"),
      *store);
  EXPECT_EQ(store->get("1"), before);
  run(directory.write(
          "q.jsonl",
          R"({"id":1,"language":"en","title":"Shoes","price":null,"brand":null,"stock":""})"),
      *store);
  EXPECT_EQ(store->get("1"), before);
  run(directory.write("r.csv", "id,language,title,price\n1,en,Blue shoes,21\n"), *store);
  const auto after = store->get("1");
  EXPECT_EQ(after->titles, (Texts{{"en", "Blue shoes"}}));
  EXPECT_EQ(after->price, 21);
  EXPECT_EQ(after->currency, "USD");
  EXPECT_EQ(after->other.at("stock"), "3");
}

TEST(Import, LooksAtTheOtherPricesOfTheFile) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const auto price_of_first = [&](const std::string& rows) {
    const Imported imported =
        run(directory.write("p.csv", "id;title;price\n1;x;4.999\n" + rows), *store);
    return std::pair{store->get("1")->price.value_or(-1), imported.counts.ambiguous_prices};
  };
  EXPECT_EQ(price_of_first("2;y;19.99\n"), std::pair(4.999, std::uint64_t{0}));
  EXPECT_EQ(price_of_first("2;y;1.299,00\n"), std::pair(4999.0, std::uint64_t{0}));
  EXPECT_EQ(price_of_first("2;y;5.500\n"), std::pair(4999.0, std::uint64_t{2}));
  EXPECT_EQ(price_of_first("2;y;19.99\n3;z;19,99\n"), std::pair(4999.0, std::uint64_t{1}));
  EXPECT_EQ(price_of_first("2;y;12\n"), std::pair(4999.0, std::uint64_t{1}));
  const Imported imported =
      run(directory.write("p.jsonl",
                          "{\"id\":\"1\",\"title\":\"x\",\"price\":4.999}\n"
                          "{\"id\":\"2\",\"title\":\"x\",\"price\":\"4.500 KWD\"}\n"),
          *store);
  EXPECT_EQ(imported.counts.ambiguous_prices, 0U);
  EXPECT_EQ(store->get("1")->price, 4.999);
  EXPECT_EQ(store->get("2")->price, 4.5);
  EXPECT_EQ(store->get("2")->currency, "KWD");
}

TEST(Import, KeepsTheSkuBesideTheId) {
  const io::TempDirectory directory;
  const auto store = open_store(directory.file("shop.db"));
  const Imported imported =
      run(directory.write("p.csv", "id,sku,title\n1,A,lamp\n2,A,table\n3,,chair\n"), *store);
  EXPECT_EQ(store->count(), 3U);
  ASSERT_EQ(imported.counts.aside.count("sku"), 1U);
  EXPECT_EQ(imported.counts.aside.at("sku").instead, "id");
  EXPECT_EQ(imported.counts.aside.at("sku").rows, 2U);
  EXPECT_EQ(store->get("2")->attributes, (std::vector<Attribute>{{"sku", {}, {{"", "A"}}}}));
}

// Files as spreadsheets and shops write them; what a person reads in each is one product.
TEST(Import, ReadsTablesOfAllKinds) {
  const io::TempDirectory directory;
  for (const char* text : {
           "id;title;price\n1;Lamp, red;19,99\n",
           "id\ttitle\tprice\n1\tLamp, red\t19.99\n",
           "id|title|price\n1|Lamp, red|19.99\n",
           "sep=;\r\nid;title;price\r\n1;Lamp, red;19,99\r\n",
           "\xef\xbb\xbfid,title,price\n1,\"Lamp, red\",19.99\n",
           "\xef\xbb\xbf\"id\",\"title\",\"price\"\r\n\"1\",\"Lamp, red\",\"19.99\"\r\n",
           " ID , Title , Price \n1 ,\"Lamp, red\", 19.99\n",
           ",id,title,price\n0,1,\"Lamp, red\",19.99\n",  // an index of pandas
           "id,title,price,\n1,\"Lamp, red\",19.99,\n",
           "id,title,price\r\n1,\"Lamp,\r\nred\",19.99\n\r\n",
           "id,title,title,price\n1,\"Lamp, red\",other,19.99\n",
           "\"id\";\"title\";\"price, EUR\";\"price\"\n1;Lamp, red;;\"19,99 €\"\n",
       }) {
    const auto store = open_store(directory.file("shop.db"));
    const Imported imported = run(directory.write("p.csv", text), *store);
    EXPECT_THAT(imported.bad, testing::IsEmpty()) << text;
    const auto product = store->get("1");
    ASSERT_TRUE(product) << text;
    EXPECT_EQ(product->titles.begin()->second, "Lamp, red") << text;
    EXPECT_EQ(product->price, 19.99) << text;
    store->remove(std::vector<std::string>{"1"});
  }
}

TEST(Import, RefusesLinesOfOldMacs) {
  const io::TempDirectory directory;
  for (const auto& [name, text] : {std::pair{"p.csv", "id,title\r1,lamp\r"},
                                   std::pair{"q.csv", "\"id\",\"title\"\r\"1\",\"lamp\"\r"},
                                   std::pair{"p.tsv", "id\ttitle\r1\tlamp\r"},
                                   std::pair{"p.jsonl", "{\"id\":1}\r{\"id\":2}\r"}}) {
    EXPECT_KINDRED_ERROR(ProductReader::open(directory.write(name, text), {}), ErrorKind::bad_input,
                         "end in CR, as old Macs write them; convert it: tr '\\r' '\\n'");
  }
}

}  // namespace
}  // namespace kindred::catalog
