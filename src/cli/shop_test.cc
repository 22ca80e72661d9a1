// The commands of a shop from end to end, with a small random model.
#include <gmock/gmock.h>

#include "cli/shop_cli.h"
#include "search/postgres_server.h"

namespace kindred {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST_F(ShopCli, ImportsAndSearches) {
  make_shop();
  EXPECT_THAT(out_, HasSubstr("60 products indexed"));
  EXPECT_THAT(out_, HasSubstr("60 encoded"));
  for (const char* mode : {"vector", "words", "hybrid"}) {
    const json found =
        answer("search s '" + title(7) + "' --mode " + std::string(mode) + " -k 3 --explain");
    EXPECT_EQ(found["results"][0]["id"], "p7") << mode;
    EXPECT_EQ(found["results"][0]["price"], 17.0);
    EXPECT_EQ(found["results"][0]["category"], "Home > Chairs");
    EXPECT_EQ(found["results"][0]["explanation"].contains("words"), std::string(mode) != "vector");
  }
  ok("search s '" + title(7) + "' -k 2");
  EXPECT_THAT(out_, HasSubstr("17.00 EUR"));
  EXPECT_THAT(out_, HasSubstr(title(7)));
  EXPECT_THAT(out_, HasSubstr("searched in"));

  const json filtered = answer(
      "search s --sort price:desc -k 2 --filter 'category = \"Home > Lamps\" AND "
      "price < 60' --facet brand --facet price");
  EXPECT_EQ(ids(filtered), (std::vector<std::string>{"p48", "p44"}));
  EXPECT_EQ(filtered["facets"]["brand"].size(), 3U);
  EXPECT_EQ(filtered["number_facets"]["price"]["products"], 13);
  const json next = answer(
      "search s --sort price:desc -k 2 --filter 'category = \"Home > Lamps\" "
      "AND price < 60' --cursor " +
      filtered["cursor"].get<std::string>());
  EXPECT_EQ(ids(next), (std::vector<std::string>{"p40", "p36"}));
  const auto alike = ids(answer("search s --like p7 -k 5"));
  EXPECT_EQ(alike.size(), 5U);
  EXPECT_THAT(alike, Not(testing::Contains("p7")));

