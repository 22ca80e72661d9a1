#include "catalog/store.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::catalog {
namespace {

Product made(std::string id, std::string title) {
  return {.id = std::move(id), .titles = {{"en", std::move(title)}}, .price = 1.5};
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
  const std::vector<std::string> gone = {"a", "none", "twice"};
  EXPECT_EQ(store->remove(gone), 2U);
  EXPECT_EQ(store->count(), products.size() - 1);
  EXPECT_EQ(store->page("", 1000).size(), products.size() - 1);
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

TEST(Store, PostgresSaysThatNoServerAnswers) {
  EXPECT_KINDRED_ERROR(open_store("postgres://kindred@/x?host=/nowhere"), ErrorKind::not_found,
                       "no PostgreSQL server answers");
}

}  // namespace
}  // namespace kindred::catalog
