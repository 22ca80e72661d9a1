// A shop whose items are shared out to several PostgreSQL servers, by the program itself.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "cli/shop_cli.h"
#include "search/postgres_server.h"

namespace kindred {
namespace {

using nlohmann::json;
using search::PostgresServer;
using search::SqlConnection;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

// The servers start once for all tests: the one that is asked is the shared one.
class ShopPostgresCli : public ShopCli {
 protected:
  void SetUp() override {
    const std::string why_not = PostgresServer::shared().why_no_partitions();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    schema_ = PostgresServer::shared().new_schema();
  }

  static std::array<PostgresServer, 2>& servers() {
    static std::array<PostgresServer, 2> both;
    return both;
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  // Three partitions, of which one server has two.
  std::string to_servers() const {
    std::string words = "--to " + quoted(PostgresServer::shared().url()) + " --schema " + schema_;
    for (const std::size_t server : {0, 1, 0})
      words += " --partition " + quoted(servers()[server].url());
    return words;
  }
  static std::int64_t number(const PostgresServer& server, const std::string& select) {
    return SqlConnection(server.url()).run(select).integer(0, 0);
  }
  std::int64_t schemas(const PostgresServer& server) const {
    return number(server,
                  "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '" + schema_ + "%'");
  }
  // It fails with this status, and one line that has all of `parts`.
  void fails(const std::string& words, int status, const std::vector<std::string>& parts) {
    EXPECT_EQ(run(words), status) << words << ": " << err_;
    const std::string last = err_.substr(std::min(err_.size(), err_.find("kindred: ")));
    EXPECT_EQ(std::count(last.begin(), last.end(), '\n'), 1) << words << ": " << err_;
    for (const std::string& part : parts) EXPECT_THAT(last, HasSubstr(part)) << words;
  }

  std::string schema_;
};

TEST_F(ShopPostgresCli, IsMovedToSeveralServersAndBack) {
  make_shop();
  const json moved = answer("move s " + to_servers());
  EXPECT_EQ(moved["version"], 2);
  EXPECT_EQ(moved["kept_version"], 1);
  EXPECT_EQ(moved["index"]["written"], 60);
  EXPECT_EQ(moved["index"]["encoded"], 0);
  EXPECT_EQ(moved["parity"]["queries"], 60);
  // Equal scores come in another order, and vectors of a model of random weights all are nearly the
  // same: PostgresPartitions.FindWhatOneServerFinds compares such as can be told apart.
  EXPECT_GE(moved["parity"]["words"]["overlap_at_10"], 0.8);
  EXPECT_GT(moved["parity"]["vector"]["overlap_at_10"], 0.0);
  EXPECT_GE(moved["parity"]["hybrid"]["ms_now"]["p99"], moved["parity"]["hybrid"]["ms_now"]["p50"]);
  std::int64_t items = 0;
  for (const auto& [server, part] : {std::pair{0, 0}, {1, 1}, {0, 2}}) {
    const std::int64_t here = number(servers()[server], "SELECT count(*) FROM " + schema_ + "_" +
                                                            std::to_string(part) + ".items");
    EXPECT_GT(here, 0);
    items += here;
  }
  EXPECT_EQ(items, 60);

  for (const char* mode : {"vector", "words", "hybrid"}) {
    EXPECT_EQ(ids(answer("search s '" + title(7) + "' --filter 'language = es' -k 3 --mode " +
                         std::string(mode)))[0],
              "p7");
  }
  EXPECT_EQ(answer("search s --sort price:desc -k 2 --facet brand")["facets"]["brand"].size(), 3U);
  EXPECT_EQ(ids(answer("search s --like p7 -k 5")).size(), 5U);
  ok("recall s --sample 20 -k 5 --json");
  EXPECT_EQ(json::parse(out_.substr(0, out_.find('\n')))["queries"], 20);
  const json stats = answer("stats s");
  EXPECT_EQ(stats["versions"][1]["items"], 60);
  EXPECT_EQ(stats["versions"][1]["partitions"].size(), 3U);
  EXPECT_THAT(stats["versions"][1]["place"].get<std::string>(), HasSubstr(schema_));
  ok("stats s");
  EXPECT_THAT(out_, HasSubstr("3 partitions"));
  EXPECT_THAT(out_, HasSubstr(servers()[1].directory()));

  EXPECT_EQ(answer("delete s p1 p2 nobody")["deleted"], 2);
  write_products("more.jsonl", 50, 90, /*price=*/500.0);
  const json import = answer("import more.jsonl --into s");
  EXPECT_EQ(import["index"]["written"], 40);
  EXPECT_EQ(import["index"]["encoded"], 30);
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("88 products, 88 items, 0 changes"));
  EXPECT_EQ(ids(answer("search s '" + title(77) + "' -k 1"))[0], "p77");
  SqlConnection(servers()[1].url()).script("DELETE FROM " + schema_ + "_1.items");
  EXPECT_EQ(run("verify s"), 4);
  ok("reindex s --use 1");  // whole again from the catalogue
  ok("verify s");
  ok("reindex s --drop");
  EXPECT_EQ(answer("stats s")["versions"].size(), 1U);
  for (const PostgresServer* server : std::initializer_list<const PostgresServer*>{
           &servers()[0], &servers()[1], &PostgresServer::shared()})
    EXPECT_EQ(schemas(*server), 0);
  EXPECT_EQ(number(PostgresServer::shared(),
                   "SELECT count(*) FROM pg_foreign_server WHERE srvname LIKE '" + schema_ + "%'"),
            0);
}

TEST_F(ShopPostgresCli, IsMovedFromServersToServers) {
  make_shop();
  ok("move s " + to_servers());
  ok("move s --to " + quoted(PostgresServer::shared().url()) + " --schema " + schema_ + "_alone");
  EXPECT_THAT(out_, HasSubstr("0 encoded"));
  ok("move s --to s");
  EXPECT_THAT(out_, HasSubstr("0 encoded"));
  ok("reindex s --drop");
  ok("verify s");
  EXPECT_EQ(schemas(PostgresServer::shared()), 0);
}

TEST_F(ShopPostgresCli, StaysThereWhenItIsReindexed) {
  make_shop();
  ok("move s " + to_servers());
  EXPECT_EQ(run("reindex s --prompt '{title}'"), 2);
  EXPECT_THAT(err_, HasSubstr("--again"));
  ok("reindex s --prompt '{brand} {title}' --drop");
  EXPECT_EQ(schemas(PostgresServer::shared()), 1);
  EXPECT_EQ(schemas(servers()[0]), 2);
  EXPECT_EQ(answer("stats s")["versions"][0]["partitions"].size(), 3U);
  ok("reindex s --again --drop");
  EXPECT_EQ(schemas(servers()[0]), 2);
  EXPECT_EQ(ids(answer("search s 'Brand1 " + title(7) + "' -k 1"))[0], "p7");
  ok("verify s");
  ok("move s --to s");
  ok("reindex s --drop");
}

TEST_F(ShopPostgresCli, GoesOnAfterAKill) {
  make_shop(3000);
  std::vector<std::string> words = {"move",     "s",    "--to", PostgresServer::shared().url(),
                                    "--schema", schema_};
  for (const std::size_t server : {0, 1}) {
    words.push_back("--partition");
    words.push_back(servers()[server].url());
  }
  int kills = 0;
  bool making = false;
  bool filling = false;
  for (int ms = 20; ms < 20000 && !filling; ms += 60, ++kills) {
    run_and_kill(words, ms);
    const json stats = answer("stats s");
    if (stats["versions"].size() < 2) continue;
    const std::uint64_t waiting = stats["versions"][1]["waiting"];
    making = making || waiting == 3000;
    filling = waiting > 0 && waiting < 3000;
    if (waiting == 0) break;
  }
  EXPECT_TRUE(making || filling) << kills << " kills came before and after the move";
  ok("verify s");  // the one that is searched is still the first
  std::string again = "move s --json";
  for (std::size_t i = 2; i < words.size(); ++i)
    again += " " + (words[i].starts_with("--") ? words[i] : quoted(words[i]));
  ok(again);
  const json moved = json::parse(out_);
  EXPECT_EQ(moved["version"], 2);
  if (filling) {
    EXPECT_LT(moved["index"]["written"], 3000);
  }
  EXPECT_GE(moved["parity"]["words"]["overlap_at_10"], 0.8);
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("3,000 products, 3,000 items, 0 changes"));
}

TEST_F(ShopPostgresCli, GoesOnAfterAServerStopped) {
  make_shop(3000);
  const std::string move = "move s " + to_servers();
  int status = 3;
  for (int ms = 100; ms < 3000 && status == 3; ms *= 2) {
    std::thread stopping([ms] {
      std::this_thread::sleep_for(std::chrono::milliseconds(ms));
      servers()[1].stop();
    });
    status = run(move);
    stopping.join();
    ASSERT_TRUE(servers()[1].start());
    if (status == 0) break;
    EXPECT_EQ(status, 3) << err_;
    const std::string last = err_.substr(std::min(err_.size(), err_.find("kindred: ")));
    EXPECT_EQ(std::count(last.begin(), last.end(), '\n'), 1) << err_;
    EXPECT_THAT(last, AnyOf(HasSubstr(servers()[1].directory()), HasSubstr(schema_ + "_1"),
                            HasSubstr("a partition's server")));
    // Only the report that follows it was cut off.
    if (err_.find("the items are moved") != std::string::npos) status = 0;
  }
  if (status != 0) ok(move);
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("3,000 products, 3,000 items, 0 changes"));
}

