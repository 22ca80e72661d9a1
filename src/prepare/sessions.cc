#include "prepare/sessions.h"

#include <algorithm>
#include <unordered_map>

#include "prepare/query_text.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kLookedThrough = 32;  // items; more are looked up
constexpr std::size_t kMostItems = 5000;    // of a view

// The same line twice, as a page that reports an event twice or an export of overlapping days has
// it.
bool same_event(const LogLine& a, const LogLine& b) {
  return a.time == b.time && a.type == b.type && a.session == b.session && a.search == b.search &&
         a.query == b.query && a.items == b.items;
}

bool is_reaction(LogType type) {
  return type == LogType::click || type == LogType::cart || type == LogType::order;
}

}  // namespace

struct SessionBuilder::View {
  SearchView view;
  std::uint64_t sequence = 0;
  std::uint64_t query = 0;  // of the normalised text
  std::vector<std::uint64_t> searches;
  std::unordered_map<std::uint64_t, std::size_t> by_id;        // of large views
  std::unordered_map<std::uint32_t, std::size_t> by_position;  // likewise

  ViewedItem* find(const std::string& id) {
    if (view.items.size() > kLookedThrough) {
      const auto found = by_id.find(hash_text(id));
      return found == by_id.end() ? nullptr : &view.items[found->second];
    }
    for (ViewedItem& item : view.items)
      if (item.id == id) return &item;
    return nullptr;
  }
  const ViewedItem* at(std::uint32_t position) const {
    if (view.items.size() > kLookedThrough) {
      const auto found = by_position.find(position);
      return found == by_position.end() ? nullptr : &view.items[found->second];
    }
    for (const ViewedItem& item : view.items)
      if (item.position == position) return &item;
    return nullptr;
  }
  ViewedItem& add(const std::string& id, std::uint32_t position) {
    ViewedItem& item = view.items.emplace_back();
    item.id = id;
    item.position = position;
    if (view.items.size() == kLookedThrough + 1) {
      for (std::size_t i = 0; i + 1 < view.items.size(); ++i) index(i);
    }
    if (view.items.size() > kLookedThrough) index(view.items.size() - 1);
    return item;
  }
  std::uint32_t last_position() const {
    std::uint32_t last = 0;
    for (const ViewedItem& item : view.items) last = std::max(last, item.position);
    return last;
  }
  bool has_search(std::uint64_t id) const {
    return std::find(searches.begin(), searches.end(), id) != searches.end();
  }
  bool clicked() const {
    return std::any_of(view.items.begin(), view.items.end(),
                       [](const ViewedItem& item) { return item.clicked; });
  }

 private:
  void index(std::size_t i) {
    by_id.emplace(hash_text(view.items[i].id), i);
    by_position.emplace(view.items[i].position, i);
  }
};

struct SessionBuilder::Session {
  std::span<LogLine* const> lines;
  std::vector<View>& views;  // of the user; those of the session begin at `first`
  std::size_t first;
  const SessionOptions& options;
  SessionCounts& counts;

  std::uint32_t position_of(const LogLine& line, const LogItem& item) const {
    if (item.position == kNoPosition) return 0;
    const std::int32_t base = line.counted ? 1 : options.first_position;
    return static_cast<std::uint32_t>(std::max(item.position - base + 1, 1));
  }

  // The latest that `fits`, of this session.
  template <typename Fits>
  View* latest(const Fits& fits) {
    for (std::size_t i = views.size(); i-- > first;)
      if (fits(views[i])) return &views[i];
    return nullptr;
  }

  View& open(const LogLine& line) {
    View& view = views.emplace_back();
    view.sequence = line.sequence;
    view.query = hash_text(normalize_query(line.query));
    view.view.query = tidy_query(line.query);
    view.view.language = line.language;
    view.view.time = line.time;
    view.view.session_start = lines.front()->time;
    view.view.user = line.user;
    if (line.search != 0) view.searches.push_back(line.search);
    return view;
  }

