#include "prepare/click_job.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/system_error.h"
#include "prepare/click_stages.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLeastMemory = std::size_t{16} << 20;

void check(const ClickJobOptions& options) {
  if (options.logs.empty()) fail(ErrorKind::bad_input, "no click log is named");
  if (options.memory < kLeastMemory)
    fail(ErrorKind::bad_input, "sorting needs at least 16M of memory");
  double sum = 0.0;
  for (const double share : options.parts) {
    if (!(share >= 0.0)) fail(ErrorKind::bad_input, "the shares of the parts must not be negative");
    sum += share;
  }
  if (std::abs(sum - 1.0) > 1e-6 || options.parts[0] <= 0.0) {
    fail(ErrorKind::bad_input,
         "the shares of train, dev and test must add up to 1, with something for train, as in "
         "0.8,0.1,0.1; they add up to {:g}",
         sum);
  }
  if (options.session.first_position != 0 && options.session.first_position != 1)
    fail(ErrorKind::bad_input, "positions begin with 0 or 1");
  if (io::is_file(options.output) || io::is_directory(options.output))
    fail(ErrorKind::bad_input, "{}: exists already; choose a new directory", options.output);
}

// Whatever the result depends on.
std::string key_of(const ClickJobOptions& options) {
  std::string key = fmt::format(
      "clicks 1\n{} {} {} {}\n{} {} {} {} {} {}\n{} {} {} {}\n{} {} {} {}\n{} {} {} {}\n",
      options.session.gap, options.session.long_click, options.session.attribution,
      options.first_position.value_or(-1), options.bots.keep, options.bots.queries_a_minute,
      options.bots.clicks_a_minute, options.bots.queries_a_day, options.bots.items_a_day,
      options.bots.events, options.judgement.min_clicks, options.judgement.min_examined,
      options.judgement.views_a_user, options.judgement.clip, options.parts[0], options.parts[1],
      options.seen_queries + 2 * options.by_lot, options.seed, options.pairs_a_query,
      options.negatives, options.log.zone, options.catalogue);
  key += options.prompt.version() + options.log.columns.described() + sha256(options.log.salt);
  key += options.log.format ? io::to_string(*options.log.format) : "";
  for (const std::string& log : options.logs) {
    struct stat status {};
    if (log == "-") {
      key += "\n-";
      continue;
    }
    if (::stat(log.c_str(), &status) != 0) io::fail_system(errno, "read", log);
    key += fmt::format("\n{} {} {}.{}", log, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
  }
  return sha256(key);
}

void write_rejects(const ClickReport& report, const std::string& directory) {
  auto file = io::AtomicFile::create(io::join_path(directory, "rejects.jsonl"));
  for (const auto& [reason, counts] : report.rejects) {
    for (const LogReject& reject : counts.sample) {
      const Json line = {{"reason", reason}, {"line", reject.line}, {"text", reject.text}};
      file.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
    }
  }
  file.commit();
}

void remove_all(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) fail(ErrorKind::bad_input, "{} cannot be removed: {}", path, error.message());
}

void make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail(ErrorKind::not_found, "{} cannot be made: {}", path, error.message());
}

bool run_stages(ClickWork& work, const std::string& out) {
  using Stage = ClickState::Stage;
  if (work.state.stage == Stage::read && !read_logs(work)) return false;
  if (work.state.stage == Stage::join && !join_searches(work)) return false;
  if (work.state.stage == Stage::sessions && !build_sessions(work)) return false;
  return judge_queries(work, out);
}

}  // namespace

void ClickWork::measure() {
  std::uint64_t bytes = 0;
  for (const std::string& file : io::list_directory(directory)) {
    const std::string path = io::join_path(directory, file);
    if (io::is_file(path)) bytes += io::file_size(path);
  }
  state.report.temporary_bytes = std::max(state.report.temporary_bytes, bytes);
}

std::optional<ClickReport> prepare_clicks(const ClickJobOptions& options) {
  check(options);
  const Clock::time_point start = Clock::now();
  std::string output = options.output;
  while (output.size() > 1 && output.ends_with('/')) output.pop_back();
  const std::string key = key_of(options);
  const std::string directory = output + ".prepare";
  make_directory(directory);
  // Held until the end: two runs would write the same files.
  const io::AtomicFile lock = io::AtomicFile::resume(io::join_path(directory, "lock"));
  const bool resumable =
      std::find(options.logs.begin(), options.logs.end(), "-") == options.logs.end();
  auto known = ClickState::load(directory, key);
  // Standard input cannot be read again, but what was made of it goes on.
  if (known && !resumable && known->stage == ClickState::Stage::read) known.reset();
  ClickWork work{options, directory, key, known.value_or(ClickState{})};
  const double before = work.state.report.seconds;
  const std::string out = io::join_path(directory, "out");
  remove_all(out);
  make_directory(out);
  const auto spent = [&] {
    return before + std::chrono::duration<double>(Clock::now() - start).count();
  };
  if (!run_stages(work, out)) return std::nullopt;
  ClickReport& report = work.state.report;
  report.seconds = spent();
  write_rejects(report, out);
  io::write_text_file(io::join_path(out, "report.json"), to_json(report) + "\n");
  std::error_code error;
  fs::rename(out, output, error);
  if (error) fail(ErrorKind::bad_input, "{}: cannot be made: {}", output, error.message());
  remove_all(directory);
  return report;
}

}  // namespace kindred::prepare