TEST_F(ShopPostgresCli, BeginsNothingWhereItCannotEnd) {
  make_shop();
  SqlConnection(PostgresServer::shared().url()).script("CREATE SCHEMA " + schema_ + "_taken");
  const std::string other = schema_ + "_taken";
  fails("move s --to " + quoted(PostgresServer::shared().url()) + " --schema " + other, 2,
        {other, "--schema"});
  servers()[1].stop();
  fails("move s " + to_servers(), 3, {servers()[1].directory()});
  ASSERT_TRUE(servers()[1].start());
  EXPECT_EQ(answer("stats s")["versions"].size(), 1U);  // nothing was begun
  EXPECT_EQ(schemas(servers()[0]), 0);
  ok("reindex s --drop");
}

TEST_F(ShopPostgresCli, SaysWhichServerIsAway) {
  make_shop();
  ok("move s " + to_servers());
  write_products("more.jsonl", 60, 70);
  const std::string partition = servers()[1].directory();
  servers()[1].stop();
  for (const std::string mode : {"words", "vector", "hybrid"})
    fails("search s t5 --mode " + mode, 3, {partition, "server"});
  fails("import more.jsonl --into s", 3, {partition});
  fails("verify s", 3, {partition});
  fails("move s --to elsewhere", 3, {partition});
  fails("reindex s --use 1 --drop", 3, {partition});
  ASSERT_TRUE(servers()[1].start());
  ok("verify s");
  ok("move s --to elsewhere");
  ok("verify s");
  EXPECT_THAT(err_, HasSubstr("70 products, 70 items, 0 changes"));
  ok("reindex s --drop");
  EXPECT_EQ(schemas(servers()[0]) + schemas(servers()[1]), 0);
}

