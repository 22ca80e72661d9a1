// What is relevant to which query, and what systems found. Tested by judgements_test.cc.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

namespace kindred::eval {

/// Document → grade of one query. Grades of 0 and below are judged and not relevant.
using Grades = std::unordered_map<std::string, double>;

/// Query → grades ("qrels").
using Judgements = std::unordered_map<std::string, Grades>;

struct ScoredDocument {
  std::string id;
  double score;
};

/// What one system found: query → documents in any order, each once; the order is by score, and
/// among equal scores by the larger id in bytes first, as trec_eval does.
struct Run {
  std::string name;
  std::unordered_map<std::string, std::vector<ScoredDocument>> of_query;
};

}  // namespace kindred::eval