  temp_.write("q.txt", title(1) + "\n\n" + title(2) + "\n");
  ok("search s --queries q.txt -k 1 --json");
  EXPECT_THAT(out_, HasSubstr("\"p1\""));
  EXPECT_THAT(out_, HasSubstr("\"p2\""));
  ok("search s --queries q.txt -k 1");
  EXPECT_THAT(err_, HasSubstr("2 queries"));
}

TEST_F(ShopCli, SearchesByWhatWasSeen) {
  make_shop();
  json found = answer("search s --history p3,nobody,p7 -k 5 --explain");
  EXPECT_EQ(ids(found).size(), 5U);
  EXPECT_THAT(ids(found), Not(testing::Contains("p7")));
  EXPECT_THAT(ids(found), Not(testing::Contains("p3")));
  EXPECT_EQ(found["history"]["vectors"], "textual");
  EXPECT_EQ(found["history"]["items"][1]["id"], "p7");
  EXPECT_GT(found["history"]["items"][1]["share"], found["history"]["items"][0]["share"]);
  EXPECT_EQ(found["history"]["unknown"], json::array({"nobody"}));
  EXPECT_EQ(found["results"][0]["explanation"]["history"]["score"], found["results"][0]["score"]);
  // The same as --like for one product, but for it being found where it is asked for.
  EXPECT_EQ(ids(answer("search s --history p7 -k 5")), ids(answer("search s --like p7 -k 5")));
  EXPECT_EQ(ids(answer("search s --history p7 -k 1 --include-seen"))[0], "p7");
  ok("search s --history p7 --history nobody -k 2");
  EXPECT_THAT(out_, HasSubstr("history: textual vectors of 1 product; unknown: nobody"));

  temp_.write("items.vec", "3 2\np7 1 0\np11 0.9 0.1\np12 -1 0\n");
  found = answer("search s --history p7 --item-vectors items.vec");
  EXPECT_EQ(ids(found), (std::vector<std::string>{"p11", "p12"}));
  EXPECT_EQ(found["history"]["vectors"], "learned");
  found = answer("search s --history p3 --item-vectors items.vec -k 4");
  EXPECT_EQ(found["history"]["vectors"], "textual");
  EXPECT_EQ(ids(found), ids(answer("search s --history p3 -k 4")));
  // A query's hits, in another order.
  found = answer("search s 't5 t9' --mode words --history p7 --item-vectors items.vec");
  EXPECT_EQ(found["history"]["vectors"], "learned");
  found = answer("search s 't5 t9' --mode words --history nobody");
  EXPECT_EQ(found["history"]["vectors"], "none");
  EXPECT_EQ(ids(found), ids(answer("search s 't5 t9' --mode words")));

  EXPECT_EQ(run("search s --history nobody"), 3);
  EXPECT_THAT(err_, HasSubstr("'nobody'"));
  for (const auto& [flags, message] : {std::pair{"--history ,", "names no product"},
                                       {"t5 --item-vectors items.vec", "with --history alone"},
                                       {"t5 --include-seen", "with --history alone"},
                                       {"--history p7 --history-decay 2", "decay"},
                                       {"--history p7 --history-weight x", "--history-weight"},
                                       {"--history p7 --sort price", "order by price"}}) {
    EXPECT_EQ(run("search s " + std::string(flags)), 2) << flags;
    EXPECT_THAT(err_, HasSubstr(message)) << flags;
  }
  EXPECT_EQ(run("search s --history p7 --item-vectors none.bin"), 3);
}

TEST_F(ShopCli, LearnedVectorsNeedNoModel) {
  write_products("a.jsonl", 0, 20);
  ok("import a.jsonl --into s");
  temp_.write("items.vec", "3 2\np7 1 0\np11 0.9 0.1\np12 -1 0\n");
  EXPECT_EQ(ids(answer("search s --history p7 --item-vectors items.vec -k 1"))[0], "p11");
  EXPECT_EQ(run("search s --history p7"), 2);
  EXPECT_THAT(err_, HasSubstr("--item-vectors"));
  EXPECT_EQ(run("search s --history p3 --item-vectors items.vec"), 3);
  EXPECT_THAT(err_, HasSubstr("a learned vector"));
}

TEST_F(ShopCli, RefusesFieldsThatNoProductHas) {
  temp_.write("a.csv", "id,title,attribute_colour\n1,lamp,red\n2,table,blue\n");
  ok("import a.csv --into s");
  for (const auto& [flags, message] :
       {std::pair{"--sort prise", "sort: there is no field prise; did you mean price?"},
        {"lamp --filter 'colour = red'", "did you mean attribute.colour?"},
        {"lamp --filter 'brand < 3'", "the field brand holds texts"},
        {"lamp --facet brnd", "did you mean brand?"},
        {"lamp --collapse x",
         "collapse: there is no field x. The fields are: attribute.colour, "}}) {
    EXPECT_EQ(run("search s " + std::string(flags)), 2) << flags;
    EXPECT_THAT(err_, HasSubstr(message)) << flags;
  }
  // Every product may have these, and none has.
  ok("search s lamp --filter 'price < 5 AND category = \"A > B\"' --facet currency --collapse "
     "brand");
  ok("search s --sort price");
}

TEST_F(ShopCli, SaysWhatAnImportDecided) {
  temp_.write("a.csv",
              "id,sku,language,title,price\n1,A,en,lamp,4.999\n1,A,es,lámpara,\n2,B,en,table,\n");
  const json made = answer("import a.csv --into s");
  EXPECT_THAT(err_, HasSubstr("the columns id and sku are for one thing"));
  EXPECT_THAT(err_, HasSubstr("rows that repeat the id of a row before them: 1 (the first: 1)"));
  EXPECT_THAT(err_, HasSubstr("such as '4.999' on line 2, which was read as 4999"));
  EXPECT_EQ(made["repeats"], 1);
  EXPECT_EQ(made["ambiguous_prices"], 1);
  EXPECT_EQ(made["ambiguous_price"]["read"], 4999.0);
  EXPECT_EQ(made["columns_aside"][0]["column"], "sku");
  EXPECT_EQ(made["inserted"], 2);
  const json again = answer("import a.csv --into s");
  EXPECT_EQ(again["unchanged"], 2);
  EXPECT_EQ(again["index"]["written"], 0);
  EXPECT_EQ(ids(answer("search s lámpara -k 1")), std::vector<std::string>{"1"});
  EXPECT_EQ(ids(answer("search s lamp -k 1")), std::vector<std::string>{"1"});
}

TEST_F(ShopCli, AFileWithoutProductsIsNoSuccess) {
  temp_.write("bad.csv", "id,title,price\n1,lamp,cheap\n2,,1\n");
  temp_.write("head.csv", "id,title\n");
  temp_.write("none.jsonl", "");
  temp_.write("none.csv", "");
  temp_.write("latin.csv", "id,title\n1,caf\xe9\n");
  EXPECT_EQ(run("import bad.csv --store x.db"), 2);
  EXPECT_THAT(err_, HasSubstr("none of its 2 rows is a product; the first bad one, line 2, column "
                              "price: 'cheap' is not a price"));
  EXPECT_EQ(run("import bad.csv --into s --report bad.jsonl"), 2);
  EXPECT_EQ(run("import none.csv --store x.db"), 4);
  EXPECT_EQ(run("import latin.csv --store x.db"), 2);
  EXPECT_THAT(err_, HasSubstr("line 2, column title: not UTF-8"));
  for (const char* empty : {"head.csv", "none.jsonl"}) {
    ok("import " + std::string(empty) + " --store x.db");
    EXPECT_THAT(err_, HasSubstr(std::string(empty) + " has no rows; nothing is imported"));
  }
}

TEST_F(ShopCli, IndexesOnlyWhatChanged) {
  make_shop();
  json again = answer("import a.jsonl --into s");
  EXPECT_EQ(again["unchanged"], 60);
  EXPECT_EQ(again["index"]["written"], 0);
  again = answer("import a.jsonl --into s --prompt '{title}' --model " + kModels + "st-dense");
  EXPECT_EQ(again["index"]["written"], 0);
  write_products("dearer.jsonl", 0, 30, /*price=*/1000.0);
  again = answer("import dearer.jsonl --into s");
  EXPECT_EQ(again["updated"], 30);
  EXPECT_EQ(again["index"]["written"], 30);
  EXPECT_EQ(again["index"]["encoded"], 0);
  temp_.write("one.jsonl", line(3, "t91 t92 t93", 5.0));
  again = answer("import one.jsonl --into s");
  EXPECT_EQ(again["index"]["encoded"], 1);
  EXPECT_EQ(ids(answer("search s 't91 t92 t93' -k 1"))[0], "p3");

  EXPECT_EQ(answer("delete s p3 p4 nobody")["deleted"], 2);
  temp_.write("gone.txt", "p5\np6\n");
  EXPECT_EQ(answer("delete s --ids gone.txt")["products"], 56);
  EXPECT_THAT(ids(answer("search s 't91 t92 t93' -k 60 --mode vector")),
              Not(testing::Contains("p3")));
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("56 products, 56 items, 0 changes"));
}

