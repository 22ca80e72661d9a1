#include "search/parity.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "eval/significance.h"

namespace kindred::search {
namespace {

using Ids = std::vector<std::string>;

Ids timed_search(const Backend& backend, const SearchRequest& request,
                 std::vector<double>& milliseconds) {
  const auto start = std::chrono::steady_clock::now();
  const SearchResponse response = search(backend, request);
  milliseconds.push_back(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  Ids ids;
  for (const SearchHit& hit : response.hits) ids.push_back(hit.item.id);
  return ids;
}

Ids missing_from(const Ids& other, const Ids& ids) {
  const std::unordered_set<std::string> there(other.begin(), other.end());
  Ids missing;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(missing),
               [&](const std::string& id) { return !there.contains(id); });
  return missing;
}

LatencySummary summarise(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  return {eval::percentile(milliseconds, 0.50), eval::percentile(milliseconds, 0.99)};
}

}  // namespace

ParityReport compare_backends(const Backend& a, const Backend& b,
                              std::span<const SearchRequest> requests) {
  ParityReport report;
  report.requests = requests.size();
  std::vector<double> times_a;
  std::vector<double> times_b;
  double sum = 0.0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    SearchRequest request = requests[i];
    request.k = kParityDepth;
    request.cursor.clear();
    Ids of_a;
    Ids of_b;
    if (i % 2 == 0) of_a = timed_search(a, request, times_a);
    of_b = timed_search(b, request, times_b);
    if (i % 2 == 1) of_a = timed_search(a, request, times_a);

    ParityDifference difference{i, 1.0, missing_from(of_b, of_a), missing_from(of_a, of_b)};
    const std::size_t longer = std::max(of_a.size(), of_b.size());
    if (longer > 0) {
      difference.overlap =
          static_cast<double>(of_a.size() - difference.only_a.size()) / static_cast<double>(longer);
    }
    sum += difference.overlap;
    report.min_overlap = std::min(report.min_overlap, difference.overlap);
    if (difference.overlap < 1.0) report.differences.push_back(std::move(difference));
  }
  if (!requests.empty()) report.mean_overlap = sum / static_cast<double>(requests.size());
  std::stable_sort(report.differences.begin(), report.differences.end(),
                   [](const auto& x, const auto& y) { return x.overlap < y.overlap; });
  if (report.differences.size() > kMostDifferences) report.differences.resize(kMostDifferences);
  report.latency_a = summarise(std::move(times_a));
  report.latency_b = summarise(std::move(times_b));
  return report;
}

}  // namespace kindred::search
