// Click models, judgements, pairs.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "io/file.h"
#include "prepare/click_output.h"
#include "prepare/click_stages.h"
#include "prepare/external_sort.h"
#include "prepare/query_text.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

constexpr std::uint64_t kTellEvery = 20'000;
constexpr Microseconds kHour = 3600 * kSecond;
constexpr std::size_t kSampleItems = 2'000'000;  // shown, that models are fitted to
constexpr std::size_t kSampleViews = 2'000;      // of one query
constexpr std::size_t kQueryViews = 100'000;     // of one query, that are looked at
constexpr std::size_t kMostWords = 10;

// Where the parts begin.
std::array<Microseconds, kParts> part_begins(const ClickState& state,
                                             const std::array<double, kParts>& shares) {
  std::uint64_t all = 0;
  for (const auto& [hour, counts] : state.hours) all += counts.searches;
  std::array<Microseconds, kParts> begins{};
  std::uint64_t before = 0;
  double share = shares[0];
  std::size_t part = 1;
  for (const auto& [hour, counts] : state.hours) {
    while (part < kParts && static_cast<double>(before) >= share * static_cast<double>(all)) {
      begins[part] = hour * kHour;
      share += shares[part++];
    }
    before += counts.searches;
  }
  for (; part < kParts; ++part) begins[part] = (state.hours.rbegin()->first + 1) * kHour;
  begins[0] = state.hours.begin()->first * kHour;
  return begins;
}

std::size_t part_of(const SearchView& view, const std::array<Microseconds, kParts>& begins) {
  std::size_t part = 0;
  while (part + 1 < kParts && view.session_start >= begins[part + 1]) ++part;
  return part;
}

// The part that a query is drawn for.
std::size_t lot_of(std::uint64_t query, const ClickJobOptions& options) {
  double at = std::ldexp(static_cast<double>(mix(query + mix(options.seed + 1))), -64);
  std::size_t part = 0;
  while (part + 1 < kParts && at >= options.parts[part]) at -= options.parts[part++];
  return part;
}

// Searches of whole queries, so many as models need.
class Sampler {
 public:
  Sampler(std::uint64_t items, std::uint64_t seed) : seed_(seed) {
    const double share =
        static_cast<double>(kSampleItems) / static_cast<double>(std::max<std::uint64_t>(items, 1));
    limit_ = share >= 1.0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(std::ldexp(share, 64));
  }

  bool wants(std::uint64_t query) const { return mix(query + seed_) <= limit_; }
  void add(std::uint64_t query, const SearchView& view) {
    if (query != query_ || sample_.searches() == 0) {
      query_ = query;
      views_ = 0;
      pairs_.clear();
    }
    if (++views_ > kSampleViews) return;
    for (const ViewedItem& item : view.items) {
      if (item.position == 0) continue;
      const auto pair = pairs_.try_emplace(item.id, sample_.pairs);
      if (pair.second) ++sample_.pairs;
      sample_.pair.push_back(static_cast<std::uint32_t>(pair.first->second));
      sample_.position.push_back(
          static_cast<std::uint16_t>(std::min<std::size_t>(item.position, kPositions)));
      sample_.clicked.push_back(item.clicked ? 1 : 0);
    }
    if (sample_.pair.size() == sample_.begin.back()) return;
    sample_.begin.push_back(sample_.pair.size());
    sample_.held_out.push_back(mix(view.user + mix(seed_)) % 10 == 0 ? 1 : 0);
  }
  ClickSample take() { return std::move(sample_); }

 private:
  std::uint64_t seed_;
  std::uint64_t limit_ = 0;
  std::uint64_t query_ = 0;
  std::size_t views_ = 0;
  std::unordered_map<std::string, std::size_t> pairs_;
  ClickSample sample_;
};

std::size_t words_of(std::string_view query) {
  return query.empty() ? 0
                       : 1 + static_cast<std::size_t>(std::count(query.begin(), query.end(), ' '));
}

// The searches of one query at a time.
class Judge {
 public:
  Judge(ClickWork& work, ClickOutput& output)
      : work_(work), report_(work.state.report), output_(output) {
    const ClickModelChoice& models = report_.models;
    model_ = models.models[static_cast<std::size_t>(models.best)];
    const auto position = static_cast<std::size_t>(ClickModelKind::position);
    if (models.fitted[position]) examination_ = models.models[position].examined;
    only_clicks_ =
        report_.sessions.long_clicks + report_.sessions.carts + report_.sessions.orders == 0;
    report_.by_position.resize(kPositions);
  }

  void add(std::uint64_t query, SearchView&& view) {
    if (all_ > 0 && query != query_) end_query();
    query_ = query;
    ++all_;
    const std::size_t part = part_of(view, report_.part_from);
    first_part_ = std::min(first_part_, part);
    count(view);
    if (views_.size() < kQueryViews) {
      views_.push_back(std::move(view));
    } else {
      ++report_.views_over_cap;
    }
  }