TEST_F(ShopCli, NeedsNoModelToFindWords) {
  write_products("a.jsonl", 0, 60);
  json made = answer("import a.jsonl --into s");
  EXPECT_EQ(made["index"]["written"], 60);
  EXPECT_EQ(made["index"]["encoded"], 0);
  ok("import a.jsonl --into s");
  EXPECT_THAT(out_, HasSubstr("up to date"));
  write_products("dearer.jsonl", 0, 5, /*price=*/1000.0);
  ok("import dearer.jsonl --into s");
  EXPECT_THAT(out_, HasSubstr("by words alone"));

  const json found = answer("search s '" + title(7) + "' -k 2");
  EXPECT_EQ(ids(found)[0], "p7");
  EXPECT_EQ(ids(answer("search s --sort price:desc -k 1"))[0], "p4");
  EXPECT_EQ(ids(answer("search s '" + title(2) + "' --filter 'price > 1000' -k 1"))[0], "p2");
  for (const char* flags :
       {"t5 --mode vector", "t5 --mode hybrid", "--like p1", "t5 --diversity 0.5"}) {
    EXPECT_EQ(run("search s " + std::string(flags)), 2) << flags;
    EXPECT_THAT(err_, HasSubstr("kindred reindex")) << flags;
  }
  temp_.write("labels.tsv", "query\tid\nt5\tp1\nt6\tp2\n");
  for (const char* command : {"recall s", "tune s --labels labels.tsv", "search s t5 --model x",
                              "reindex s --prompt '{title}'"}) {
    EXPECT_EQ(run(command), 2) << command;
    EXPECT_THAT(err_, HasSubstr("--model MODEL")) << command;
  }
  EXPECT_EQ(run("import a.jsonl --into s --model " + kModels + "st-dense"), 2);
  EXPECT_THAT(err_, HasSubstr("kindred reindex"));

  ok("verify s");
  ok("snapshot s copy");
  ok("delete s p1");
  ok("compact s");
  ok("move s --to elsewhere");
  EXPECT_THAT(out_, HasSubstr("words"));
  EXPECT_THAT(out_, Not(HasSubstr("vector ")));
  ok("verify s");
  EXPECT_EQ(answer("stats s")["versions"][1]["items"], 59);
  EXPECT_TRUE(answer("stats s")["versions"][1]["model"].is_null());
  ok("stats s");
  EXPECT_THAT(out_, HasSubstr("by words alone"));
  ok("verify copy");
  EXPECT_EQ(ids(answer("search copy '" + title(1) + "' -k 1"))[0], "p1");
}

