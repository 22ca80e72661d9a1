#include "estimators/cluster_names.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "base/error.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kTermsAName = 3;

}  // namespace

std::vector<std::vector<ClusterTerm>> cluster_terms(std::span<const std::vector<std::string>> terms,
                                                    std::span<const std::int32_t> labels,
                                                    std::size_t clusters, std::size_t most) {
  require(terms.size() == labels.size(), "a label a text");
  using Counts = std::unordered_map<std::string_view, std::size_t>;
  Counts total;
  std::vector<Counts> of_class(clusters + 1);  // the last: noise
  std::vector<std::size_t> size(clusters + 1);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::size_t c = labels[i] < 0 ? clusters : static_cast<std::size_t>(labels[i]);
    require(labels[i] < 0 || c < clusters, "a cluster's number");
    for (const std::string& term : terms[i]) {
      ++total[term];
      ++of_class[c][term];
      ++size[c];
    }
  }
  std::size_t sum = 0, classes = 0;
  for (const std::size_t s : size) {
    sum += s;
    classes += s > 0 ? 1 : 0;
  }
  // BERTopic's, a whole number.
  const auto average = static_cast<double>(classes == 0 ? 0 : sum / classes);
  std::vector<std::vector<ClusterTerm>> found(clusters);
  for (std::size_t c = 0; c < clusters; ++c) {
    for (const auto& [term, count] : of_class[c]) {
      const double share = static_cast<double>(count) / static_cast<double>(size[c]);
      found[c].push_back(
          {std::string(term), share * std::log(1.0 + average / static_cast<double>(total[term]))});
    }
    const auto better = [](const ClusterTerm& a, const ClusterTerm& b) {
      return a.score > b.score || (a.score == b.score && a.term < b.term);
    };
    const std::size_t kept = std::min(most, found[c].size());
    std::partial_sort(found[c].begin(), found[c].begin() + static_cast<std::ptrdiff_t>(kept),
                      found[c].end(), better);
    found[c].resize(kept);
  }
  return found;
}

std::string name_of(std::span<const ClusterTerm> terms) {
  std::string name;
  for (const ClusterTerm& t : terms.first(std::min(kTermsAName, terms.size())))
    name += (name.empty() ? "" : ", ") + t.term;
  return name;
}

}  // namespace kindred::estimators
