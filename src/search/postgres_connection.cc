#include "search/postgres_connection.h"

#include <poll.h>

#include <charconv>
#include <cstddef>
#include <exception>
#include <memory>
#include <regex>

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

/// Whether libpq has a value of its own for an option: from the environment.
bool has_default(std::string_view name) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconndefaults(),
                                                                               PQconninfoFree);
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
    if (option->keyword == name) return option->val != nullptr && option->val[0] != '\0';
  return false;
}

PGconn* connect(const std::string& url) {
  // Of a name that is given twice the last value counts: the address may say otherwise.
  std::vector<const char*> names = {"fallback_application_name", "keepalives_idle",
                                    "keepalives_interval", "keepalives_count", "tcp_user_timeout"};
  std::vector<const char*> values = {"kindred", "30", "10", "3", "60000"};
  if (!has_default("connect_timeout")) {
    names.push_back("connect_timeout");
    values.push_back("10");
  }
  names.insert(names.end(), {"dbname", nullptr});
  values.insert(values.end(), {url.c_str(), nullptr});
  return PQconnectdbParams(names.data(), values.data(), /*expand_dbname=*/1);
}

std::string host_and_port(std::string_view host, std::string_view port) {
  if (host.empty()) host = "the default host";
  const bool usual = port.empty() || port == "5432";
  return std::string(host) + (usual ? "" : ":" + std::string(port));
}

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : first_line(text);
}

// An error that a partition's server sent, or that postgres_fdw had with it.
[[noreturn]] void fail_partition(const std::string& place, const PGresult* result) {
  const std::string message = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* whole_context = PQresultErrorField(result, PG_DIAG_CONTEXT);
  const std::string context = whole_context == nullptr ? "" : whole_context;
  // Without a name in the message itself, the schema in the statement is called like the server.
  static const std::regex statement_of(
      R"(([a-z_][a-z0-9_]*_[0-9]+)\.(items|postings|term_counts|inbox|effort))");
  std::smatch match;
  std::string name = "a partition's server";
  if (std::regex_search(context, match, statement_of)) name = "the server of " + match[1].str();
  const std::string detail = field_of(result, PG_DIAG_MESSAGE_DETAIL);
  fail(ErrorKind::not_found,
       "PostgreSQL database {}: {}{}: {} does not answer, and every search and write needs all of "
       "them; start it again, or say where it is now: ALTER SERVER … OPTIONS (SET host '…')",
       place, message, detail.empty() ? "" : " (" + detail + ")", name);
}

// Classes of SQLSTATE: 53 resources, 55 locked, 57 shutting down, XX damage; none: it is gone.
ErrorKind kind_of(std::string_view code) {
  if (code == "57014") return ErrorKind::exhausted;  // statement_timeout
  if (code.starts_with("53") || code.starts_with("55")) return ErrorKind::exhausted;
  if (code.starts_with("XX")) return ErrorKind::corrupt;
  return code.empty() || code.starts_with("57") ? ErrorKind::not_found : ErrorKind::bad_input;
}

std::string_view advice_for(std::string_view code) {
  if (code.empty() || code.starts_with("57P"))
    return "; is the server running? The same command goes on when it is";
  if (code == "57014") return "; raise statement_timeout, or ask for less";
  if (code == "42501") return "; let the owner of the tables run this, or GRANT the right";
  return "";
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

namespace {

std::vector<const char*> values_of(const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) {
    if (parameter.find('\0') != std::string::npos) {
      fail(ErrorKind::bad_input,
           "a text has a NUL character in it, which PostgreSQL does not store; remove it");
    }
    values.push_back(parameter.c_str());
  }
  return values;
}

}  // namespace

SqlConnection::SqlConnection(const std::string& url) : connection_(connect(url)) {
  if (broken() && PQconnectionNeedsPassword(connection_.get()) != 0) {
    fail(ErrorKind::not_found,
         "the PostgreSQL server of {} asks for a password; write it into ~/.pgpass (PGPASSFILE)",
         place());
  }
  if (broken()) {
    fail(ErrorKind::not_found,
         "no PostgreSQL server answers: {}; is it running, and is the address right?",
         first_line(PQerrorMessage(connection_.get())));
  }
  // sql_literal relies on the last of them.
  script(
      "SET client_min_messages = warning; SET extra_float_digits = 1; "
      "SET standard_conforming_strings = on");
}

std::string SqlConnection::place() const {
  const PGconn* connection = connection_.get();
  return fmt::format("{} at {}", PQdb(connection),
                     host_and_port(PQhost(connection), PQport(connection)));
}

