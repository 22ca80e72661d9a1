// Users and sessions.
#include "base/error.h"
#include "prepare/click_stages.h"
#include "prepare/external_sort.h"
#include "prepare/query_text.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

constexpr std::uint64_t kTellEvery = 20'000;
constexpr Microseconds kHour = 3600 * kSecond;
constexpr std::size_t kMostBytes = std::size_t{32} << 20;  // of one user

class Sessions {
 public:
  Sessions(ClickWork& work, ExternalSorter& by_query)
      : work_(work),
        by_query_(by_query),
        builder_(session_options(work),
                 [this](const SearchView& view, std::uint64_t sequence) { put(view, sequence); }) {}

  bool run(SortedRecords& records) {
    SortKey key;
    std::uint64_t done = 0;
    for (std::string_view record; records.next(key, record);) {
      if (seen_ > 0 && key.major != user_) end_user();
      user_ = key.major;
      take(key, record);
      if (++done % kTellEvery != 0) continue;
      work_.tell("sessions", done, work_.state.sequence);
      if (work_.stopped()) return false;
    }
    if (seen_ > 0) end_user();
    work_.state.report.sessions = builder_.counts();
    return true;
  }

 private:
  static SessionOptions session_options(const ClickWork& work) {
    SessionOptions options = work.options.session;
    options.first_position =
        work.options.first_position.value_or(work.state.least_position == 0 ? 0 : 1);
    return options;
  }

  // No more of a user is kept than it takes to see that it is none.
  void take(const SortKey& key, std::string_view record) {
    ++seen_;
    if (lines_.size() > work_.options.bots.events || bytes_ > kMostBytes) {
      if (!work_.options.bots.keep) return;
      builder_.add_user(lines_);
      lines_.clear();
      bytes_ = 0;
    }
    bytes_ += record.size();
    LogLine& line = lines_.emplace_back();
    decode(record, line);
    line.user = key.major;
    line.time = static_cast<Microseconds>(key.minor);
    line.sequence = key.sequence;
  }

  void end_user() {
    ClickReport& report = work_.state.report;
    ++report.users;
    auto reason = bot_reason(lines_, work_.options.bots);
    if (!reason && bytes_ > kMostBytes && !work_.options.bots.keep) reason = BotReason::volume;
    if (reason) {
      ++report.bot_users[static_cast<std::size_t>(*reason)];
      report.bot_lines[static_cast<std::size_t>(*reason)] += seen_;
    } else {
      builder_.add_user(lines_);
    }
    lines_.clear();
    bytes_ = 0;
    seen_ = 0;
  }

  void put(const SearchView& view, std::uint64_t sequence) {
    ClickState::Hour& hour = work_.state.hours[view.session_start / kHour];
    ++hour.searches;
    hour.items += view.items.size();
    encoded_.clear();
    encode(view, encoded_);
    by_query_.add({hash_text(normalize_query(view.query)), mix(sequence), sequence}, encoded_);
  }

  ClickWork& work_;
  ExternalSorter& by_query_;
  SessionBuilder builder_;
  std::vector<LogLine> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t seen_ = 0;  // lines of the user
  std::uint64_t user_ = 0;
  std::string encoded_;
};

}  // namespace

bool build_sessions(ClickWork& work) {
  ClickState& state = work.state;
  const std::size_t memory = work.options.memory;
  ExternalSorter by_user(work.directory, "user", memory / 4, state.user_runs);
  ExternalSorter by_query(work.directory, "query", memory / 4 * 3);
  SortedRecords records = by_user.sorted(memory / 4);
  if (!Sessions(work, by_query).run(records)) return false;
  by_query.flush();
  state.view_runs = by_query.runs();
  state.report.first_position =
      work.options.first_position.value_or(state.least_position == 0 ? 0 : 1);
  state.stage = ClickState::Stage::judge;
  state.save(work.directory, work.key);
  work.measure();
  by_user.remove();
  return true;
}

}  // namespace kindred::prepare
