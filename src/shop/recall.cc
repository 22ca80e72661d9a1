#include "shop/recall.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "base/random.h"
#include "eval/retrieval.h"
#include "eval/significance.h"

namespace kindred::shop {
namespace {

constexpr std::array kShares = {0.5, 0.1, 0.01, 0.001};
constexpr double kNear = 2.0;                 // a tag's share may be off by this factor
constexpr std::size_t kMostOfPrice = 100000;  // items looked at for a bound of price

// A tag's value with the number of items that have it or stand beneath it.
struct Candidate {
  std::string field;
  std::string value;
  std::uint64_t items;
};

std::vector<Candidate> candidates(const search::Backend& backend) {
  search::CountRequest request;
  request.facets = {"language", "brand", "currency", "category"};
  const search::Counts counts = backend.count(request);
  std::vector<Candidate> all;
  for (std::size_t f = 0; f < request.facets.size(); ++f) {
    index::FacetCounts beneath;
    for (const auto& [value, items] : counts.facets[f]) {
      for (std::size_t end = value.find(index::kPathSeparator);;
           end = value.find(index::kPathSeparator, end + 1)) {
        beneath[value.substr(0, end)] += items;
        if (end == std::string::npos) break;
      }
    }
    for (const auto& [value, items] : beneath) all.push_back({request.facets[f], value, items});
  }
  return all;
}

index::Filter tag_filter(const Candidate& candidate) {
  index::Filter filter;
  filter.kind = index::Filter::Kind::values;
  filter.field = candidate.field;
  filter.values = {candidate.value};
  return filter;
}

std::optional<index::Filter> price_filter(const search::Backend& backend, std::size_t items) {
  if (items == 0 || items > kMostOfPrice) return std::nullopt;
  auto keys = backend.first_by({"price"}, items, nullptr);
  std::sort(keys.begin(), keys.end());
  double highest = -std::numeric_limits<double>::infinity();
  for (const search::StoredItem& item : backend.fetch(keys, /*vectors=*/false)) {
    for (const index::Number& number : item.fields.numbers)
      if (number.field == "price") highest = std::max(highest, number.value);
  }
  if (!std::isfinite(highest)) return std::nullopt;
  index::Filter filter;
  filter.kind = index::Filter::Kind::range;
  filter.field = "price";
  filter.range.high = highest;
  return filter;
}

struct Timed {
  std::vector<std::uint64_t> keys;  // sorted
  double ms;
};

Timed nearest(const search::Backend& backend, const RecallQueries& queries, std::size_t query,
              const index::Filter* filter, std::size_t k, double recall) {
  using Clock = std::chrono::steady_clock;
  const bool own = !queries.own.empty();
  const Clock::time_point start = Clock::now();
  const auto found = backend.nearest(queries.vectors[query], k + (own ? 1 : 0), filter, recall);
  Timed timed{{}, std::chrono::duration<double, std::milli>(Clock::now() - start).count()};
  for (const search::RankedKey& hit : found) {
    if (own && hit.key == queries.own[query]) continue;
    if (timed.keys.size() < k) timed.keys.push_back(hit.key);
  }
  std::sort(timed.keys.begin(), timed.keys.end());
  return timed;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return eval::percentile(values, 0.5);
}

}  // namespace

RecallQueries sample_products(catalog::Store& store, const search::Backend& backend,
                              std::size_t count, std::uint64_t seed) {
  RecallQueries queries;
  const std::uint64_t last = store.last_change();
  Random random(seed);
  std::set<std::uint64_t> keys;
  // Removed products and such as were drawn already are drawn in vain.
  for (std::size_t tries = 0; keys.size() < count && tries < 4 * count; ++tries) {
    const auto changes = store.changes(random.below(last), 1);
    if (changes.empty() || !changes[0].product) continue;
    if (const auto key = backend.find_id(changes[0].id)) keys.insert(*key);
  }
  const std::vector<std::uint64_t> sorted(keys.begin(), keys.end());
  for (search::StoredItem& item : backend.fetch(sorted, /*vectors=*/true)) {
    queries.vectors.push_back(std::move(item.vector));
    queries.own.push_back(item.key);
  }
  return queries;
}

std::vector<index::Filter> filters_by_share(const search::Backend& backend) {
  const auto items = static_cast<double>(backend.count({}).documents);
  const std::vector<Candidate> all = candidates(backend);
  std::vector<index::Filter> filters;
  for (const double share : kShares) {
    if (share * items < 1.0) break;
    const auto distance = [&](const Candidate& c) {
      return std::abs(std::log(static_cast<double>(c.items) / (share * items)));
    };
    const auto nearest_tag = std::min_element(
        all.begin(), all.end(),
        [&](const Candidate& a, const Candidate& b) { return distance(a) < distance(b); });
    std::optional<index::Filter> filter;
    if (nearest_tag != all.end() && distance(*nearest_tag) <= std::log(kNear)) {
      filter = tag_filter(*nearest_tag);
    } else {
      filter = price_filter(backend, static_cast<std::size_t>(share * items));
    }
    if (filter && (filters.empty() || filters.back() != *filter)) filters.push_back(*filter);
  }
  return filters;
}

RecallRow measure_recall(const search::Backend& backend, const RecallQueries& queries,
                         const index::Filter* filter, const RecallOptions& options) {
  RecallRow row;
  row.queries = queries.vectors.size();
  if (filter != nullptr) {
    row.filter = index::to_string(*filter);
    search::CountRequest left;
    left.filter = filter;
    row.share = static_cast<double>(backend.count(left).documents) /
                std::max(1.0, static_cast<double>(backend.count({}).documents));
  }
  if (row.queries == 0) return row;
  std::vector<double> recalls, found_ms, exact_ms;
  for (std::size_t q = 0; q < row.queries; ++q) {
    const Timed found = nearest(backend, queries, q, filter, options.k, options.recall);
    const Timed exact = nearest(backend, queries, q, filter, options.k, 1.0);
    recalls.push_back(eval::recall_of_exact(found.keys, exact.keys));
    found_ms.push_back(found.ms);
    exact_ms.push_back(exact.ms);
  }
  std::sort(recalls.begin(), recalls.end());
  double sum = 0.0;
  for (const double recall : recalls) sum += recall;
  row.recall = sum / static_cast<double>(row.queries);
  row.tenth = eval::percentile(recalls, 0.1);
  row.worst = recalls.front();
  row.found_ms = median(std::move(found_ms));
  row.exact_ms = median(std::move(exact_ms));
  return row;
}

}  // namespace kindred::shop
