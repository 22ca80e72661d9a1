// The catalogue in SQLite.
#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "catalog/store.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::catalog {
namespace {

constexpr int kApplicationId = 0x4b6e6364;  // "Kncd"
constexpr int kSchemaVersion = 2;
constexpr int kLockedMilliseconds = 10000;

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
      return ErrorKind::corrupt;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
      return ErrorKind::exhausted;
    default:
      return ErrorKind::bad_input;
  }
}

class Database {
 public:
  explicit Database(const std::string& path) : path_(path) {
    const int code = sqlite3_open_v2(path.c_str(), &handle_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code != SQLITE_OK) {
      const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : "no memory";
      sqlite3_close(handle_);
      fail(ErrorKind::not_found, "cannot open {}: {}; does its directory exist?", path, reason);
    }
    sqlite3_busy_timeout(handle_, kLockedMilliseconds);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close_v2(handle_); }

  sqlite3* handle() const { return handle_; }
  void execute(const char* sql) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail_with(code, sql);
  }
  [[noreturn]] void fail_with(int code, std::string_view doing) const {
    fail(kind_of(code), "{}: {} ({})", path_, sqlite3_errmsg(handle_), doing.substr(0, 40));
  }

 private:
  std::string path_;
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(Database& database, const char* sql) : database_(database) {
    const int code = sqlite3_prepare_v2(database.handle(), sql, -1, &statement_, nullptr);
    if (code != SQLITE_OK) database.fail_with(code, sql);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  /// Texts are not copied: they outlive the call of `step`.
  void bind(int index, std::string_view text) {
    // A null pointer would bind NULL.
    sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int index, std::int64_t number) { sqlite3_bind_int64(statement_, index, number); }
  /// True while there is a row.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
      reset();
      database_.fail_with(code, sqlite3_sql(statement_));
    }
    return false;
  }
  void reset() { sqlite3_reset(statement_); }
  std::string_view text(int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {bytes == nullptr ? "" : bytes,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  bool is_null(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

std::int64_t pragma(Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.step() ? statement.number(0) : 0;
}

/// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(&database) {
    database.execute("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (database_ != nullptr)
      sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    database_->execute("COMMIT");
    database_ = nullptr;
  }

 private:
  Database* database_;
};

/// Of each product the latest change alone: AUTOINCREMENT never gives a number twice, and a row
/// that is replaced gets a new one. A change without a product is a removal.
constexpr const char* kMakeChanges =
    "CREATE TABLE changes (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE)";

/// Version 1 had no changes: every product becomes one.
void upgrade_from_1(Database& database) {
  database.execute(kMakeChanges);
  database.execute("INSERT INTO changes (id) SELECT id FROM products ORDER BY id");
  database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion).c_str());
}

