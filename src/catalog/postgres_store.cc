// The catalogue in PostgreSQL.
#include <libpq-fe.h>

#include <map>
#include <type_traits>

#include "base/error.h"
#include "catalog/store.h"

namespace kindred::catalog {
namespace {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, FreeResult>;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

/// Texts as the literal of a text[].
std::string array_of(const std::vector<std::string_view>& texts) {
  std::string literal = "{";
  for (const std::string_view text : texts) {
    literal += literal.size() > 1 ? ",\"" : "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  return literal + "}";
}

std::string first_line(const char* message) {
  const std::string_view text(message);
  return std::string(text.substr(0, text.find('\n')));
}

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      fail(ErrorKind::not_found,
           "no PostgreSQL server answers: {}; is it running, and is the address right?",
           first_line(PQerrorMessage(connection_.get())));
    }
    name_ = std::string("PostgreSQL database ") + PQdb(connection_.get());
    // "C": the order of bytes, as in the embedded store.
    run("SET client_min_messages = warning");
    make_tables();
    const std::string note =
        "noted AS (INSERT INTO kindred_changes (id, sequence) SELECT id, "
        "nextval('kindred_sequence') FROM changed ON CONFLICT (id) DO UPDATE SET sequence = "
        "excluded.sequence) ";
    prepare("upsert",
            "WITH changed AS (INSERT INTO kindred_products AS p (id, data) SELECT * FROM "
            "unnest($1::text[], $2::text[]) ON CONFLICT (id) DO UPDATE SET data = excluded.data "
            "WHERE p.data <> excluded.data RETURNING id, xmax = 0 AS is_new), " +
                note + "SELECT is_new FROM changed");
    prepare("get_all", "SELECT data FROM kindred_products WHERE id = ANY ($1::text[])");
    prepare("get", "SELECT data FROM kindred_products WHERE id = $1");
    prepare("remove",
            "WITH changed AS (DELETE FROM kindred_products WHERE id = ANY ($1::text[]) RETURNING "
            "id), " +
                note + "SELECT count(*) FROM changed");
    prepare("changes",
            "SELECT sequence, id, data FROM kindred_changes LEFT JOIN kindred_products USING (id) "
            "WHERE sequence > $1::bigint ORDER BY sequence LIMIT $2::bigint");
    prepare("count_changes", "SELECT count(*) FROM kindred_changes WHERE sequence > $1::bigint");
    prepare("last_change", "SELECT coalesce(max(sequence), 0) FROM kindred_changes");
    prepare("page", "SELECT data FROM kindred_products WHERE id > $1 ORDER BY id LIMIT $2::bigint");
    prepare("count", "SELECT count(*) FROM kindred_products");
  }

  UpsertCounts upsert(std::span<const Product> products) override {
    return in_transaction([&] { return put(products); });
  }

  UpsertCounts update(std::span<const std::string> ids, const MakeProducts& make) override {
    return in_transaction([&] {
      return put(make(products_of(execute("get_all", {array_of({ids.begin(), ids.end()})}))));
    });
  }

  std::optional<Product> get(std::string_view id) override {
    auto products = products_of(execute("get", {std::string(id)}));
    if (products.empty()) return std::nullopt;
    return std::move(products.front());
  }

  std::uint64_t remove(std::span<const std::string> ids) override {
    return in_transaction([&] {
      return number(execute("remove", {array_of({ids.begin(), ids.end()})}), 0, 0);
    });
  }

  std::vector<Product> page(std::string_view after, std::size_t limit) override {
    return products_of(execute("page", {std::string(after), std::to_string(limit)}));
  }

  std::uint64_t count() override { return number(execute("count", {}), 0, 0); }

  std::vector<Change> changes(std::uint64_t after, std::size_t limit) override {
    const Result result = execute("changes", {std::to_string(after), std::to_string(limit)});
    std::vector<Change> changes;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      Change& change = changes.emplace_back();
      change.sequence = number(result, row, 0);
      change.id = text(result, row, 1);
      if (PQgetisnull(result.get(), row, 2) == 0)
        change.product = product_from_json(text(result, row, 2), name_);
    }
    return changes;
  }

  std::uint64_t count_changes(std::uint64_t after) override {
    return number(execute("count_changes", {std::to_string(after)}), 0, 0);
  }

  std::uint64_t last_change() override { return number(execute("last_change", {}), 0, 0); }

  void verify() override {
    const Result strays =
        checked(PQexec(connection_.get(),
                       "SELECT count(*) FROM kindred_products p WHERE NOT EXISTS (SELECT 1 FROM "
                       "kindred_changes c WHERE c.id = p.id)"),
                "verify");
    if (number(strays, 0, 0) != 0) {
      fail(ErrorKind::corrupt, "{}: {} products are in no change; restore it from a backup", name_,
           number(strays, 0, 0));
    }
  }

  void snapshot(const std::string&) override {
    fail(ErrorKind::unsupported, "{}: a server is copied by its own means; use pg_dump", name_);
  }

 private:
  /// Every database change waits for this lock, so that sequence numbers become visible in order.
  static constexpr const char* kLock = "SELECT pg_advisory_xact_lock(7234290713)";

  void make_tables() {
    const Result found =
        checked(PQexec(connection_.get(), "SELECT to_regclass('kindred_changes') IS NOT NULL"),
                "looking for the tables");
    if (text(found, 0, 0) == "t") return;
    run("BEGIN");
    run(kLock);
    run("CREATE TABLE IF NOT EXISTS kindred_products (id text COLLATE \"C\" PRIMARY KEY, data text "
        "NOT NULL)");
    run("CREATE SEQUENCE IF NOT EXISTS kindred_sequence");
    run("CREATE TABLE IF NOT EXISTS kindred_changes (id text COLLATE \"C\" PRIMARY KEY, sequence "
        "bigint NOT NULL UNIQUE)");
    // Of a database from before there were changes, every product becomes one.
    run("INSERT INTO kindred_changes SELECT id, nextval('kindred_sequence') FROM (SELECT id FROM "
        "kindred_products ORDER BY id) AS p ON CONFLICT DO NOTHING");
    run("COMMIT");
  }
  /// What changes products, in a transaction of its own.
  template <typename Change>
  std::invoke_result_t<Change> in_transaction(Change change) const {
    run("BEGIN");
    try {
      run(kLock);
      auto result = change();
      run("COMMIT");
      return result;
    } catch (...) {
      PQclear(PQexec(connection_.get(), "ROLLBACK"));
      throw;
    }
  }
  // Within a transaction.
  UpsertCounts put(std::span<const Product> products) const {
    // One statement may not touch a row twice: of several with one id the last counts, the others
    // as what they would have been.
    std::map<std::string_view, std::string> rows;
    for (const Product& product : products) rows[product.id] = to_json(product);
    std::vector<std::string_view> ids;
    std::vector<std::string_view> data;
    for (const auto& [id, json] : rows) {
      ids.push_back(id);
      data.push_back(json);
    }
    const Result result = execute("upsert", {array_of(ids), array_of(data)});
    UpsertCounts counts;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      ++(*PQgetvalue(result.get(), row, 0) == 't' ? counts.inserted : counts.updated);
    }
    counts.unchanged = rows.size() - counts.inserted - counts.updated;
    return counts;
  }

  static std::string_view text(const Result& result, int row, int column) {
    return {PQgetvalue(result.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result.get(), row, column))};
  }
  static std::uint64_t number(const Result& result, int row, int column) {
    return std::stoull(PQgetvalue(result.get(), row, column));
  }
  Result checked(PGresult* raw, std::string_view doing) const {
    Result result(raw);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? "" : state;
    // Classes of SQLSTATE: 53 resources, 55 locked, XX damage; none: the connection is gone.
    const ErrorKind kind = code.starts_with("53") || code.starts_with("55") ? ErrorKind::exhausted
                           : code.starts_with("XX")                         ? ErrorKind::corrupt
                           : code.empty()                                   ? ErrorKind::not_found
                                                                            : ErrorKind::bad_input;
    fail(kind, "{}: {} ({})", name_, first_line(PQerrorMessage(connection_.get())), doing);
  }
  void run(const char* sql) const { checked(PQexec(connection_.get(), sql), sql); }
  void prepare(const char* name, const std::string& sql) const {
    checked(PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr), name);
  }
  Result execute(const char* name, const std::vector<std::string>& parameters) const {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    return checked(PQexecPrepared(connection_.get(), name, static_cast<int>(values.size()),
                                  values.data(), nullptr, nullptr, 0),
                   name);
  }
  std::vector<Product> products_of(const Result& result) const {
    std::vector<Product> products;
    products.reserve(static_cast<std::size_t>(PQntuples(result.get())));
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      products.push_back(product_from_json(text(result, row, 0), name_));
    }
    return products;
  }

  std::unique_ptr<PGconn, CloseConnection> connection_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Store> open_postgres_store(const std::string& url) {
  return std::make_unique<PostgresStore>(url);
}

}  // namespace kindred::catalog
