#include "estimators/cluster_names.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "estimators/cluster_goldens.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

TEST(ClusterNames, ScoresAreThoseOfBertopic) {
  const auto wanted = cluster_goldens()["terms"];
  std::vector<std::vector<std::string>> terms;
  for (const auto& document : wanted["documents"]) terms.push_back(words(document));
  const std::vector<std::int32_t> labels = wanted["labels"];
  const auto found = cluster_terms(terms, labels, 3, 100);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(found[c].size(), wanted["scores"][c].size());
    for (const ClusterTerm& t : found[c])
      EXPECT_NEAR(t.score, wanted["scores"][c][t.term].get<double>(), 1e-6) << t.term;
  }
  EXPECT_EQ(name_of(found[0]), "shoes, running, blue");
}

TEST(ClusterNames, NoiseIsWeighedAgainstAndNotNamed) {
  const std::vector<std::vector<std::string>> terms = {
      {"the", "cat"}, {"the", "cat"}, {"the", "sun"}, {"the", "moon"}};
  const std::vector<std::int32_t> labels = {0, 0, -1, -1};
  const auto found = cluster_terms(terms, labels, 1, 2);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(name_of(found[0]), "cat, the");
}

TEST(ClusterNames, TextsWithoutTermsHaveNoName) {
  const std::vector<std::vector<std::string>> terms = {{}, {}, {"a"}};
  const std::vector<std::int32_t> labels = {0, 0, 1};
  const auto found = cluster_terms(terms, labels, 2, 5);
  EXPECT_EQ(name_of(found[0]), "");
  EXPECT_EQ(name_of(found[1]), "a");
  EXPECT_TRUE(cluster_terms({}, {}, 0, 5).empty());
  EXPECT_THROW(cluster_terms(terms, labels, 1, 5), Error);
}

}  // namespace
}  // namespace kindred::estimators
