// What sets a cluster's texts apart from the others', in words. Tested by cluster_names_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kindred::estimators {

struct ClusterTerm {
  std::string term;
  double score = 0.0;
};

/// The `most` terms of each cluster, by class-based TF-IDF (Grootendorst, "BERTopic", 2022): a
/// term's share of the cluster's terms times log(1 + A / f), f being how often it stands anywhere
/// and A the mean count of terms a cluster. Ties by the term. `terms`: of each text, analysed;
/// `labels`: its cluster, −1 of noise, which is a class of its own that other terms are weighed
/// against, and gets no terms. Errors: internal for unequal lengths or labels of `clusters` and
/// above.
std::vector<std::vector<ClusterTerm>> cluster_terms(std::span<const std::vector<std::string>> terms,
                                                    std::span<const std::int32_t> labels,
                                                    std::size_t clusters, std::size_t most);

/// "shoes, running, red": the first terms.
std::string name_of(std::span<const ClusterTerm> terms);

}  // namespace kindred::estimators
