#include "search/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "index/mutable_fields.h"
#include "kernels/distance.h"

namespace kindred::search {
namespace {

std::optional<double> number_of(const StoredItem& item, const std::string& field) {
  std::optional<double> value;
  for (const index::Number& number : item.fields.numbers) {
    if (number.field == field) value = number.value;
  }
  return value;
}

const std::string* tag_of(const StoredItem& item, const std::string& field) {
  for (const index::Tag& tag : item.fields.tags) {
    if (tag.field == field) return &tag.value;
  }
  return nullptr;
}

// Cosine; 0 for a vector of zeros.
double similarity(const StoredItem& a, const StoredItem& b) {
  const std::size_t n = a.vector.size();
  const double dot = kernels::dot(a.vector.data(), b.vector.data(), n);
  const double lengths =
      std::sqrt(static_cast<double>(kernels::dot(a.vector.data(), a.vector.data(), n))) *
      std::sqrt(static_cast<double>(kernels::dot(b.vector.data(), b.vector.data(), n)));
  return lengths > 0.0 ? dot / lengths : 0.0;
}

}  // namespace

void add_history(const HistoryRanking& history, double weight, double spread,
                 std::span<const StoredItem> given, std::vector<Candidate>& candidates) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  const auto take = [&](std::optional<double> score) {
    least = std::min(least, score.value_or(least));
    most = std::max(most, score.value_or(most));
  };
  for (const StoredItem& item : given) take(history.score(item));
  for (Candidate& c : candidates) {
    c.history_score = history.score(c.item);
    take(c.history_score);
  }
  if (!(most > least)) return;
  for (Candidate& c : candidates) {
    if (!c.history_score) continue;
    c.history_part = weight * spread * (*c.history_score - least) / (most - least);
    c.fused.score += c.history_part;
  }
}

void apply_boosts(const SearchRequest& request, std::vector<Candidate>& candidates) {
  for (Candidate& c : candidates) c.score = c.fused.score;
  if (!request.boosts.empty()) {
    index::MutableFields fields;
    for (const Candidate& c : candidates) fields.append(c.item.fields);
    for (const Boost& boost : request.boosts) {
      const index::RowSet rows = index::evaluate(boost.when, fields);
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        candidates[i].boosts.push_back(rows.contains(i) ? boost.factor : 1.0);
      }
    }
  }
  for (Candidate& c : candidates) {
    for (const NumberBoost& boost : request.number_boosts) {
      const double number = std::max(0.0, number_of(c.item, boost.field).value_or(0.0));
      c.boosts.push_back(1.0 + boost.weight * std::log1p(number));
    }
    for (const double factor : c.boosts)
      c.score = c.score >= 0.0 ? c.score * factor : c.score / factor;
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.fused.key < b.fused.key;
  });
}

void sort_by_number(const SortOrder& order, std::vector<Candidate>& candidates) {
  const double missing = std::numeric_limits<double>::infinity();
  const auto place = [&](const Candidate& c) {
    const auto number = number_of(c.item, order.field);
    return number ? (order.descending ? -*number : *number) : missing;
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return place(a) < place(b); });
}

void collapse(const std::string& field, std::span<const StoredItem> given,
              std::vector<Candidate>& candidates) {
  std::unordered_set<std::string> done;
  for (const StoredItem& item : given) {
    if (const std::string* value = tag_of(item, field)) done.insert(*value);
  }
  std::unordered_map<std::string, std::size_t> first;  // value → its place in `kept`
  std::vector<Candidate> kept;
  for (Candidate& c : candidates) {
    const std::string* value = tag_of(c.item, field);
    if (value != nullptr) {
      if (done.contains(*value)) continue;
      const auto [place, is_new] = first.try_emplace(*value, kept.size());
      if (!is_new) {
        ++kept[place->second].collapsed;
        continue;
      }
    }
    kept.push_back(std::move(c));
  }
  candidates = std::move(kept);
}

void diversify(double diversity, std::size_t k, std::span<const StoredItem> given,
               std::vector<Candidate>& candidates) {
  if (candidates.empty()) return;
  const auto [least, most] =
      std::minmax_element(candidates.begin(), candidates.end(),
                          [](const Candidate& a, const Candidate& b) { return a.score < b.score; });
  const double low = least->score;
  const double span = most->score - low;
  std::vector<double> nearest(candidates.size(), 0.0);  // similarity to what is chosen
  const auto choose = [&](const StoredItem& item, std::size_t from) {
    for (std::size_t i = from; i < candidates.size(); ++i) {
      nearest[i] = std::max(nearest[i], similarity(item, candidates[i].item));
    }
  };
  for (const StoredItem& item : given) choose(item, 0);
  for (std::size_t place = 0; place < std::min(k, candidates.size()); ++place) {
    std::size_t best = place;
    double best_value = -std::numeric_limits<double>::infinity();
    for (std::size_t i = place; i < candidates.size(); ++i) {
      const double relevance = span > 0.0 ? (candidates[i].score - low) / span : 1.0;
      const double value = (1.0 - diversity) * relevance - diversity * nearest[i];
      if (value > best_value) {
        best_value = value;
        best = i;
      }
    }
    // The others keep their order.
    std::rotate(candidates.begin() + static_cast<std::ptrdiff_t>(place),
                candidates.begin() + static_cast<std::ptrdiff_t>(best),
                candidates.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    std::rotate(nearest.begin() + static_cast<std::ptrdiff_t>(place),
                nearest.begin() + static_cast<std::ptrdiff_t>(best),
                nearest.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    choose(candidates[place].item, place + 1);
  }
}

std::vector<float> mean_vector(std::span<const StoredItem> items, std::size_t dimension) {
  std::vector<float> mean(dimension, 0.0F);
  for (const StoredItem& item : items) {
    const float squares = kernels::dot(item.vector.data(), item.vector.data(), dimension);
    const float scale = squares > 0.0F ? 1.0F / std::sqrt(squares) : 0.0F;
    for (std::size_t d = 0; d < dimension; ++d)
      mean[d] += item.vector[d] * scale / static_cast<float>(items.size());
  }
  return mean;
}

}  // namespace kindred::search