namespace {

// Frees `list`.
std::vector<ConnectionOption> given_of(PQconninfoOption* list) {
  std::vector<ConnectionOption> options;
  for (const PQconninfoOption* o = list; o != nullptr && o->keyword != nullptr; ++o)
    if (o->val != nullptr && *o->val != '\0') options.push_back({o->keyword, o->val});
  PQconninfoFree(list);
  return options;
}

}  // namespace

std::vector<ConnectionOption> SqlConnection::options() const {
  std::vector<ConnectionOption> options = given_of(PQconninfo(connection_.get()));
  std::erase_if(options, [](const ConnectionOption& option) { return option.name == "password"; });
  return options;
}

std::string SqlConnection::password() const {
  return PQconnectionUsedPassword(connection_.get()) != 0 ? PQpass(connection_.get()) : "";
}

bool SqlConnection::alive() noexcept {
  pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
  // A server that stops says so first; the end of the connection is behind that.
  while (!broken() && ::poll(&socket, 1, /*timeout=*/0) > 0) PQconsumeInput(connection_.get());
  return !broken();
}

SqlRows SqlConnection::run(const std::string& sql, const std::vector<std::string>& parameters) {
  const std::vector<const char*> values = values_of(parameters);
  return checked(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                              nullptr, values.data(), nullptr, nullptr, 0));
}

void SqlConnection::for_each(const std::string& sql, const std::vector<std::string>& parameters,
                             const std::function<void(const SqlRows& row)>& row) {
  const std::vector<const char*> values = values_of(parameters);
  PGconn* connection = connection_.get();
  if (PQsendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    checked(nullptr);
  }
  PQsetSingleRowMode(connection);
  std::exception_ptr problem;
  while (PGresult* result = PQgetResult(connection)) {  // to the end, or the connection is no use
    try {
      const SqlRows rows = checked(result);
      if (rows.size() > 0 && !problem) row(rows);
    } catch (...) {
      if (!problem) problem = std::current_exception();
    }
  }
  if (problem) std::rethrow_exception(problem);
}

void SqlConnection::script(const std::string& sql) {
  checked(PQexec(connection_.get(), sql.c_str()));
}

SqlRows SqlConnection::checked(PGresult* raw) const {
  SqlRows rows(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE)
    return rows;
  const std::string code = field_of(raw, PG_DIAG_SQLSTATE);
  const bool remote = field_of(raw, PG_DIAG_CONTEXT).starts_with("remote SQL command");
  if (code.starts_with("08") || (remote && code.starts_with("57P"))) fail_partition(place(), raw);
  std::string message = field_of(raw, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = first_line(PQerrorMessage(connection_.get()));
  const std::string detail = field_of(raw, PG_DIAG_MESSAGE_DETAIL);
  fail(kind_of(code), "PostgreSQL database {}: {}{}{}", place(), message,
       detail.empty() ? "" : " (" + detail + ")", advice_for(code));
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

SqlTransaction::SqlTransaction(SqlConnection& connection, Kind kind) : connection_(connection) {
  connection_.script(kind == Kind::reading ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                           : "BEGIN");
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

std::vector<ConnectionOption> parse_address(const std::string& url) {
  char* problem = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &problem);
  if (parsed == nullptr) {
    const std::string reason = problem == nullptr ? "no memory" : first_line(problem);
    PQfreemem(problem);
    fail(ErrorKind::bad_input,
         "an address is not one of PostgreSQL (postgres://user@host/database): {}", reason);
  }
  return given_of(parsed);
}

std::string describe_address(const std::string& url) {
  std::string database, host, port, service;
  for (const ConnectionOption& option : parse_address(url)) {
    if (option.name == "dbname") database = option.value;
    if (option.name == "host" || (option.name == "hostaddr" && host.empty())) host = option.value;
    if (option.name == "port") port = option.value;
    if (option.name == "service") service = option.value;
  }
  if (!service.empty()) return "service " + service;
  return fmt::format("{} at {}", database.empty() ? "the default database" : database,
                     host_and_port(host, port));
}

void refuse_password(const std::string& url) {
  for (const ConnectionOption& option : parse_address(url)) {
    if (option.name != "password" && option.name != "sslpassword") continue;
    fail(ErrorKind::bad_input,
         "the address of {} has a password in it, which others could read in shop.json and in the "
         "list of processes; leave it out, and write it into ~/.pgpass (PGPASSFILE), or name a "
         "service: postgres:///?service=NAME",
         describe_address(url));
  }
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
