#include "prepare/judged_pairs.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::prepare {
namespace {

class JudgedPairsTest : public testing::Test {
 protected:
  std::vector<std::string> read(JudgedOptions options) {
    options.source = "s";
    JudgedPairs pairs(std::move(options));
    std::vector<std::string> lines;
    for (SourceRow row; pairs.next(row);) {
      if (row.reject)
        lines.push_back(
            fmt::format("! {} {} {}", row.line, row.reject->reason, row.reject->detail));
      for (const Example& example : row.examples) lines.push_back(to_json(example));
    }
    notes_ = pairs.notes();
    return lines;
  }
  using Lines = std::vector<std::string>;
  io::TempDirectory directory_;
  std::vector<std::string> notes_;
};

TEST_F(JudgedPairsTest, EsciByLocaleWithItsGains) {
  const std::string judgements =
      directory_.write("examples.csv",
                       "example_id,query,query_id,product_id,product_locale,esci_label,split\n"
                       "0,shoe,1,B1,us,E,train\n1,shoe,1,B2,us,S,train\n2,shoe,1,B3,us,C,train\n"
                       "3,shoe,1,B4,us,I,train\n4,zapato,2,B1,es,S,train\n5,shoe,1,B9,us,E,train\n"
                       "6,shoe,1,B1,us,X,train\n7,hat,3,B1,us,E,test\n");
  const std::string products = directory_.write(
      "products.csv",
      "product_id,product_title,product_description,product_brand,product_color,product_locale\n"
      "B1,Red shoe,,Acme,red,us\nB1,Zapato rojo,,Acme,rojo,es\nB2,Sandal,,,,us\n"
      "B3,Laces,,,,us\nB4,Hat,,,,us\n");
  EXPECT_EQ(
      read({.judgements = judgements,
            .products = {.path = products, .prompt = catalog::Prompt("{title}")},
            .only = std::pair{"split", "train"}}),
      (Lines{
          "! 8 unknown label 'X'; say its gain: --label X=0.5",
          "! 7 unknown id no product of the id 'B9'",
          R"({"anchor":{"text":"shoe","id":"1","language":"en"},"positives":[{"text":"Red shoe","id":"B1","language":"en","score":1.0}],"negatives":[{"text":"Hat","id":"B4","language":"en","score":0.0}],"graded":[{"text":"Sandal","id":"B2","language":"en","score":0.1},{"text":"Laces","id":"B3","language":"en","score":0.01}],"group":"1","source":"s"})",
          R"({"anchor":{"text":"zapato","id":"2","language":"es"},"graded":[{"text":"Zapato rojo","id":"B1","language":"es","score":0.1}],"group":"2","source":"s"})"}));
}

TEST_F(JudgedPairsTest, WandsBetweenTabs) {
  EXPECT_EQ(
      read({.judgements =
                directory_.write("label.csv",
                                 "id\tquery_id\tproduct_id\tlabel\n0\t0\t10\tExact\n"
                                 "1\t0\t11\tPartial\n2\t0\t12\tIrrelevant\n3\t5\t10\tExact\n"),
            .queries = directory_.write("query.csv",
                                        "query_id\tquery\tquery_class\n0\tsalon chair\tMassage\n"),
            .products =
                {.path = directory_.write(
                     "product.csv",
                     "product_id\tproduct_name\tcategory hierarchy\n10\t\"salon \"\"x\"\" chair\"\t"
                     "Furniture / Chairs\n11\tstool\t\n12\trug\tDecor / Rugs\n"),
                 .prompt = catalog::Prompt("{title}[. {category}]")}}),
      (Lines{
          "! 5 unknown id no query of the id '5'",
          R"({"anchor":{"text":"salon chair","id":"0"},"positives":[{"text":"salon \"x\" chair. Furniture > Chairs","id":"10","score":1.0}],"negatives":[{"text":"rug. Decor > Rugs","id":"12","score":0.0}],"graded":[{"text":"stool","id":"11","score":0.5}],"group":"0","source":"s"})"}));
}

TEST_F(JudgedPairsTest, BeirsGradesAreDividedByTheHighest) {
  EXPECT_EQ(
      read({.judgements = directory_.write(
                "test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq1\td3\t0\n"),
            .queries =
                directory_.write("queries.jsonl", R"({"_id":"q1","text":"why","metadata":{}})"),
            .products = {.path = directory_.write("corpus.jsonl",
                                                  R"({"_id":"d1","title":"T","text":"one"})"
                                                  "\n"
                                                  R"({"_id":"d2","title":"","text":"two"})"
                                                  "\n"
                                                  R"({"_id":"d3","title":"U","text":"three"})")}}),
      Lines{
          R"({"anchor":{"text":"why","id":"q1"},"positives":[{"text":"T one","id":"d1","score":1.0}],"negatives":[{"text":"U three","id":"d3","score":0.0}],"graded":[{"text":"two","id":"d2","score":0.5}],"group":"q1","source":"s"})"});
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], testing::HasSubstr("up to 2"));
}

TEST_F(JudgedPairsTest, OwnLabelsByTextWithGainsOfOnesOwn) {
  EXPECT_EQ(
      read({.judgements = directory_.write("labels.csv", "query,id,label\nshoe,1,good\nshoe,2,0\n"),
            .products = {.path = directory_.write("p.csv", "id,title\n1,Red shoe\n2,Hat\n"),
                         .prompt = catalog::Prompt("{title}")},
            .gains = {{"good", 1.0}}}),
      Lines{
          R"({"anchor":"shoe","positives":[{"text":"Red shoe","id":"1","score":1.0}],"negatives":[{"text":"Hat","id":"2","score":0.0}],"source":"s"})"});
}

TEST_F(JudgedPairsTest, RefusesTablesWithoutTheColumns) {
  const std::string products = directory_.write("p.csv", "id,title\n1,a\n");
  EXPECT_KINDRED_ERROR(
      read({.judgements = directory_.write("l.csv", "a,b\n1,2\n"), .products = {.path = products}}),
      ErrorKind::not_found, "not: a, b");
  EXPECT_KINDRED_ERROR(read({.judgements = directory_.write("l.csv", "query,id,label\n1,2,E\n"),
                             .products = {.path = products},
                             .positive_from = 0.0}),
                       ErrorKind::bad_input, "overlap");
}

}  // namespace
}  // namespace kindred::prepare