// Servers that ask for a password, and a role without superuser's rights, as in real use.
class ShopPasswordCli : public ShopPostgresCli {
 protected:
  void SetUp() override {
    ShopPostgresCli::SetUp();
    if (IsSkipped()) return;
    std::string passwords;
    for (const PostgresServer* server : all()) {
      const std::string rules = server->directory() + "/data/pg_hba.conf";
      std::ifstream in(rules);
      const std::string before((std::istreambuf_iterator<char>(in)), {});
      std::ofstream(rules) << "local all " << schema_ << " scram-sha-256\n" << before;
      SqlConnection sql(server->url());
      sql.script("SELECT pg_reload_conf()");
      sql.script("CREATE EXTENSION IF NOT EXISTS vector");
      sql.script("CREATE ROLE " + schema_ + " LOGIN PASSWORD '" + kPassword + "'");
      sql.script("GRANT CREATE ON DATABASE postgres TO " + schema_);
    }
    SqlConnection head(PostgresServer::shared().url());
    head.script("CREATE EXTENSION IF NOT EXISTS postgres_fdw");
    head.script("GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO " + schema_);
    temp_.write("pgpass", "*:*:*:" + schema_ + ":" + std::string(kPassword) + "\n");
    std::filesystem::permissions(temp_.file("pgpass"), std::filesystem::perms::owner_read);
    ASSERT_EQ(::setenv("PGPASSFILE", temp_.file("pgpass").c_str(), 1), 0);
  }
  void TearDown() override { ::unsetenv("PGPASSFILE"); }

