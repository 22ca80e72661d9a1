#include "search/row_scorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/random.h"
#include "search/lexical_memtable.h"

namespace kindred::search {
namespace {

// Lists of random rows; `share` of all rows have the term, in runs where `clustered`.
MemoryPostings random_postings(Random& random, std::size_t rows, double share, bool clustered) {
  MemoryPostings postings;
  bool in_run = false;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (clustered && random.below(1000) == 0) in_run = !in_run;
    if (clustered && !in_run) continue;
    if (random.uniform() < share)
      postings.append({row, static_cast<std::uint8_t>(1 + random.below(255))});
  }
  if (postings.count() == 0) postings.append({static_cast<std::uint32_t>(random.below(rows)), 7});
  return postings;
}

std::vector<ScoredRow> all_rows(const RowQuery& query) {
  std::vector<std::uint32_t> scores(query.rows), words(query.rows);
  for (const ScoredTerm& term : query.terms) {
    for (std::size_t b = 0; b < term.postings->blocks(); ++b) {
      std::uint32_t rows[kBlockPostings];
      std::uint8_t impacts[kBlockPostings];
      const std::size_t count = term.postings->decode(b, rows, impacts);
      for (std::size_t i = 0; i < count; ++i) {
        scores[rows[i]] += term.weight * impacts[i];
        words[rows[i]] |= 1U << term.word;
      }
    }
  }
  std::vector<ScoredRow> found;
  for (std::uint32_t row = 0; row < query.rows; ++row) {
    if (query.live != nullptr && !query.live->contains(row)) continue;
    if (query.allowed != nullptr && !query.allowed->contains(row)) continue;
    if ((words[row] & query.required_words) != query.required_words) continue;
    if (scores[row] > 0 && scores[row] >= query.floor) found.push_back({scores[row], row});
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  });
  if (found.size() > query.k) found.resize(query.k);
  return found;
}

TEST(BestRows, AreThoseOfAnExhaustiveSearch) {
  Random random(3);
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t rows = 1 + random.below(trial < 100 ? 300 : 60000);
    std::vector<std::unique_ptr<MemoryPostings>> lists;
    RowQuery query;
    query.rows = rows;
    const std::size_t terms = 1 + random.below(6);
    for (std::size_t t = 0; t < terms; ++t) {
      const double share = std::pow(10.0, -3.5 * random.uniform());
      lists.push_back(std::make_unique<MemoryPostings>(
          random_postings(random, rows, share, random.below(2) == 0)));
      query.terms.push_back({lists.back().get(), static_cast<std::uint32_t>(1 + random.below(3000)),
                             static_cast<unsigned>(random.below(4))});
    }
    index::RowSet live(rows, true), allowed(rows);
    for (std::size_t i = 0; i < rows / 10; ++i) live.erase(random.below(rows));
    const bool sparse = random.below(2) == 0;
    for (std::size_t i = 0; i < (sparse ? 5 : rows); ++i) allowed.insert(random.below(rows));
    if (random.below(2) == 0) query.live = &live;
    if (random.below(2) == 0) query.allowed = &allowed;
    if (random.below(3) == 0) query.required_words = static_cast<std::uint32_t>(random.below(16));
    if (random.below(4) == 0) query.floor = static_cast<std::uint32_t>(random.below(300000));
    query.k = 1 + random.below(trial % 2 == 0 ? 10 : 2000);
    const auto expected = all_rows(query);
    const auto best = best_rows(query);
    ASSERT_EQ(best.size(), expected.size()) << "trial " << trial;
    for (std::size_t i = 0; i < best.size(); ++i)
      ASSERT_EQ(best[i], expected[i]) << "trial " << trial << " place " << i;

    // The same query without limits finds exactly rows_with.
    RowQuery every = query;
    every.live = every.allowed = nullptr;
    every.floor = 0;
    every.k = rows;
    index::RowSet found(rows);
    for (const ScoredRow& row : all_rows(every)) found.insert(row.row);
    ASSERT_EQ(rows_with(every),
              every.required_words == 0 || !found.words().empty() ? found : index::RowSet(rows))
        << "trial " << trial;
  }
}

TEST(BestRows, IsEmptyWithoutTermsOrRoom) {
  RowQuery query;
  query.rows = 10;
  query.k = 5;
  EXPECT_TRUE(best_rows(query).empty());
}

}  // namespace
}  // namespace kindred::search