TEST_F(ShopCli, GetsItsFirstVectorsLater) {
  write_products("a.jsonl", 0, 40);
  ok("import a.jsonl --into s");
  ok("reindex s --prompt '{title}' --query-prompt passage --model " + kModels + "st-dense");
  EXPECT_THAT(out_, HasSubstr("40 encoded"));
  EXPECT_THAT(out_, HasSubstr("version 2 is searched"));
  EXPECT_EQ(ids(answer("search s '" + title(7) + "' --mode vector -k 1"))[0], "p7");
  EXPECT_EQ(
      answer("search s '" + title(7) + "' -k 1 --explain")["results"][0]["explanation"].contains(
          "vector"),
      true);
  ok("reindex s --use 1");  // back to words alone, and on with what came meanwhile
  write_products("more.jsonl", 40, 50);
  ok("import more.jsonl --into s");
  ok("reindex s --use 2 --drop");
  EXPECT_THAT(out_, HasSubstr("10 encoded"));
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("50 products, 50 items, 0 changes"));
}

TEST_F(ShopCli, IsKeptUp) {
  make_shop();
  ok("delete s p1 p2");
  json stats = answer("stats s");
  EXPECT_EQ(stats["products"], 58);
  EXPECT_EQ(stats["versions"][0]["items"], 58);
  EXPECT_EQ(stats["versions"][0]["waiting"], 0);
  ok("stats s");
  EXPECT_THAT(out_, HasSubstr("{title}"));
  ok("snapshot s backup");
  ok("compact s");
  stats = answer("stats s");
  EXPECT_EQ(stats["versions"][0]["vectors"]["deleted"], 0);
  EXPECT_EQ(stats["versions"][0]["words"]["deleted"], 0);
  ok("delete s p3");
  ok("verify s");
  ok("verify backup");
  EXPECT_EQ(answer("stats backup")["products"], 58);
  EXPECT_EQ(ids(answer("search backup '" + title(3) + "' -k 1"))[0], "p3");

  ok("recall s --sample 20 -k 5 --json");
  const json recall = json::parse(out_.substr(0, out_.find('\n')));
  EXPECT_EQ(recall["recall"], 1.0);
  EXPECT_EQ(recall["queries"], 20);
  temp_.write("q.txt", title(9) + "\n");
  ok("recall s --queries q.txt --filter 'brand = Brand1'");
  EXPECT_THAT(out_, HasSubstr("brand = Brand1"));
}

