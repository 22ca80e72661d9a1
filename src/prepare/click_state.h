// How far the preparation of click logs has come, kept beside its temporary files. Tested by
// click_job_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "prepare/click_job.h"

namespace kindred::prepare {

/// What is finished, and what is known by it. Of the report: what reading and sessions counted.
struct ClickState {
  enum class Stage : std::uint8_t { read, join, sessions, judge };
  Stage stage = Stage::read;
  std::uint64_t file = 0;  ///< of the logs, that is being read
  std::uint64_t rows = 0;  ///< of it, that are in the runs
  std::uint64_t sequence = 0;
  std::size_t search_runs = 0;       ///< records by search, to be joined
  std::size_t user_runs = 0;         ///< by user and time
  std::size_t view_runs = 0;         ///< searches by query
  std::int64_t least_position = -1;  ///< that a log names; -1: none does
  struct Hour {
    std::uint64_t searches = 0;
    std::uint64_t items = 0;
  };
  std::map<std::int64_t, Hour> hours;  ///< by the beginnings of sessions
  ClickReport report;

  void save(const std::string& directory, const std::string& key) const;
  /// Nothing where there is no state, or one of other work. Errors: corrupt.
  static std::optional<ClickState> load(const std::string& directory, const std::string& key);
};

}  // namespace kindred::prepare
