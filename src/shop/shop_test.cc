#include "shop/shop.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/expect_error.h"
#include "search/postgres_backend.h"
#include "search/postgres_server.h"
#include "shop/shop_fixture.h"
#include "shop/verify.h"

namespace kindred::shop {
namespace {

namespace fs = std::filesystem;

class ShopTest : public testing::Test {
 protected:
  ShopTest() : shop_(Shop::create(temp_.file("shop"), "", tiny_version())) {
    shop_.catalogue().upsert(products_of(0, 40));
    sync(shop_);
  }
  // Fills a version as reindex and move do.
  SyncCounts fill(std::uint64_t number, bool from_current, SyncOptions options = {}) {
    Version version = shop_.open_version(number);
    std::optional<Version> donor;
    if (from_current) donor = shop_.open_version();
    options.donor = donor ? &*donor : nullptr;
    return sync(shop_, version, options);
  }
  std::vector<std::string> first_ids(std::uint64_t number) {
    const Version version = shop_.open_version(number);
    search::SearchRequest request{.text = words_of(7)};
    const auto encoder = ShopEncoder::open(version.settings(), {.threads = 1});
    request.vector = encoder.queries(std::vector{words_of(7)}).values;
    std::vector<std::string> ids;
    for (const auto& hit : version.engine().search(request).hits) ids.push_back(hit.item.id);
    return ids;
  }