  void end() {
    if (all_ > 0) end_query();
    // The most frequent first.
    std::uint64_t so_far = 0;
    std::uint64_t searches = 0;
    for (const auto& [times, queries] : frequencies_) searches += times * queries;
    for (auto it = frequencies_.rbegin(); it != frequencies_.rend(); ++it) {
      const std::size_t third = std::min<std::uint64_t>(so_far * 3 / searches, 2);
      report_.frequency_queries[third] += it->second;
      report_.frequency_searches[third] += it->first * it->second;
      so_far += it->first * it->second;
    }
  }

 private:
  void count(const SearchView& view) {
    ClickReport::Language& language = report_.languages[view.language];
    ++language.searches;
    ++report_.query_words[std::min(words_of(view.query), kMostWords)];
    for (const ViewedItem& item : view.items) {
      if (item.clicked) ++language.clicks;
      if (item.position == 0) continue;
      ClickRate& rate = report_.by_position[std::min<std::size_t>(item.position, kPositions) - 1];
      ++rate.shown;
      rate.clicks += item.clicked ? 1 : 0;
    }
  }

  void end_query() {
    ++report_.queries;
    ++frequencies_[all_];
    const std::size_t own_part = work_.options.by_lot ? lot_of(query_, work_.options) : first_part_;
    std::map<std::pair<std::size_t, std::string>, QueryEvidence> evidence;  // part, language
    for (const SearchView& view : views_) {
      const std::size_t part = part_of(view, report_.part_from);
      if (part != own_part) {
        ++report_.seen_searches;
        if (!work_.options.seen_queries) continue;
      }
      ++report_.part_searches[part];
      auto& of = evidence.try_emplace({part, view.language}, work_.options.judgement).first->second;
      if (!of.add(view)) ++report_.views_of_user;
    }
    std::set<std::string> languages;
    for (const auto& [place, of] : evidence) {
      if (languages.insert(place.second).second) ++report_.languages[place.second].queries;
      output_.write(of.typed(), place.second, place.first, query_, place.first != own_part,
                    of.judge(model_, examination_, only_clicks_));
    }
    views_.clear();
    all_ = 0;
    first_part_ = kParts;
  }

  ClickWork& work_;
  ClickReport& report_;
  ClickOutput& output_;
  ClickModel model_;
  std::vector<double> examination_;
  bool only_clicks_ = false;
  std::uint64_t query_ = 0;
  std::uint64_t all_ = 0;  // of its searches
  std::size_t first_part_ = kParts;
  std::vector<SearchView> views_;
  std::map<std::uint64_t, std::uint64_t> frequencies_;  // searches a query → queries
};

bool for_each_view(ClickWork& work, ExternalSorter& by_query, const char* stage,
                   const std::function<void(std::uint64_t query, std::string_view record)>& act) {
  SortedRecords records = by_query.sorted(work.options.memory / 4);
  SortKey key;
  std::uint64_t done = 0;
  for (std::string_view record; records.next(key, record);) {
    act(key.major, record);
    if (++done % kTellEvery != 0) continue;
    work.tell(stage, done, work.state.report.sessions.searches);
    if (work.stopped()) return false;
  }
  return true;
}

}  // namespace

bool judge_queries(ClickWork& work, const std::string& out) {
  ClickState& state = work.state;
  ClickReport& report = state.report;
  if (state.hours.empty()) {
    fail(ErrorKind::bad_input,
         "no search is left of {} lines ({} rejected, {} of bots): a log needs lines with a query, "
         "and items that were shown or clicked",
         report.lines, report.rejected,
         std::accumulate(report.bot_lines.begin(), report.bot_lines.end(), std::uint64_t{0}));
  }
  report.part_from = part_begins(state, work.options.parts);
  std::uint64_t train_items = 0;
  for (const auto& [hour, counts] : state.hours)
    if (hour * kHour < report.part_from[1]) train_items += counts.items;
  ExternalSorter by_query(work.directory, "query", work.options.memory / 4, state.view_runs);
  Sampler sampler(train_items, work.options.seed);
  SearchView view;
  if (!for_each_view(work, by_query, "sample", [&](std::uint64_t query, std::string_view record) {
        if (!sampler.wants(query)) return;
        if (work.options.by_lot && lot_of(query, work.options) != 0) return;
        decode(record, view);
        if (part_of(view, report.part_from) == 0) sampler.add(query, view);
      }))
    return false;
  const ClickSample sample = sampler.take();
  report.sampled_searches = sample.searches();
  work.tell("fit", 0);
  report.models = choose_click_model(sample);

  std::optional<ProductTexts> texts;
  if (!work.options.catalogue.empty())
    texts.emplace(work.options.catalogue, work.options.prompt,
                  io::join_path(work.directory, "catalogue.db"));
  ClickOutput output(work.options, out, texts ? &*texts : nullptr, report);
  Judge judge(work, output);
  if (!for_each_view(work, by_query, "judge", [&](std::uint64_t query, std::string_view record) {
        decode(record, view);
        judge.add(query, std::move(view));
      }))
    return false;
  judge.end();
  output.commit();
  if (!work.options.seen_queries) check_parts(out, work.directory, work.options.memory);
  return true;
}

}  // namespace kindred::prepare