TEST_F(ShopCli, ReindexesMovesAndGoesBack) {
  make_shop();
  ok("reindex s --prompt '{brand} {title}'");
  EXPECT_THAT(out_, HasSubstr("version 2 is searched"));
  ok("move s --to elsewhere");
  EXPECT_THAT(out_, HasSubstr("0 encoded"));
  EXPECT_THAT(out_, HasSubstr("overlap of the first ten 1.0000"));
  EXPECT_EQ(ids(answer("search s '" + title(7) + "' -k 1"))[0], "p7");
  ok("reindex s --use 1");
  EXPECT_EQ(answer("stats s")["versions"].size(), 3U);
  ok("reindex s --drop");
  EXPECT_EQ(answer("stats s")["versions"].size(), 1U);
  EXPECT_FALSE(io::is_directory(temp_.file("elsewhere")));
  EXPECT_EQ(run("reindex s --prompt '{title}'"), 2);
  EXPECT_THAT(err_, HasSubstr("--again"));
  ok("reindex s --again --model " + kModels + "st-dense-new --drop");
  ok("verify s");
}

TEST_F(ShopCli, MovesToPostgresAndBack) {
  const search::PostgresServer& server = search::PostgresServer::shared();
  if (!server.why_not().empty()) GTEST_SKIP() << server.why_not();
  make_shop();
  ok("move s --to '" + server.url() + "' --schema shop_cli");
  EXPECT_THAT(out_, HasSubstr("0 encoded"));
  EXPECT_THAT(out_, HasSubstr("vector  60 queries: overlap of the first ten "));
  ok("delete s p1");
  ok("verify s");
  EXPECT_EQ(ids(answer("search s '" + title(7) + "' -k 1 --filter 'language = es'"))[0], "p7");
  ok("move s --to s");
  ok("reindex s --drop");
  ok("verify s");
  EXPECT_EQ(answer("stats s")["versions"][0]["items"], 59);
}

TEST_F(ShopCli, MovesWordsAloneToPostgres) {
  const search::PostgresServer& server = search::PostgresServer::shared();
  if (!server.why_not().empty()) GTEST_SKIP() << server.why_not();
  write_products("a.jsonl", 0, 20);
  ok("import a.jsonl --into s");
  ok("move s --to '" + server.url() + "' --schema words_alone");
  EXPECT_EQ(ids(answer("search s '" + title(7) + "' -k 1 --filter 'language = es'"))[0], "p7");
  ok("verify s");
  ok("move s --to s");
  ok("reindex s --drop");
}

