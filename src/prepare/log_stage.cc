// Reading and joining.
#include <algorithm>

#include "base/error.h"
#include "io/file.h"
#include "prepare/click_stages.h"
#include "prepare/external_sort.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kRejectsShown = 10;  // of one reason
constexpr std::size_t kMostReasons = 100;
constexpr std::uint64_t kTellEvery = 20'000;
constexpr std::size_t kMostJoined = 20'000;  // lines of one search that are looked at together

constexpr const char* kSearchRuns = "search";
constexpr const char* kUserRuns = "user";

// One who is not known is someone else each time.
std::uint64_t user_of(const LogLine& line) {
  if (line.user != 0) return line.user;
  if (line.session != 0) return mix(line.session) | 1;
  return line.search != 0 ? mix(line.search + 1) | 1 : mix(line.sequence + 0x5EED) | 1;
}

SortKey key_by_user(const LogLine& line) {
  return {user_of(line), static_cast<std::uint64_t>(line.time), line.sequence};
}

class Reading {
 public:
  explicit Reading(ClickWork& work)
      : work_(work),
        state_(work.state),
        by_search_(work.directory, kSearchRuns, work.options.memory / 3, state_.search_runs),
        by_user_(work.directory, kUserRuns, work.options.memory / 3 * 2, state_.user_runs) {}

  bool run() {
    const auto& logs = work_.options.logs;
    for (; state_.file < logs.size(); ++state_.file, state_.rows = 0)
      if (!read_file(logs[state_.file])) return false;
    state_.stage = ClickState::Stage::join;
    checkpoint();
    work_.measure();
    return true;
  }

 private:
  bool read_file(const std::string& path) {
    ClickLogReader reader = ClickLogReader::open(path, work_.options.log);
    if (!reader.skip(state_.rows)) {
      fail(ErrorKind::corrupt, "{} has become shorter since it was begun; remove {} to start over",
           path, work_.directory);
    }
    ReadLog read;
    while (reader.next(read)) {
      ++state_.rows;
      ++state_.report.lines;
      if (read.reject) {
        reject(*read.reject, path);
      } else if (add(read.line)) {
        checkpoint();
        if (work_.stopped()) return false;
      }
      if (state_.report.lines % kTellEvery == 0) {
        work_.tell("read", state_.report.lines);
        if (work_.stopped()) {
          checkpoint();
          return false;
        }
      }
    }
    return true;
  }

  bool add(LogLine& line) {
    line.sequence = state_.sequence++;
    ClickReport& report = state_.report;
    ++report.types[std::string(to_string(line.type))];
    if (line.user == 0 && line.session == 0) ++report.anonymous;
    if (report.first_time == 0 || line.time < report.first_time) report.first_time = line.time;
    report.last_time = std::max(report.last_time, line.time);
    if (!line.counted) {
      for (const LogItem& item : line.items) {
        if (item.position == kNoPosition) continue;
        if (state_.least_position < 0 || item.position < state_.least_position)
          state_.least_position = item.position;
      }
    }
    bytes_.clear();
    encode(line, bytes_);
    if (line.search == 0) return by_user_.add(key_by_user(line), bytes_);
    // The join needs to know the user, too.
    put_user(line.user);
    return by_search_.add({line.search, static_cast<std::uint64_t>(line.time), line.sequence},
                          bytes_);
  }
  void put_user(std::uint64_t user) {
    bytes_.insert(0, reinterpret_cast<const char*>(&user), sizeof user);
  }

  void reject(const LogReject& reject, const std::string& path) {
    ClickReport& report = state_.report;
    ++report.rejected;
    const bool known = report.rejects.contains(reject.reason);
    const std::string reason =
        known || report.rejects.size() < kMostReasons ? reject.reason : "another reason";
    RejectCounts& counts = report.rejects[reason];
    ++counts.lines;
    if (counts.sample.size() >= kRejectsShown) return;
    counts.sample.push_back(reject);
    std::string& text = counts.sample.back().text;
    text = work_.options.log.salt.empty() ? fmt::format("{}: {}", path, text) : path;
  }

  void checkpoint() {
    by_search_.flush();
    by_user_.flush();
    state_.search_runs = by_search_.runs();
    state_.user_runs = by_user_.runs();
    state_.save(work_.directory, work_.key);
  }

  ClickWork& work_;
  ClickState& state_;
  ExternalSorter by_search_;
  ExternalSorter by_user_;
  std::string bytes_;
};

// What the lines of one search have in common.
void complete(std::vector<LogLine>& lines) {
  const auto first = [&](const auto& has) -> const LogLine* {
    const auto found = std::find_if(lines.begin(), lines.end(), has);
    return found == lines.end() ? nullptr : &*found;
  };
  const LogLine* query = first([](const LogLine& line) { return !line.query.empty(); });
  const LogLine* user = first([](const LogLine& line) { return line.user != 0; });
  const LogLine* session = first([](const LogLine& line) { return line.session != 0; });
  const LogLine* language = first([](const LogLine& line) { return !line.language.empty(); });
  const std::string the_query = query != nullptr ? query->query : "";
  const std::string the_language = language != nullptr ? language->language : "";
  const std::uint64_t the_user = user != nullptr ? user->user : 0;
  const std::uint64_t the_session = session != nullptr ? session->session : 0;
  const bool bot = first([](const LogLine& line) { return line.bot; }) != nullptr;
  for (LogLine& line : lines) {
    if (line.query.empty()) line.query = the_query;
    if (line.language.empty()) line.language = the_language;
    if (line.user == 0) line.user = the_user;
    if (line.session == 0) line.session = the_session;
    line.bot = line.bot || bot;
  }
}

}  // namespace

bool read_logs(ClickWork& work) {
  return Reading(work).run();
}

bool join_searches(ClickWork& work) {
  ClickState& state = work.state;
  const std::size_t memory = work.options.memory;
  ExternalSorter by_search(work.directory, kSearchRuns, memory / 3, state.search_runs);
  if (by_search.runs() > 0) {
    // What an interrupted join added lies behind the runs that were noted, and is gone.
    ExternalSorter by_user(work.directory, kUserRuns, memory / 3 * 2, state.user_runs);
    SortedRecords records = by_search.sorted(memory / 4);
    std::vector<LogLine> lines;
    std::string bytes;
    std::uint64_t done = 0;
    const auto flush = [&] {
      complete(lines);
      for (const LogLine& line : lines) {
        bytes.clear();
        encode(line, bytes);
        by_user.add(key_by_user(line), bytes);
      }
      lines.clear();
    };
    SortKey key;
    for (std::string_view record; records.next(key, record);) {
      if (!lines.empty() && (lines.back().search != key.major || lines.size() >= kMostJoined))
        flush();
      LogLine& line = lines.emplace_back();
      std::uint64_t user = 0;
      std::copy_n(record.data(), sizeof user, reinterpret_cast<char*>(&user));
      decode(record.substr(sizeof user), line);
      line.user = user;
      line.time = static_cast<Microseconds>(key.minor);
      line.sequence = key.sequence;
      if (++done % kTellEvery != 0) continue;
      work.tell("join", done);
      if (work.stopped()) return false;
    }
    flush();
    by_user.flush();
    state.user_runs = by_user.runs();
  }
  state.search_runs = 0;
  state.stage = ClickState::Stage::sessions;
  state.save(work.directory, work.key);
  work.measure();
  by_search.remove();
  return true;
}

}  // namespace kindred::prepare
