#include "search/postgres_connection.h"

#include <poll.h>

#include <charconv>

#include "base/error.h"

namespace kindred::search {
namespace {

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

template <typename T>
T parse(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(), "a number from PostgreSQL");
  return value;
}

}  // namespace

std::string_view SqlRows::text(std::size_t row, int column) const noexcept {
  return {PQgetvalue(result_.get(), static_cast<int>(row), column),
          static_cast<std::size_t>(PQgetlength(result_.get(), static_cast<int>(row), column))};
}

std::int64_t SqlRows::integer(std::size_t row, int column) const {
  return parse<std::int64_t>(text(row, column));
}
double SqlRows::number(std::size_t row, int column) const {
  return parse<double>(text(row, column));
}
std::uint64_t SqlRows::changed() const {
  return parse<std::uint64_t>(PQcmdTuples(result_.get()));
}

SqlConnection::SqlConnection(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (broken()) {
    fail(ErrorKind::not_found,
         "no PostgreSQL server answers: {}; is it running, and is the address right?",
         first_line(PQerrorMessage(connection_.get())));
  }
  script("SET client_min_messages = warning; SET extra_float_digits = 1");
}

bool SqlConnection::alive() noexcept {
  pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
  // A server that stops says so first; the end of the connection is behind that.
  while (!broken() && ::poll(&socket, 1, /*timeout=*/0) > 0) PQconsumeInput(connection_.get());
  return !broken();
}

SqlRows SqlConnection::run(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) {
    if (parameter.find('\0') != std::string::npos) {
      fail(ErrorKind::bad_input,
           "a text has a NUL character in it, which PostgreSQL does not store; remove it");
    }
    values.push_back(parameter.c_str());
  }
  return checked(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                              nullptr, values.data(), nullptr, nullptr, 0));
}

void SqlConnection::script(const std::string& sql) {
  checked(PQexec(connection_.get(), sql.c_str()));
}

void SqlConnection::fail_partition(const PGresult* result) const {
  const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  const char* context = PQresultErrorField(result, PG_DIAG_CONTEXT);
  const std::string more = first_line(detail != nullptr    ? detail
                                      : context != nullptr ? context
                                                           : "");
  fail(
      ErrorKind::not_found,
      "PostgreSQL database {}: {} ({}): a partition's server does not answer, and every search and "
      "write needs all of them; start it again, or say where it is now: ALTER SERVER … OPTIONS "
      "(SET "
      "host '…')",
      PQdb(connection_.get()), first_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)),
      more);
}

SqlRows SqlConnection::checked(PGresult* raw) const {
  SqlRows rows(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return rows;
  const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
  const std::string_view code = state == nullptr ? "" : state;
  if (code.starts_with("08")) fail_partition(raw);
  // Classes of SQLSTATE: 53 resources, 55 locked, 57 shutting down, XX damage; none: it is gone.
  const ErrorKind kind = code.starts_with("53") || code.starts_with("55") ? ErrorKind::exhausted
                         : code.starts_with("XX")                         ? ErrorKind::corrupt
                         : code.empty() || code.starts_with("57")         ? ErrorKind::not_found
                                                                          : ErrorKind::bad_input;
  fail(kind, "PostgreSQL database {}: {}", PQdb(connection_.get()),
       first_line(PQerrorMessage(connection_.get())));
}

SqlPool::Lease SqlPool::take() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->alive()) return {*this, std::move(connection)};
    }
  }
  return {*this, std::make_unique<SqlConnection>(url_)};
}

void SqlPool::give_back(std::unique_ptr<SqlConnection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

SqlTransaction::SqlTransaction(SqlConnection& connection) : connection_(connection) {
  connection_.script("BEGIN");
}

SqlTransaction::~SqlTransaction() {
  if (!open_) return;
  try {
    connection_.script("ROLLBACK");
  } catch (const Error&) {  // the server is gone, and the transaction with it
  }
}

void SqlTransaction::commit() {
  connection_.script("COMMIT");
  open_ = false;
}

std::string sql_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal + '\'';
}

std::string sql_array(const std::vector<std::string>& texts) {
  std::string literal = "{";
  for (const std::string& text : texts) {
    literal += literal.size() > 1 ? ",\"" : "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  return literal + "}";
}

}  // namespace kindred::search
