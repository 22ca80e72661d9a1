#include "search/history.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "index/mutable_fields.h"
#include "kernels/distance.h"

namespace kindred::search {
namespace {

double length_of(std::span<const float> x) {
  return std::sqrt(static_cast<double>(kernels::dot(x.data(), x.data(), x.size())));
}

void add_once(std::vector<std::string>& ids, const std::string& id) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

}  // namespace

void History::validate() const {
  if (items.size() > kMaxHistory)
    fail(ErrorKind::bad_input, "the history has {} items; give the latest {} at most", items.size(),
         kMaxHistory);
  if (!(decay > 0.0 && decay <= 1.0))
    fail(ErrorKind::bad_input, "the history's decay is {}; give a number above 0, up to 1", decay);
  if (!(weight >= 0.0 && weight <= 10.0))
    fail(ErrorKind::bad_input, "the history's weight is {}; give a number from 0 to 10", weight);
}

HistoryRanking::HistoryRanking(const Backend& backend, const History& history)
    : backend_(backend), history_(history) {
  if (history.empty()) return;
  std::vector<std::string> ids = history.items;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<std::uint64_t> keys = backend.find_ids(ids);
  std::sort(keys.begin(), keys.end());
  if (!take_learned() && history.own_vectors) take_own(backend.fetch(keys, /*vectors=*/true));
  if (!history.include_seen) seen_ = std::move(keys);
  if (!usable()) return;
  double sum = 0.0;
  for (const auto& [id, weight] : used_.items) sum += weight;
  for (auto& [id, weight] : used_.items) weight /= sum;
  for (float& value : vector_) value = static_cast<float>(value / sum);
  // Vectors that cancel each other out point nowhere.
  if (length_of(vector_) < 1e-6) used_.items.clear();
}

void HistoryRanking::add(std::size_t at, const float* unit) {
  const double weight =
      std::pow(history_.decay, static_cast<double>(history_.items.size() - 1 - at));
  for (std::size_t d = 0; d < vector_.size(); ++d)
    vector_[d] += static_cast<float>(weight) * unit[d];
  used_.items.emplace_back(history_.items[at], weight);
}

bool HistoryRanking::take_learned() {
  if (!history_.learned) return false;
  vector_.assign(history_.learned->dimension(), 0.0F);
  std::vector<float> unit(vector_.size());
  for (std::size_t i = 0; i < history_.items.size(); ++i) {
    if (history_.learned->unit_vector(history_.items[i], unit.data()))
      add(i, unit.data());
    else
      add_once(used_.unknown, history_.items[i]);
  }
  used_.learned = usable() || !history_.own_vectors;
  return used_.learned;
}

void HistoryRanking::take_own(std::span<const StoredItem> items) {
  std::unordered_map<std::string, std::vector<float>> units;
  for (const StoredItem& item : items) {
    std::vector<float> unit = item.vector;
    const double length = length_of(unit);
    if (length == 0.0) continue;
    for (float& value : unit) value = static_cast<float>(value / length);
    units.emplace(item.id, std::move(unit));
  }
  used_ = {};
  vector_.assign(backend_.dimension(), 0.0F);
  for (std::size_t i = 0; i < history_.items.size(); ++i) {
    const auto unit = units.find(history_.items[i]);
    if (unit != units.end())
      add(i, unit->second.data());
    else
      add_once(used_.unknown, history_.items[i]);
  }
}

std::vector<RankedKey> HistoryRanking::nearest(std::size_t k, const index::Filter* filter,
                                               double recall) const {
  if (!usable()) return {};
  if (!used_.learned) return backend_.nearest(vector_, k, filter, recall);
  // Learned vectors may be of items that are gone or that the filter keeps out, so more are asked
  // for until there are enough.
  const std::size_t all = history_.learned->size();
  for (std::size_t asked = std::min(2 * k, all);; asked = std::min(4 * asked, all)) {
    std::vector<RankedKey> found = admitted(history_.learned->nearest(vector_, asked), filter);
    if (found.size() < k && asked < all) continue;
    found.resize(std::min(found.size(), k));
    return found;
  }
}

std::vector<RankedKey> HistoryRanking::admitted(
    std::span<const std::pair<std::string, double>> found, const index::Filter* filter) const {
  std::vector<std::string> ids;
  std::unordered_map<std::string, double> scores;
  for (const auto& [id, score] : found) {
    ids.push_back(id);
    scores.emplace(id, score);
  }
  std::vector<std::uint64_t> keys = backend_.find_ids(ids);
  std::sort(keys.begin(), keys.end());
  const std::vector<StoredItem> items = backend_.fetch(keys, /*vectors=*/false);
  index::MutableFields fields;
  for (const StoredItem& item : items) fields.append(item.fields);
  std::optional<index::RowSet> rows;
  if (filter != nullptr) rows = index::evaluate(*filter, fields);
  std::vector<RankedKey> ranked;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (rows && !rows->contains(i)) continue;
    ranked.push_back({items[i].key, scores.at(items[i].id)});
  }
  std::sort(ranked.begin(), ranked.end(), [](const RankedKey& a, const RankedKey& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  });
  return ranked;
}

std::optional<double> HistoryRanking::score(const StoredItem& item) const {
  if (used_.learned) return history_.learned->score(item.id, vector_);
  const double lengths = length_of(vector_) * length_of(item.vector);
  return lengths > 0.0 ? kernels::dot(vector_.data(), item.vector.data(), vector_.size()) / lengths
                       : 0.0;
}

}  // namespace kindred::search
