// Connections to a PostgreSQL server. Tested by engine_test.cc, with a real server.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::search {

/// Rows of text; null is unset.
class SqlRows {
 public:
  explicit SqlRows(PGresult* result) : result_(result) {}

  std::size_t size() const noexcept { return static_cast<std::size_t>(PQntuples(result_.get())); }
  std::string_view text(std::size_t row, int column) const noexcept;
  bool is_null(std::size_t row, int column) const noexcept {
    return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
  }
  /// Errors: internal where it is none.
  std::int64_t integer(std::size_t row, int column) const;
  double number(std::size_t row, int column) const;
  /// Rows that a statement changed.
  std::uint64_t changed() const;

 private:
  struct Free {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Free> result_;
};

struct ConnectionOption {
  std::string name;  ///< libpq's: host, dbname, user …
  std::string value;
};

/// Threads: one at a time.
class SqlConnection {
 public:
  /// Waits ten seconds for a silent host, or as long as the address or PGCONNECT_TIMEOUT says, and
  /// notices within a minute that a host is gone. Errors: not_found when no server answers.
  explicit SqlConnection(const std::string& url);

  /// One statement with $1, $2 … as texts. Errors: not_found for a server that is gone; exhausted,
  /// corrupt, bad_input by what the server says.
  SqlRows run(const std::string& sql, const std::vector<std::string>& parameters = {});
  /// The same row by row, for what may be more than memory holds: `row` is given one at a time.
  void for_each(const std::string& sql, const std::vector<std::string>& parameters,
                const std::function<void(const SqlRows& row)>& row);
  /// Several statements without parameters.
  void script(const std::string& sql);
  bool broken() const noexcept { return PQstatus(connection_.get()) != CONNECTION_OK; }
  /// False where the server closed the connection while it was idle.
  bool alive() noexcept;
  /// What this connection was made with, defaults, environment and service included, password left
  /// out.
  std::vector<ConnectionOption> options() const;
  /// What the server asked for and got, from the address, PGPASSWORD or a password file; else
  /// empty.
  std::string password() const;

 private:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  SqlRows checked(PGresult* result) const;
  std::string place() const;
  std::unique_ptr<PGconn, Close> connection_;
};

/// As many connections as threads ask for at once; a broken one is replaced.
///
/// Threads: every method may run concurrently.
class SqlPool {
 public:
  explicit SqlPool(std::string url) : url_(std::move(url)) {}

  /// A connection of the caller's own until it goes.
  class Lease {
   public:
    Lease(SqlPool& pool, std::unique_ptr<SqlConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ && !connection_->broken()) pool_->give_back(std::move(connection_));
    }
    SqlConnection* operator->() { return connection_.get(); }
    SqlConnection& operator*() { return *connection_; }

   private:
    SqlPool* pool_;
    std::unique_ptr<SqlConnection> connection_;
  };
  Lease take();

 private:
  void give_back(std::unique_ptr<SqlConnection> connection);
  const std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqlConnection>> idle_;
};

/// A transaction that is undone unless it is committed.
class SqlTransaction {
 public:
  /// `reading`: every statement sees the state at the first one, and none may write.
  enum class Kind : std::uint8_t { writing, reading };
  explicit SqlTransaction(SqlConnection& connection, Kind kind = Kind::writing);
  ~SqlTransaction();
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;
  void commit();

 private:
  SqlConnection& connection_;
  bool open_ = true;
};

/// What an address says, without defaults. Errors: bad_input where it is not one of PostgreSQL.
std::vector<ConnectionOption> parse_address(const std::string& url);
/// The database and its host, and nothing secret: "shop at db:5433".
std::string describe_address(const std::string& url);
/// Errors: bad_input where the address has a password in it, with the places where it belongs.
void refuse_password(const std::string& url);

/// A text as a literal of SQL.
std::string sql_literal(std::string_view text);
/// The literal of an array, of texts or of numbers.
std::string sql_array(const std::vector<std::string>& texts);
template <typename T>
std::string sql_array(const std::vector<T>& numbers) {
  std::string literal = "{";
  for (const T number : numbers)
    literal += (literal.size() > 1 ? "," : "") + std::to_string(number);
  return literal + "}";
}

}  // namespace kindred::search