  // The view that a line's items could be more of.
  View* candidate(const LogLine& line, std::uint64_t query) {
    if (line.search != 0) {
      if (View* named = latest([&](const View& v) { return v.has_search(line.search); }))
        return named;
    }
    if (line.query.empty())
      return line.search == 0 && line.type == LogType::impression && views.size() > first
                 ? &views.back()
                 : nullptr;
    return latest([&](const View& v) { return v.query == query; });
  }

  // Whether the view and the line agree on what stands where.
  bool agree(View& view, const LogLine& line) const {
    for (const LogItem& item : line.items) {
      const std::uint32_t position = position_of(line, item);
      if (position == 0) continue;
      const ViewedItem* there = view.at(position);
      if (there != nullptr && there->id != item.id) return false;
      const ViewedItem* same = view.find(item.id);
      if (same != nullptr && same->position != 0 && same->position != position) return false;
    }
    return true;
  }

  double dwell_of(const LogItem& item, std::size_t at) const {
    if (item.dwell >= 0.0F) return item.dwell;
    for (std::size_t next = at + 1; next < lines.size(); ++next) {
      const LogLine& line = *lines[next];
      const bool same = !line.items.empty() &&
                        std::all_of(line.items.begin(), line.items.end(),
                                    [&](const LogItem& other) { return other.id == item.id; });
      if (same && (line.type == LogType::view || line.type == LogType::click)) continue;
      return static_cast<double>(line.time - lines[at]->time) / static_cast<double>(kSecond);
    }
    return -1.0;
  }

  void click(ViewedItem& item, double dwell, bool repeat_counts) {
    if (item.clicked && repeat_counts) ++counts.repeat_clicks;
    if (!item.clicked) ++counts.clicks;
    item.clicked = true;
    if (dwell >= options.long_click && !item.long_click) {
      item.long_click = true;
      ++counts.long_clicks;
    }
  }
  void put_in_cart(ViewedItem& item) {
    click(item, -1.0, false);  // from the page of results
    if (!item.in_cart) ++counts.carts;
    item.in_cart = true;
  }
  void order(ViewedItem& item) {
    if (!item.ordered) ++counts.orders;
    item.ordered = true;
  }
  void apply(ViewedItem& item, LogType type, double dwell) {
    if (type == LogType::click) click(item, dwell, true);
    if (type == LogType::cart) put_in_cart(item);
    if (type == LogType::order) order(item);
  }

  // The view of this session that a click, cart or order is about, where it shows the item.
  View* about(const LogLine& line, const std::string& id) {
    if (line.search != 0) {
      if (View* named = latest([&](const View& v) { return v.has_search(line.search); }))
        return named;
    }
    if (!line.query.empty()) {
      const std::uint64_t query = hash_text(normalize_query(line.query));
      if (View* found = latest([&](View& v) { return v.query == query && v.find(id) != nullptr; }))
        return found;
      return latest([&](const View& v) { return v.query == query; });
    }
    return latest([&](View& v) {
      const ViewedItem* item = v.find(id);
      return item != nullptr && (line.type != LogType::order || item->clicked || item->in_cart);
    });
  }

  // A click of an earlier session that a cart or an order comes of.
  ViewedItem* earlier(const LogLine& line, const std::string& id) {
    for (std::size_t i = first; i-- > 0;) {
      if (line.time - views[i].view.time > options.attribution) continue;
      if (line.search != 0 && !views[i].has_search(line.search)) continue;
      ViewedItem* item = views[i].find(id);
      if (item != nullptr && item->clicked) return item;
    }
    return nullptr;
  }
};

