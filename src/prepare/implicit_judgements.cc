#include "prepare/implicit_judgements.h"

#include <algorithm>

namespace kindred::prepare {
namespace {

enum Did : std::uint8_t { kClicked = 1, kLong = 2, kInCart = 4, kOrdered = 8 };

std::size_t count(const std::unordered_map<std::uint64_t, std::uint8_t>& users, Did what) {
  return static_cast<std::size_t>(std::count_if(
      users.begin(), users.end(), [&](const auto& user) { return (user.second & what) != 0; }));
}

struct People {
  std::size_t clicked, stayed, in_cart, ordered;
};

// -1: too little is known.
int grade_of(const Judgement& item, const People& people, double best, bool only_clicks,
             const JudgementOptions& options) {
  const bool good = item.relevance >= 0.5 * best;
  const bool enough = people.clicked >= options.min_clicks;
  if (people.ordered >= 2 || (people.ordered == 1 && good)) return 3;
  if (people.ordered == 1 || people.in_cart >= 2) return 2;
  if (good && (people.in_cart == 1 || people.stayed >= 2 || (only_clicks && enough))) return 2;
  if (enough && item.relevance >= 0.1 * best) return 1;
  return item.examined >= options.min_examined ? 0 : -1;
}

}  // namespace

std::size_t QueryEvidence::item_of(const std::string& id) {
  const auto [place, is_new] = places_.try_emplace(id, items_.size());
  if (is_new) items_.emplace_back().counts.id = id;
  return place->second;
}

bool QueryEvidence::add(const SearchView& view) {
  if (++views_of_user_[view.user] > options_.views_a_user) return false;
  ++typed_[view.query];
  std::size_t last_click = 0;
  for (const ViewedItem& item : view.items)
    if (item.clicked) last_click = std::max<std::size_t>(last_click, item.position);
  for (const ViewedItem& shown : view.items) {
    const std::size_t place = item_of(shown.id);
    Item& item = items_[place];
    Judgement& counts = item.counts;
    const auto did =
        static_cast<std::uint8_t>((shown.clicked ? kClicked : 0) | (shown.long_click ? kLong : 0) |
                                  (shown.in_cart ? kInCart : 0) | (shown.ordered ? kOrdered : 0));
    if (did != 0) item.users[view.user] |= did;
    counts.clicks += shown.clicked ? 1 : 0;
    counts.long_clicks += shown.long_click ? 1 : 0;
    counts.carts += shown.in_cart ? 1 : 0;
    counts.orders += shown.ordered ? 1 : 0;
    if (shown.clicked) item.clicks_at.push_back(shown.position);
    if (shown.position == 0) continue;  // nothing says that it was shown
    ++counts.impressions;
    if (!shown.clicked && shown.position < last_click) ++counts.skipped;
    sample_.pair.push_back(static_cast<std::uint32_t>(place));
    sample_.position.push_back(
        static_cast<std::uint16_t>(std::min<std::size_t>(shown.position, kPositions)));
    sample_.clicked.push_back(shown.clicked ? 1 : 0);
  }
  sample_.begin.push_back(sample_.pair.size());
  sample_.held_out.push_back(0);
  sample_.pairs = items_.size();
  return true;
}

std::string QueryEvidence::typed() const {
  std::string most;
  std::uint64_t times = 0;
  for (const auto& [query, each] : typed_) {
    if (each <= times) continue;
    most = query;
    times = each;
  }
  return most;
}

std::vector<Judgement> QueryEvidence::judge(const ClickModel& model,
                                            std::span<const double> examination,
                                            bool only_clicks) const {
  const std::vector<PairEstimate> pairs = estimate_pairs(model, sample_, true);
  std::vector<Judgement> judged;
  std::vector<People> people;
  double best = 0.0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    Judgement& judgement = judged.emplace_back(item.counts);
    judgement.relevance = pairs[i].relevance();
    judgement.examined = pairs[i].examined;
    judgement.users = item.users.size();
    for (const std::uint32_t position : item.clicks_at) {
      const double looked =
          examination.empty() || position == 0
              ? 1.0
              : examination[std::min<std::size_t>(position, examination.size()) - 1];
      judgement.weight += std::min(1.0 / looked, options_.clip);
    }
    people.push_back({count(item.users, kClicked), count(item.users, kLong),
                      count(item.users, kInCart), count(item.users, kOrdered)});
    if (people.back().clicked >= options_.min_clicks) best = std::max(best, judgement.relevance);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    judged[i].grade = grade_of(judged[i], people[i], best, only_clicks, options_);
    if (judged[i].grade >= 0) std::swap(judged[kept++], judged[i]);
  }
  judged.resize(kept);
  std::sort(judged.begin(), judged.end(), [](const Judgement& a, const Judgement& b) {
    if (a.grade != b.grade) return a.grade > b.grade;
    if (a.relevance != b.relevance) return a.relevance > b.relevance;
    return a.id < b.id;
  });
  return judged;
}

}  // namespace kindred::prepare
