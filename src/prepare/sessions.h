// What one user did, to the searches that came of it. Tested by sessions_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "prepare/click_log.h"
#include "prepare/search_view.h"

namespace kindred::prepare {

struct SessionOptions {
  Microseconds gap = 30 * 60 * kSecond;  ///< a longer silence ends a session without an id
  double long_click = 30.0;              ///< seconds until the next sign of life
  Microseconds attribution = 7 * 24 * 3600 * kSecond;  ///< from a click to its order
  std::int32_t first_position = 1;                     ///< as the log counts, 0 or 1

  bool operator==(const SessionOptions&) const = default;
};

struct SessionCounts {
  std::uint64_t sessions = 0;
  std::uint64_t searches = 0;       ///< views made
  std::uint64_t duplicates = 0;     ///< lines equal to one before them, at the same time
  std::uint64_t refreshes = 0;      ///< pages seen again in the session: one view
  std::uint64_t repeat_clicks = 0;  ///< on an item clicked before in the view: one click
  std::uint64_t clicks = 0;
  std::uint64_t long_clicks = 0;
  std::uint64_t carts = 0;
  std::uint64_t orders = 0;
  std::uint64_t unseen_clicks = 0;   ///< for a query, on an item that no line shows
  std::uint64_t unattributed = 0;    ///< clicks, carts and orders that come of no search
  std::uint64_t browsing = 0;        ///< lists without a query
  std::uint64_t late_orders = 0;     ///< orders and carts of an earlier session's click
  std::uint64_t reformulations = 0;  ///< a search without a click, then another query with one
  std::uint64_t no_results = 0;      ///< searches that found nothing, as far as the log says

  bool operator==(const SessionCounts&) const = default;
  /// Calls act(name, count) for each.
  template <typename Self, typename Act>
  static void for_each(Self& self, const Act& act) {
    act("sessions", self.sessions);
    act("searches", self.searches);
    act("duplicate_lines", self.duplicates);
    act("refreshes", self.refreshes);
    act("repeat_clicks", self.repeat_clicks);
    act("clicks", self.clicks);
    act("long_clicks", self.long_clicks);
    act("carts", self.carts);
    act("orders", self.orders);
    act("clicks_without_impression", self.unseen_clicks);
    act("events_without_search", self.unattributed);
    act("lists_without_query", self.browsing);
    act("late_orders", self.late_orders);
    act("reformulations", self.reformulations);
    act("searches_without_results", self.no_results);
  }
};

/// The searches of one user, whose lines are by time and then sequence:
///
/// - Lines with a session's id form that session; the others are parted where nothing happens for
///   the gap.
/// - Within a session, pages of one query are one view as long as they agree on what stands where:
///   a page that is loaded again is not seen anew, and the next page extends it. Another order is
///   another view.
/// - A click belongs to the search it names by id, else to the latest view of its query with the
///   item, else, where it names no query, to the latest view with the item. So do carts and orders,
///   which may also follow a click of an earlier session within the attribution's time.
/// - How long somebody stayed with a clicked item is told by the log, or the time to the next line
///   of the session that is not about the same item; behind the last nothing is known.
///
/// `emit` gets each view, with the sequence of its first line.
class SessionBuilder {
 public:
  SessionBuilder(const SessionOptions& options,
                 std::function<void(const SearchView&, std::uint64_t sequence)> emit)
      : options_(options), emit_(std::move(emit)) {}

  void add_user(std::span<LogLine> lines);
  const SessionCounts& counts() const noexcept { return counts_; }
  SessionCounts& counts() noexcept { return counts_; }

 private:
  struct View;
  struct Session;
  void add_session(std::span<LogLine* const> lines, std::vector<View>& views);
  void show(Session& session, const LogLine& line);
  void react(Session& session, const LogLine& line, std::size_t at);

  SessionOptions options_;
  std::function<void(const SearchView&, std::uint64_t)> emit_;
  SessionCounts counts_;
};

}  // namespace kindred::prepare