/// Makes the tables in an empty database, brings those of an older version up to date, and refuses
/// databases of other programs.
void prepare_schema(Database& database, const std::string& path) {
  database.execute("PRAGMA journal_mode = WAL");
  database.execute("PRAGMA synchronous = FULL");
  Transaction transaction(database);
  const std::int64_t tables = pragma(database, "SELECT count(*) FROM sqlite_master");
  const std::int64_t application = pragma(database, "PRAGMA application_id");
  const std::int64_t version = pragma(database, "PRAGMA user_version");
  if (tables == 0 && application == 0) {
    database.execute(
        "CREATE TABLE products (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID");
    database.execute(kMakeChanges);
    database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
    database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion).c_str());
  } else if (application != kApplicationId) {
    fail(ErrorKind::bad_input, "{} is a database of another program; name another file", path);
  } else if (version == 1) {
    upgrade_from_1(database);
  } else if (version != kSchemaVersion) {
    fail(ErrorKind::unsupported, "{}: version {} of the catalogue; this program reads up to {}",
         path, version, kSchemaVersion);
  }
  transaction.commit();
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(const std::string& path) : path_(path), database_(path) {
    prepare_schema(database_, path);
    get_.emplace(database_, "SELECT data FROM products WHERE id = ?1");
    put_.emplace(database_,
                 "INSERT INTO products (id, data) VALUES (?1, ?2) "
                 "ON CONFLICT (id) DO UPDATE SET data = excluded.data");
    remove_.emplace(database_, "DELETE FROM products WHERE id = ?1");
    page_.emplace(database_, "SELECT data FROM products WHERE id > ?1 ORDER BY id LIMIT ?2");
    note_.emplace(database_, "INSERT OR REPLACE INTO changes (id) VALUES (?1)");
    changes_.emplace(database_,
                     "SELECT sequence, id, data FROM changes LEFT JOIN products USING (id) "
                     "WHERE sequence > ?1 ORDER BY sequence LIMIT ?2");
  }

  UpsertCounts upsert(std::span<const Product> products) override {
    Transaction transaction(database_);
    const UpsertCounts counts = put(products);
    transaction.commit();
    return counts;
  }

  UpsertCounts update(std::span<const std::string> ids, const MakeProducts& make) override {
    Transaction transaction(database_);
    std::vector<Product> stored;
    for (const std::string_view id : std::set<std::string_view>(ids.begin(), ids.end())) {
      if (auto product = get(id)) stored.push_back(std::move(*product));
    }
    const UpsertCounts counts = put(make(std::move(stored)));
    transaction.commit();
    return counts;
  }

  std::optional<Product> get(std::string_view id) override {
    std::optional<Product> product;
    get_->bind(1, id);
    if (get_->step()) product = product_from_json(get_->text(0), path_);
    get_->reset();
    return product;
  }

  std::uint64_t remove(std::span<const std::string> ids) override {
    std::uint64_t removed = 0;
    Transaction transaction(database_);
    for (const std::string& id : ids) {
      remove_->bind(1, id);
      remove_->step();
      remove_->reset();
      if (sqlite3_changes(database_.handle()) == 0) continue;
      ++removed;
      note(id);
    }
    transaction.commit();
    return removed;
  }

  std::vector<Product> page(std::string_view after, std::size_t limit) override {
    std::vector<Product> products;
    page_->bind(1, after);
    page_->bind(2, static_cast<std::int64_t>(limit));
    while (page_->step()) products.push_back(product_from_json(page_->text(0), path_));
    page_->reset();
    return products;
  }

  std::uint64_t count() override {
    return static_cast<std::uint64_t>(pragma(database_, "SELECT count(*) FROM products"));
  }

  std::vector<Change> changes(std::uint64_t after, std::size_t limit) override {
    std::vector<Change> changes;
    changes_->bind(1, static_cast<std::int64_t>(after));
    changes_->bind(2, static_cast<std::int64_t>(limit));
    while (changes_->step()) {
      Change& change = changes.emplace_back();
      change.sequence = static_cast<std::uint64_t>(changes_->number(0));
      change.id = changes_->text(1);
      if (!changes_->is_null(2)) change.product = product_from_json(changes_->text(2), path_);
    }
    changes_->reset();
    return changes;
  }

  std::uint64_t count_changes(std::uint64_t after) override {
    return static_cast<std::uint64_t>(pragma(
        database_, fmt::format("SELECT count(*) FROM changes WHERE sequence > {}", after).c_str()));
  }

  std::uint64_t last_change() override {
    return static_cast<std::uint64_t>(
        pragma(database_, "SELECT seq FROM sqlite_sequence WHERE name = 'changes'"));
  }

  void verify() override {
    Statement check(database_, "PRAGMA integrity_check(1)");
    const std::string found = check.step() ? std::string(check.text(0)) : "nothing was read";
    if (found != "ok")
      fail(ErrorKind::corrupt, "{}: {}; restore the catalogue from a backup", path_, found);
    const auto strays =
        pragma(database_, "SELECT count(*) FROM products WHERE id NOT IN (SELECT id FROM changes)");
    if (strays != 0) {
      fail(ErrorKind::corrupt, "{}: {} products are in no change; restore it from a backup", path_,
           strays);
    }
  }

  void snapshot(const std::string& path) override {
    if (io::is_file(path)) fail(ErrorKind::bad_input, "{} exists; name a new file", path);
    const std::string partial = path + ".new";
    io::remove_file(partial);  // of an earlier try
    Statement copy(database_, "VACUUM INTO ?1");
    copy.bind(1, partial);
    copy.step();
    io::FileSystem& files = io::system_files();
    files.open(partial)->sync();
    files.rename(partial, path);
    files.sync_directory(io::directory_of(path));
  }

 private:
  // Within a transaction.
  UpsertCounts put(std::span<const Product> products) {
    std::map<std::string_view, const Product*> last;
    for (const Product& product : products) last[product.id] = &product;
    UpsertCounts counts;
    for (const auto& [id, latest] : last) {
      const Product& product = *latest;
      const std::string data = to_json(product);
      get_->bind(1, product.id);
      const bool exists = get_->step();
      const bool same = exists && get_->text(0) == data;
      get_->reset();
      ++(same ? counts.unchanged : exists ? counts.updated : counts.inserted);
      if (same) continue;
      put_->bind(1, product.id);
      put_->bind(2, data);
      put_->step();
      put_->reset();
      note(product.id);
    }
    return counts;
  }

  void note(std::string_view id) {
    note_->bind(1, id);
    note_->step();
    note_->reset();
  }

  std::string path_;
  Database database_;
  std::optional<Statement> get_, put_, remove_, page_, note_, changes_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::string& path) {
  return std::make_unique<SqliteStore>(path);
}

std::unique_ptr<Store> open_store(const std::string& target) {
  const bool server = target.starts_with("postgres://") || target.starts_with("postgresql://");
  return server ? open_postgres_store(target) : open_sqlite_store(target);
}

}  // namespace kindred::catalog