  static std::vector<const PostgresServer*> all() {
    return {&PostgresServer::shared(), &servers()[0], &servers()[1]};
  }
  std::string url(const PostgresServer& server, const std::string& password = "") const {
    return "postgres://" + schema_ + (password.empty() ? "" : ":" + password) +
           "@/postgres?host=" + server.directory();
  }

  static constexpr const char* kPassword = "s3cr3t-w0rd";
};

TEST_F(ShopPasswordCli, KeepsPasswordsOutOfTheShop) {
  make_shop();
  const std::string head = "--to " + quoted(url(PostgresServer::shared())) + " --schema " + schema_;
  for (const std::string& words :
       {"move s --to " + quoted(url(PostgresServer::shared(), kPassword)),
        "move s " + head + " --partition " + quoted(url(servers()[0], kPassword)),
        "import a.jsonl --into t --model " + kModels + "st-dense --catalogue " +
            quoted(url(PostgresServer::shared(), kPassword))}) {
    fails(words, 2, {"PGPASSFILE", "postgres at /"});
    EXPECT_THAT(err_, Not(HasSubstr(kPassword)));
  }
  // The second by a service, which the server that is asked knows nothing of.
  temp_.write("services", "[part]\nhost=" + servers()[1].directory() +
                              "\ndbname=postgres\nuser=" + schema_ + "\n");
  ASSERT_EQ(::setenv("PGSERVICEFILE", temp_.file("services").c_str(), 1), 0);
  ok("move s " + head + " --partition " + quoted(url(servers()[0])) +
     " --partition 'postgres:///?service=part'");
  ok("stats s");
  EXPECT_THAT(out_, HasSubstr("service part"));
  ::unsetenv("PGSERVICEFILE");
  EXPECT_THAT(io::read_text_file(temp_.file("s/shop.json")), Not(HasSubstr(kPassword)));
  ok("search s '" + title(7) + "' -k 1");
  EXPECT_THAT(out_, HasSubstr(title(7)));
  ok("delete s p1");
  ok("verify s");
  // Nobody else sees the password that the server of --to keeps.
  SqlConnection stranger(PostgresServer::shared().url());
  stranger.script("CREATE ROLE " + schema_ + "_stranger");
  stranger.script("SET ROLE " + schema_ + "_stranger");
  EXPECT_EQ(stranger
                .run("SELECT count(*) FROM pg_user_mappings WHERE umoptions::text LIKE '%" +
                     std::string(kPassword) + "%'")
                .integer(0, 0),
            0);
  // The wrong one.
  std::filesystem::remove(temp_.file("pgpass"));
  fails("search s t5", 3, {"password"});
  temp_.write("pgpass", "*:*:*:" + schema_ + ":" + std::string(kPassword) + "\n");
  std::filesystem::permissions(temp_.file("pgpass"), std::filesystem::perms::owner_read);
  ok("move s --to s");
  ok("reindex s --drop");
  for (const PostgresServer* server : all()) EXPECT_EQ(schemas(*server), 0);
}

TEST_F(ShopPostgresCli, RefusesWhatCannotBe) {
  make_shop(10);
  fails("move s --to elsewhere --partition postgres://x@/y", 2, {"--partition", "--to"});
  fails("move s --to postgres://x@/y --partition elsewhere", 2, {"elsewhere", "postgres://"});
  fails("move s --to " + quoted(PostgresServer::shared().url()) + " --schema 'a; DROP TABLE x'", 2,
        {"schema"});
  fails("move s --to 'postgres://x@/y?host=/nowhere'", 3, {"/nowhere"});
}

}  // namespace
}  // namespace kindred