TEST_F(ShopCli, TunesOnLabels) {
  make_shop();
  std::string labels = "query\tid\n";
  for (int i = 0; i < 30; ++i) labels += title(i) + "\tp" + std::to_string(i) + "\n";
  temp_.write("labels.tsv", labels);
  const json dry = answer("tune s --labels labels.tsv --dry-run");
  EXPECT_EQ(dry["held_out_queries"], 9);
  EXPECT_EQ(dry["words"]["mrr"], 1.0);
  EXPECT_EQ(answer("stats s")["versions"][0]["vector_weight"], 0.1);
  EXPECT_EQ(answer("stats s")["versions"][0]["fusion"], "bounded scores");
  const json tuned = answer("tune s --labels labels.tsv");
  EXPECT_EQ(answer("stats s")["versions"][0]["vector_weight"], tuned["vector_weight"]);
  ok("tune s --labels labels.tsv");
  EXPECT_THAT(out_, HasSubstr("words alone"));

  ok("tune s --method reciprocal-rank");
  EXPECT_EQ(answer("stats s")["versions"][0]["fusion"], "reciprocal rank");
  EXPECT_EQ(answer("stats s")["versions"][0]["vector_weight"], 0.5);
  ok("tune s --method bounded-scores --vector-weight 0.2");
  EXPECT_EQ(answer("stats s")["versions"][0]["fusion"], "bounded scores");
  EXPECT_EQ(answer("stats s")["versions"][0]["vector_weight"], 0.2);
  EXPECT_EQ(run("tune s"), 2);
  EXPECT_THAT(err_, HasSubstr("--labels"));
  EXPECT_EQ(run("tune s --labels labels.tsv --method bounded-scores"), 2);
  EXPECT_EQ(run("tune s --method bounded-scores --vector-weight 2"), 2);
}

TEST_F(ShopCli, SaysWhatIsWrong) {
  write_products("a.jsonl", 0, 10);
  EXPECT_EQ(run("import a.jsonl --into s --prompt '{title}'"), 2);
  EXPECT_THAT(err_, HasSubstr("--model"));
  EXPECT_EQ(run("import a.jsonl"), 2);
  EXPECT_THAT(err_, HasSubstr("--into"));
  EXPECT_EQ(run("import a.jsonl --store x.db --model m"), 2);
  make_shop(10);
  EXPECT_EQ(run("import a.jsonl --into s --model " + kModels + "st-dense-new"), 2);
  EXPECT_THAT(err_, HasSubstr("reindex"));
  const std::string own = answer("stats s")["versions"][0]["fingerprint"];
  EXPECT_EQ(run("search s t5 --model " + kModels + "st-dense-new"), 2);
  EXPECT_THAT(err_, HasSubstr(own));
  EXPECT_THAT(err_, HasSubstr("is "));
  EXPECT_EQ(run("search s t5 --filter 'price <'"), 2);
  EXPECT_EQ(run("search s t5 --diversity much"), 2);
  EXPECT_EQ(run("search s --like nobody"), 3);
  EXPECT_EQ(run("search nowhere t5"), 3);
  EXPECT_THAT(err_, HasSubstr("kindred import"));
  EXPECT_EQ(run("delete s"), 2);
  EXPECT_EQ(run("reindex s"), 2);
  EXPECT_EQ(run("move s --to s"), 2);
  temp_.write("bad.tsv", "query\tid\tgrade\nx\t1\tgood\n");
  EXPECT_EQ(run("tune s --labels bad.tsv"), 2);
  EXPECT_THAT(err_, HasSubstr("line 2"));
}

TEST_F(ShopCli, SurvivesAKilledImport) {
  write_products("a.jsonl", 0, 6000);
  const std::vector<std::string> words = {
      "import",  temp_.file("a.jsonl"), "--into",   temp_.file("s"),
      "--model", kModels + "st-dense",  "--prompt", "{title}"};
  bool half_way = false;
  for (int ms = 40; ms < 3000 && !half_way; ms += 40) {
    run_and_kill(words, ms);
    if (run("verify s") == 0 && err_.find(" 0 items") == std::string::npos &&
        err_.find(" 0 changes") == std::string::npos)
      half_way = true;
  }
  EXPECT_TRUE(half_way) << "no kill came between the first and the last batch";
  const json rest = answer("import a.jsonl --into s");
  EXPECT_LT(rest["index"]["encoded"], 6000);
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("6,000 products, 6,000 items, 0 changes"));
}

}  // namespace
}  // namespace kindred