void SessionBuilder::show(Session& session, const LogLine& line) {
  const std::uint64_t query = hash_text(normalize_query(line.query));
  View* view = session.candidate(line, query);
  if (view == nullptr && tidy_query(line.query).empty()) {
    ++counts_.browsing;
    return;
  }
  const bool again = view != nullptr && session.agree(*view, line);
  if (!again) {
    if (view != nullptr && line.query.empty()) {
      // Another order of a search that only its id names.
      LogLine named = line;
      named.query = view->view.query;
      named.language = view->view.language;
      view = &session.open(named);
    } else {
      view = &session.open(line);
    }
  } else if (line.search != 0 && !view->has_search(line.search)) {
    view->searches.push_back(line.search);
  }
  if (view->view.language.empty()) view->view.language = line.language;
  bool news = line.items.empty();
  for (const LogItem& item : line.items) {
    const std::uint32_t position = session.position_of(line, item);
    ViewedItem* there = view->find(item.id);
    const bool only_marked = position == 0 && line.type != LogType::impression;
    if (there == nullptr) {
      if (view->view.items.size() >= kMostItems) continue;
      news = true;
      const std::uint32_t place = position != 0 ? position
                                  : only_marked ? 0
                                                : view->last_position() + 1;
      if (only_marked) ++counts_.unseen_clicks;
      there = &view->add(item.id, place);
    } else if (there->position == 0 && position != 0) {
      there->position = position;
    }
    if (item.clicked) session.click(*there, item.dwell, false);
    if (item.in_cart) session.put_in_cart(*there);
    if (item.ordered) session.order(*there);
  }
  if (line.type == LogType::list && line.items.empty()) ++counts_.no_results;
  if (again && !news) ++counts_.refreshes;
}

void SessionBuilder::react(Session& session, const LogLine& line, std::size_t at) {
  for (const LogItem& item : line.items) {
    const double dwell = line.type == LogType::click ? session.dwell_of(item, at) : -1.0;
    View* view = session.about(line, item.id);
    ViewedItem* there = view != nullptr ? view->find(item.id) : nullptr;
    if (there == nullptr && line.type != LogType::click) {
      there = session.earlier(line, item.id);
      if (there != nullptr) ++counts_.late_orders;
    }
    const bool of_a_query = view != nullptr || !tidy_query(line.query).empty();
    if (there == nullptr && !of_a_query) {
      ++counts_.unattributed;
      continue;
    }
    if (there == nullptr) {
      if (view == nullptr) view = &session.open(line);
      ++counts_.unseen_clicks;
      there = &view->add(item.id, 0);
    }
    session.apply(*there, line.type, dwell);
  }
}

void SessionBuilder::add_session(std::span<LogLine* const> lines, std::vector<View>& views) {
  Session session{lines, views, views.size(), options_, counts_};
  ++counts_.sessions;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const LogLine& line = *lines[at];
    if (line.type <= LogType::impression) show(session, line);
    if (is_reaction(line.type)) react(session, line, at);
  }
  for (std::size_t i = session.first + 1; i < views.size(); ++i)
    if (views[i].query != views[i - 1].query && !views[i - 1].clicked() && views[i].clicked())
      ++counts_.reformulations;
}

void SessionBuilder::add_user(std::span<LogLine> lines) {
  std::vector<std::vector<LogLine*>> sessions;
  std::unordered_map<std::uint64_t, std::size_t> named;
  std::size_t unnamed = 0;  // of the last line without a session's id
  Microseconds last = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    LogLine& line = lines[i];
    bool repeated = false;
    for (std::size_t j = i; j-- > 0 && lines[j].time == line.time && i - j < 64 && !repeated;)
      repeated = same_event(lines[j], line);
    if (repeated) {
      ++counts_.duplicates;
      continue;
    }
    std::size_t place = sessions.size();
    if (line.session != 0) {
      place = named.try_emplace(line.session, place).first->second;
    } else {
      if (last != 0 && line.time - last <= options_.gap) place = unnamed;
      last = line.time;
      unnamed = place;
    }
    if (place == sessions.size()) sessions.emplace_back();
    sessions[place].push_back(&line);
  }
  std::vector<View> views;
  for (const std::vector<LogLine*>& session : sessions) add_session(session, views);
  for (View& each : views) {
    std::stable_sort(each.view.items.begin(), each.view.items.end(),
                     [](const ViewedItem& a, const ViewedItem& b) {
                       return a.position - 1U < b.position - 1U;  // 0 last
                     });
    ++counts_.searches;
    emit_(each.view, each.sequence);
  }
}

}  // namespace kindred::prepare
