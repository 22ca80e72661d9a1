#include "catalog/store.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::catalog {
namespace {

Product made(std::string id, std::string title) {
  return {.id = std::move(id), .titles = {{"en", std::move(title)}}, .price = 1.5};
}

// What is stored becomes something else, or stays where that fails.
void expect_updates(Store& store) {
  store.upsert(std::vector{made("é\"1", "one"), made("2", "two")});
  const std::uint64_t before = store.last_change();
  const std::vector<std::string> ids = {"2", "é\"1", "2", "none"};
  const auto nothing = store.update(ids, [](std::vector<Product> stored) { return stored; });
  EXPECT_EQ(nothing.unchanged, 2U);
  EXPECT_EQ(store.last_change(), before);
  const auto counts = store.update(ids, [](std::vector<Product> stored) {
    EXPECT_EQ(stored.size(), 2U);
    for (Product& product : stored) product.brand = "Umi";
    stored.push_back(made("none", "three"));
    return stored;
  });
  EXPECT_EQ(counts.updated, 2U);
  EXPECT_EQ(counts.inserted, 1U);
  EXPECT_EQ(store.get("é\"1")->brand, "Umi");
  const std::uint64_t last = store.last_change();
  EXPECT_THROW(store.update(ids,
                            [](std::vector<Product>) -> std::vector<Product> {
                              throw Error(ErrorKind::bad_input, "no");
                            }),
               Error);
  EXPECT_EQ(store.last_change(), last);
  EXPECT_EQ(store.update({}, [](std::vector<Product> none) { return none; }).unchanged, 0U);
  store.remove(std::vector<std::string>{"é\"1", "2", "none"});
}

// What holds of every store.
void expect_a_store(const std::function<std::unique_ptr<Store>()>& open) {
  auto store = open();
  EXPECT_EQ(store->count(), 0U);
  std::vector<Product> products;
  // Ids whose order is that of bytes in no locale, and characters that need quoting.
  for (const char* id :
       {"b", "A", "a", "é", "10", "9", "B", "x\"y\\z{},", "'; DROP TABLE products", "小米"}) {
    products.push_back(made(id, std::string("title of ") + id + " \"\\\n\t{}"));
  }
  UpsertCounts counts = store->upsert(products);
  EXPECT_EQ(counts.inserted, products.size());
  counts = store->upsert(products);
  EXPECT_EQ(counts.unchanged, products.size());
  EXPECT_EQ(counts.inserted + counts.updated, 0U);
  products[3].brand = "changed";
  counts = store->upsert(products);
  EXPECT_EQ(counts.updated, 1U);
  EXPECT_EQ(counts.unchanged, products.size() - 1);
  const std::vector<Product> twice = {made("twice", "1"), made("twice", "2")};
  counts = store->upsert(twice);
  EXPECT_EQ(counts.inserted, 1U);
  EXPECT_EQ(counts.updated + counts.unchanged, 0U);
  EXPECT_EQ(store->get("twice")->titles.at("en"), "2");
  EXPECT_EQ(store->get("é"), products[3]);
  EXPECT_FALSE(store->get("none"));
  EXPECT_EQ(store->upsert({}).inserted, 0U);

  store = open();  // everything is there after a new start
  std::vector<std::string> ids;
  for (std::string after;;) {
    const auto page = store->page(after, 3);
    if (page.empty()) break;
    for (const Product& product : page) ids.push_back(product.id);
    after = page.back().id;
  }
  EXPECT_EQ(ids.size(), products.size() + 1);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  expect_updates(*store);
  const std::vector<std::string> gone = {"a", "none", "twice"};
  EXPECT_EQ(store->remove(gone), 2U);
  EXPECT_EQ(store->count(), products.size() - 1);
  EXPECT_EQ(store->page("", 1000).size(), products.size() - 1);
  store->verify();
}

std::vector<std::string> ids_of(const std::vector<Change>& changes) {
  std::vector<std::string> ids;
  for (const Change& change : changes) ids.push_back((change.product ? "+" : "-") + change.id);
  return ids;
}

// What holds of the changes of every store.
void expect_changes(const std::function<std::unique_ptr<Store>()>& open) {
  using Ids = std::vector<std::string>;
  auto store = open();
  EXPECT_EQ(store->last_change(), 0U);
  EXPECT_TRUE(store->changes(0, 10).empty());
  std::vector<Product> products = {made("a", "1"), made("b", "1"), made("c", "1")};
  store->upsert(products);
  EXPECT_EQ(ids_of(store->changes(0, 10)), (Ids{"+a", "+b", "+c"}));
  const std::uint64_t first = store->last_change();
  EXPECT_EQ(store->changes(0, 10).back().sequence, first);
  store->upsert(products);  // nothing changes
  EXPECT_EQ(store->last_change(), first);
  EXPECT_TRUE(store->changes(first, 10).empty());

  products[0].brand = "new";
  store->upsert(products);
  EXPECT_EQ(store->remove(std::vector<std::string>{"b", "nobody"}), 1U);
  const auto later = store->changes(first, 10);
  EXPECT_EQ(ids_of(later), (Ids{"+a", "-b"}));
  EXPECT_EQ(later[0].product, products[0]);
  EXPECT_LT(later[0].sequence, later[1].sequence);
  EXPECT_EQ(store->count_changes(first), 2U);

  store = open();
  EXPECT_EQ(store->last_change(), later[1].sequence);
  EXPECT_EQ(ids_of(store->changes(0, 10)), (Ids{"+c", "+a", "-b"}));
  EXPECT_EQ(ids_of(store->changes(0, 1)), (Ids{"+c"}));
  EXPECT_EQ(ids_of(store->changes(later[0].sequence, 10)), (Ids{"-b"}));
  store->upsert(products);  // b is back
  EXPECT_EQ(ids_of(store->changes(later[1].sequence, 10)), (Ids{"+b"}));
  EXPECT_EQ(store->count_changes(0), 3U);
  store->verify();
}

TEST(Store, SqliteTellsWhatChanged) {
  const io::TempDirectory directory;
  expect_changes([&] { return open_store(directory.file("shop.db")); });
}

TEST(Store, SqliteOfVersion1GetsChanges) {
  const io::TempDirectory directory;
  const std::string path = directory.file("old.db");
  {
    auto store = open_store(path);
    store->upsert(std::vector<Product>{made("b", "1"), made("a", "2")});
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(raw, "DROP TABLE changes; PRAGMA user_version = 1", nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(raw);
  auto store = open_store(path);
  EXPECT_EQ(ids_of(store->changes(0, 10)), (std::vector<std::string>{"+a", "+b"}));
  store->upsert(std::vector<Product>{made("c", "1")});
  EXPECT_EQ(store->count_changes(0), 3U);
  store->verify();
}

TEST(Store, SqliteIsCopied) {
  const io::TempDirectory directory;
  const std::string copy = directory.file("copy.db");
  auto store = open_store(directory.file("shop.db"));
  store->upsert(std::vector<Product>{made("a", "1"), made("b", "2")});
  store->remove(std::vector<std::string>{"a"});
  store->snapshot(copy);
  store->upsert(std::vector<Product>{made("c", "3")});
  auto other = open_store(copy);
  EXPECT_EQ(ids_of(other->changes(0, 10)), (std::vector<std::string>{"+b", "-a"}));
  EXPECT_EQ(other->last_change(), 3U);
  EXPECT_KINDRED_ERROR(store->snapshot(copy), ErrorKind::bad_input, "exists");
}

TEST(Store, SqliteIsOne) {
  const io::TempDirectory directory;
  expect_a_store([&] { return open_store(directory.file("shop.db")); });
}

TEST(Store, SqliteRefusesOtherFiles) {
  const io::TempDirectory directory;
  const std::string text = directory.write("text.db", std::string(5000, 'x'));
  EXPECT_KINDRED_ERROR(open_store(text), ErrorKind::bad_input, "text.db");
  EXPECT_KINDRED_ERROR(open_store(directory.file("no/such/shop.db")), ErrorKind::not_found,
                       "shop.db");
  const std::string other = directory.file("other.db");
  {
    auto store = open_store(other);
    store->upsert(std::vector<Product>{made("1", "x")});
  }
  // Another program's mark in the header (bytes 68 to 71).
  std::string bytes = io::read_text_file(other);
  bytes[68] = static_cast<char>(bytes[68] ^ 1);
  directory.write("other.db", bytes);
  EXPECT_KINDRED_ERROR(open_store(other), ErrorKind::bad_input, "another program");
}

/// A server of its own in a temporary directory, reached by a socket there.
class PostgresServer {
 public:
  PostgresServer() {
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
      if (std::filesystem::exists(entry.path() / "bin/initdb"))
        bin_ = (entry.path() / "bin").string();
    }
    data_ = directory_.file("data");
    // The server refuses to run as root.
    if (::getuid() == 0) {
      as_ = "setpriv --reuid=postgres --regid=postgres --clear-groups ";
      const passwd* user = ::getpwnam("postgres");
      if (user == nullptr || ::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
        return;
    }
    started_ = run(bin_ + "/initdb -D " + data_ +
                   " -U kindred -A trust -E UTF8 --locale=C.UTF-8 --no-sync") &&
               run(bin_ + "/pg_ctl -D " + data_ + " -w -t 60 -l " + directory_.file("log") +
                   " -o \"-c listen_addresses= -c fsync=off -k " + directory_.path() + "\" start");
  }
  ~PostgresServer() {
    if (started_) run(bin_ + "/pg_ctl -D " + data_ + " -m immediate stop");
  }
  bool started() const { return started_; }
  std::string url() const { return "postgresql://kindred@/postgres?host=" + directory_.path(); }

 private:
  bool run(const std::string& command) const {
    return std::system(("cd / && " + as_ + command + " >/dev/null 2>&1").c_str()) == 0;
  }
  io::TempDirectory directory_;
  std::string bin_, data_, as_;
  bool started_ = false;
};

TEST(Store, PostgresIsOne) {
  if (!std::filesystem::exists("/usr/lib/postgresql"))
    GTEST_SKIP() << "the package postgresql is not installed";
  const PostgresServer server;
  ASSERT_TRUE(server.started()) << "the server did not start";
  expect_a_store([&] { return open_store(server.url()); });
}

TEST(Store, PostgresTellsWhatChanged) {
  if (!std::filesystem::exists("/usr/lib/postgresql"))
    GTEST_SKIP() << "the package postgresql is not installed";
  const PostgresServer server;
  ASSERT_TRUE(server.started()) << "the server did not start";
  expect_changes([&] { return open_store(server.url()); });
  // A database from before there were changes.
  PGconn* raw = PQconnectdb(server.url().c_str());
  PQclear(PQexec(raw, "DROP TABLE kindred_changes"));
  PQfinish(raw);
  EXPECT_EQ(ids_of(open_store(server.url())->changes(0, 10)),
            (std::vector<std::string>{"+a", "+b", "+c"}));
  // Two writers at once: whoever follows the changes misses none.
  std::atomic<int> writing{2};
  const auto write = [&](const char* prefix) {
    auto store = open_store(server.url());
    for (int i = 0; i < 200; ++i)
      store->upsert(std::vector<Product>{made(prefix + std::to_string(i), "t")});
    --writing;
  };
  std::thread one(write, "x"), two(write, "y");
  auto store = open_store(server.url());
  std::uint64_t seen = 0;
  std::size_t count = 0;
  for (bool last = false; !last;) {
    last = writing == 0;
    for (auto changes = store->changes(seen, 7); !changes.empty();
         changes = store->changes(seen, 7)) {
      count += changes.size();
      seen = changes.back().sequence;
    }
  }
  one.join();
  two.join();
  EXPECT_EQ(count, 3U + 400U);
}

TEST(Store, PostgresSaysThatNoServerAnswers) {
  EXPECT_KINDRED_ERROR(open_store("postgres://kindred@/x?host=/nowhere"), ErrorKind::not_found,
                       "no PostgreSQL server answers");
}

}  // namespace
}  // namespace kindred::catalog
