// The catalogue in PostgreSQL.
#include <libpq-fe.h>

#include <map>

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
    run("CREATE TABLE IF NOT EXISTS kindred_products (id text COLLATE \"C\" PRIMARY KEY, data text "
        "NOT NULL)");
    prepare(
        "upsert",
        "INSERT INTO kindred_products AS p (id, data) SELECT * FROM unnest($1::text[], $2::text[]) "
        "ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE p.data <> excluded.data "
        "RETURNING (xmax = 0)");
    prepare("get", "SELECT data FROM kindred_products WHERE id = $1");
    prepare("remove", "DELETE FROM kindred_products WHERE id = ANY ($1::text[])");
    prepare("page", "SELECT data FROM kindred_products WHERE id > $1 ORDER BY id LIMIT $2::bigint");
    prepare("count", "SELECT count(*) FROM kindred_products");
  }

  UpsertCounts upsert(std::span<const Product> products) override {
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

  std::optional<Product> get(std::string_view id) override {
    auto products = products_of(execute("get", {std::string(id)}));
    if (products.empty()) return std::nullopt;
    return std::move(products.front());
  }

  std::uint64_t remove(std::span<const std::string> ids) override {
    const Result result = execute("remove", {array_of({ids.begin(), ids.end()})});
    return std::stoull(PQcmdTuples(result.get()));
  }

  std::vector<Product> page(std::string_view after, std::size_t limit) override {
    return products_of(execute("page", {std::string(after), std::to_string(limit)}));
  }

  std::uint64_t count() override {
    return std::stoull(PQgetvalue(execute("count", {}).get(), 0, 0));
  }

 private:
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
  void prepare(const char* name, const char* sql) const {
    checked(PQprepare(connection_.get(), name, sql, 0, nullptr), name);
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
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      const auto size = static_cast<std::size_t>(PQgetlength(result.get(), row, 0));
      products.push_back(product_from_json({PQgetvalue(result.get(), row, 0), size}, name_));
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
