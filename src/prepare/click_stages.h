// The stages of the preparation of click logs. Tested by click_job_test.cc.
#pragma once

#include <string>

#include "prepare/click_job.h"
#include "prepare/click_state.h"

namespace kindred::prepare {

/// What the stages share. Each continues with `state`, saves it, and returns false when stopped.
struct ClickWork {
  const ClickJobOptions& options;
  std::string directory;  ///< of temporary files
  std::string key;        ///< of the job
  ClickState state;

  bool stopped() const { return options.stop && options.stop(); }
  void tell(const char* stage, std::uint64_t done, std::optional<std::uint64_t> total = {}) const {
    if (options.progress) options.progress(stage, done, total);
  }
  /// Notes how much lies in the directory.
  void measure();
};

/// Logs to records by user and time, those that name a search by it.
bool read_logs(ClickWork& work);
/// Lines of one search tell each other its query, user, session and language.
bool join_searches(ClickWork& work);
/// Users' records to searches by query.
bool build_sessions(ClickWork& work);
/// Searches to judgements and pairs, written into the directory `out`.
bool judge_queries(ClickWork& work, const std::string& out);

}  // namespace kindred::prepare