  io::TempDirectory temp_;
  Shop shop_;
};

TEST_F(ShopTest, IsWhatItWasWhenOpenedAgain) {
  EXPECT_EQ(first_ids(1).at(0), "p7");
  EXPECT_KINDRED_ERROR(Shop::open(temp_.file("shop"), Access::write), ErrorKind::bad_input,
                       "being written");
  const Shop reader = Shop::open(temp_.file("shop"), Access::read);
  EXPECT_EQ(reader.current().fingerprint, shop_.current().fingerprint);
  EXPECT_EQ(reader.open_version().items(), 40U);
  EXPECT_KINDRED_ERROR(Shop::create(temp_.file("shop"), "", tiny_version()), ErrorKind::bad_input,
                       "already");
  EXPECT_KINDRED_ERROR(Shop::open(temp_.file("none"), Access::read), ErrorKind::not_found,
                       "kindred import");
  fs::create_directory(temp_.file("other"));
  temp_.write("other/thesis.txt", "x");
  EXPECT_KINDRED_ERROR(Shop::create(temp_.file("other"), "", tiny_version()), ErrorKind::bad_input,
                       "thesis.txt");
}

TEST_F(ShopTest, RefusesQueriesOfAnotherEncoder) {
  const std::string other = tiny_version("{title}", "st-dense-new").fingerprint;
  ASSERT_NE(other, shop_.current().fingerprint);
  EncoderUse use;
  use.model_path = golden_model("st-dense-new");
  EXPECT_KINDRED_ERROR(ShopEncoder::open(shop_.current(), use), ErrorKind::bad_input, other);
  EXPECT_KINDRED_ERROR(ShopEncoder::open(shop_.current(), use), ErrorKind::bad_input,
                       shop_.current().fingerprint);
}

TEST_F(ShopTest, TakesTheModelsPrompts) {
  ModelRequest request;
  request.path = golden_model();
  const ModelSettings model = describe_version(request, catalog::Prompt()).model;
  EXPECT_EQ(model.passage_prompt, "t13 ");
  EXPECT_EQ(model.query_prompt, "t11 t12 ");
  request.query_prompt = "question";
  EXPECT_KINDRED_ERROR(describe_version(request, catalog::Prompt()), ErrorKind::not_found,
                       "question");
}

TEST_F(ShopTest, IsReindexedBesideTheOld) {
  const VersionSettings other = tiny_version("{brand} {title}");
  const std::uint64_t number = shop_.begin_version(other);
  EXPECT_EQ(number, 2U);
  EXPECT_EQ(shop_.settings().current, 1U);
  int batches = 0;
  SyncOptions options;
  options.batch = 10;
  options.stop = [&] { return batches++ == 2; };
  EXPECT_FALSE(fill(number, /*from_current=*/true, options).complete);
  EXPECT_EQ(shop_.begin_version(other), 2U);  // gone on with
  EXPECT_KINDRED_ERROR(shop_.begin_version(tiny_version("{id}")), ErrorKind::bad_input, "--drop");
  const SyncCounts rest = fill(number, true);
  EXPECT_TRUE(rest.complete);
  EXPECT_EQ(rest.encoded, 20U);
  shop_.use_version(number);
  EXPECT_EQ(first_ids(2).at(0), "p7");
  EXPECT_EQ(Shop::open(temp_.file("shop"), Access::read).settings().current, 2U);
  // Back, with what changed meanwhile.
  shop_.catalogue().remove(std::vector<std::string>{"p7"});
  EXPECT_EQ(sync(shop_).removed, 1U);
  EXPECT_EQ(first_ids(1).at(0), "p7");
  EXPECT_EQ(fill(1, false).removed, 1U);
  shop_.use_version(1);
  EXPECT_EQ(shop_.drop_others(), std::vector<std::uint64_t>{2});
  EXPECT_FALSE(fs::exists(temp_.file("shop/versions/2")));
  EXPECT_EQ(shop_.settings().versions.size(), 1U);
  EXPECT_EQ(shop_.begin_version(other), 2U);
  EXPECT_EQ(fill(2, false).encoded, 39U);  // nothing of the dropped one is left
}

TEST_F(ShopTest, IsReindexedAfterADropThatWasCutOff) {
  const VersionSettings other = tiny_version("{brand} {title}");
  ASSERT_EQ(shop_.begin_version(other), 2U);
  fill(2, false);
  // As a drop leaves it that dies before it has removed all files.
  fs::rename(temp_.file("shop/versions/2"), temp_.file("shop/versions/2.dropped"));
  fs::remove(temp_.file("shop/versions/2.dropped/items/vectors/MANIFEST"));
  ASSERT_EQ(shop_.begin_version(other), 2U);
  EXPECT_EQ(fill(2, false).encoded, 40U);
  shop_.use_version(2);
  EXPECT_EQ(first_ids(2).at(0), "p7");
  shop_.use_version(1);
  EXPECT_EQ(shop_.drop_others(), std::vector<std::uint64_t>{2});
  EXPECT_FALSE(fs::exists(temp_.file("shop/versions/2")));
  EXPECT_FALSE(fs::exists(temp_.file("shop/versions/2.dropped")));
}

TEST_F(ShopTest, MovesWithoutEncoding) {
  VersionSettings version = shop_.current();
  version.place.directory = temp_.file("elsewhere");
  const std::uint64_t number = shop_.begin_version(version);
  const SyncCounts counts = fill(number, true);
  EXPECT_EQ(counts.written, 40U);
  EXPECT_EQ(counts.encoded, 0U);
  EXPECT_TRUE(fs::exists(temp_.file("elsewhere/vectors")));
  EXPECT_EQ(first_ids(number), first_ids(1));
  shop_.use_version(number);
  EXPECT_EQ(shop_.drop_others(), std::vector<std::uint64_t>{1});
  EXPECT_EQ(first_ids(number).at(0), "p7");
  version.place.directory = temp_.path();
  EXPECT_KINDRED_ERROR(shop_.begin_version(version), ErrorKind::bad_input, "not empty");
}

TEST_F(ShopTest, MovesToPostgresAndBack) {
  const search::PostgresServer& server = search::PostgresServer::shared();
  if (!server.why_not().empty()) GTEST_SKIP() << server.why_not();
  VersionSettings version = shop_.current();
  version.place = {"", server.url(), server.new_schema()};
  const std::uint64_t there = shop_.begin_version(version);
  SyncOptions half;
  half.batch = 10;
  int batches = 0;
  half.stop = [&] { return batches++ == 2; };
  EXPECT_FALSE(fill(there, true, half).complete);
  search::SqlConnection sql(server.url());
  const std::string index = version.place.schema + ".items_embedding";
  const auto indexed = [&] {
    return sql.run("SELECT to_regclass($1) IS NOT NULL", {index}).text(0, 0) == "t";
  };
  EXPECT_FALSE(indexed());  // it is made over all at the end
  EXPECT_EQ(fill(there, true).encoded, 0U);
  EXPECT_TRUE(indexed());
  EXPECT_EQ(first_ids(there), first_ids(1));
  shop_.use_version(there);
  catalog::Product product = product_of(100);
  shop_.catalogue().upsert(std::vector{product});
  shop_.catalogue().remove(std::vector<std::string>{"p1"});
  const SyncCounts counts = sync(shop_);
  EXPECT_EQ(counts.encoded, 1U);
  EXPECT_EQ(counts.removed, 1U);
  {
    Version open = shop_.open_version();
    EXPECT_EQ(open.embedded(), nullptr);
    EXPECT_EQ(verify(shop_.catalogue(), open).items, 40U);
  }
  EXPECT_KINDRED_ERROR(shop_.snapshot(temp_.file("copy")), ErrorKind::unsupported, "pg_dump");
  VersionSettings again = shop_.current();
  EXPECT_KINDRED_ERROR(shop_.begin_version(again), ErrorKind::bad_input, "--schema");
  again.place = {};
  const std::uint64_t back = shop_.begin_version(again);
  EXPECT_EQ(fill(back, true).encoded, 0U);
  shop_.use_version(back);
  EXPECT_EQ(shop_.drop_others().size(), 2U);
  EXPECT_KINDRED_ERROR(search::PostgresBackend::open(server.url(), version.place.schema),
                       ErrorKind::not_found, "no Kindred tables");
  Version open = shop_.open_version();
  EXPECT_EQ(verify(shop_.catalogue(), open).items, 40U);
}

TEST_F(ShopTest, IsCopied) {
  shop_.snapshot(temp_.file("copy"));
  shop_.catalogue().remove(std::vector<std::string>{"p7"});
  shop_.catalogue().upsert(products_of(40, 60));
  sync(shop_);
  Shop copy = Shop::open(temp_.file("copy"), Access::write);
  {
    Version version = copy.open_version();
    const VerifyResult result = verify(copy.catalogue(), version);
    EXPECT_EQ(result.items, 40U);
    EXPECT_EQ(result.waiting, 0U);
  }
  copy.catalogue().upsert(products_of(200, 210));
  EXPECT_EQ(sync(copy).written, 10U);
  Version version = shop_.open_version();
  EXPECT_EQ(verify(shop_.catalogue(), version).items, 59U);
  EXPECT_KINDRED_ERROR(shop_.snapshot(temp_.file("copy")), ErrorKind::bad_input, "not empty");
}

TEST_F(ShopTest, RemembersItsFusion) {
  const search::FusionOptions fusion{search::FusionMethod::weighted_scores, 0.75, 60.0};
  shop_.set_fusion(1, fusion);
  EXPECT_EQ(Shop::open(temp_.file("shop"), Access::read).current().fusion, fusion);
}

}  // namespace
}  // namespace kindred::shop
