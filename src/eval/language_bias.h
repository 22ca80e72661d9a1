// Which languages a search prefers. Tested by scores_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace kindred::eval {

struct LanguageShare {
  std::string language;
  double found = 0.0;  ///< share of the first results
  double pool = 0.0;   ///< share of all documents
};

struct LanguageBias {
  std::vector<LanguageShare> shares;  ///< by language, ascending
  /// Kullback and Leibler's, of what was found from the pool, in nats: 0 where the first results
  /// have the pool's languages in its shares; infinite where one was found that the pool lacks.
  double divergence = 0.0;
};

/// By how many of the first k of all queries, and how many documents, are of each language. Empty
/// where either has none.
LanguageBias language_bias(const std::map<std::string, std::size_t>& found,
                           const std::map<std::string, std::size_t>& pool);

}  // namespace kindred::eval
