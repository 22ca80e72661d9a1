// Search over a shop's items: one interface, whatever holds them. Tested by engine_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "index/field_check.h"
#include "index/filter.h"
#include "search/backend.h"
#include "search/fusion.h"
#include "search/history.h"

namespace kindred::search {

enum class SearchMode : std::uint8_t { vector, words, hybrid };

/// Items that `when` admits count `factor` times.
struct Boost {
  index::Filter when;
  double factor;
};

/// An item counts 1 + weight × ln(1 + number) times: sales, ratings. Missing or negative numbers
/// count as 0.
struct NumberBoost {
  std::string field;
  double weight;
};

struct SearchRequest {
  SearchMode mode = SearchMode::hybrid;
  std::string text = {};
  std::string language = {};  ///< of the text; empty: not known
  std::vector<float> vector = {};
  /// Items to find more like: their mean vector takes the place of `vector`, and they are not found
  /// themselves. The one at hand, or a user's latest.
  std::vector<std::string> like = {};
  /// What came before this search. Alone, it finds the items nearest to it; beside anything else to
  /// search by it finds none, but what was found counts for more the nearer it is to it. Its items
  /// are left out. Not with `sort`.
  History history = {};
  std::optional<index::Filter> filter = std::nullopt;
  bool all_words = false;
  bool correct = true;  ///< misspelt words
  std::size_t k = 10;
  std::string cursor = {};  ///< of the response before; the rest of the request must be the same

  FusionOptions fusion = {};
  std::vector<Boost> boosts = {};
  std::vector<NumberBoost> number_boosts = {};
  /// Sorts what was meant, not what is merely near: the items with all words of the text (stop
  /// words aside) where there are any, else those with some, of either the kSortedDepth best; else,
  /// or without a text, the nearest, down to half-way between the score of the first and that of
  /// the depth-th. Without text and vector, all items.
  std::optional<SortOrder> sort = std::nullopt;
  /// 0 … 1: how much an item loses by being like one before it (maximal marginal relevance:
  /// Carbonell and Goldstein, 1998).
  double diversity = 0.0;
  std::string collapse = {};  ///< a field of tags: of the items with one value only the best
  std::vector<std::string> facets = {};
  std::vector<std::string> number_facets = {};
  std::size_t facet_values = 20;
  bool explain = false;
  double recall = 0.95;     ///< of the vectors' part
  std::size_t depth = 200;  ///< candidates of each part that are ranked, at least
  /// Fields that are no mistake though no item has them yet.
  std::vector<std::pair<std::string, index::FieldKinds>> expected_fields = {};

  void validate() const;  ///< Errors: bad_input
};

/// How a hit came to its score.
struct Explanation {
  std::optional<double> vector_score = std::nullopt;  ///< as the index's metric says
  std::optional<std::size_t> vector_rank = std::nullopt;
  std::optional<double> words_score = std::nullopt;  ///< BM25
  std::optional<std::size_t> words_rank = std::nullopt;
  std::vector<TermScore> terms = {};  ///< their sum is words_score
  double vector_part = 0.0;           ///< of the fused score
  double words_part = 0.0;
  std::optional<double> history_score = std::nullopt;  ///< HistoryRanking::score
  double history_part = 0.0;
  std::vector<double> boosts = {};  ///< a factor for each boost, then each number boost
};

struct SearchHit {
  double score = 0.0;
  StoredItem item = {};
  std::size_t collapsed = 0;  ///< items with its value that were left out, of the candidates
  std::optional<Explanation> explanation = std::nullopt;
};

struct Facet {
  std::string field;
  std::vector<index::FacetValue> values;
};

struct NumberFacet {
  std::string field;
  index::NumberSummary summary;
};

struct SearchResponse {
  std::vector<SearchHit> hits = {};
  /// Over what the words and the filter admit; in the vector mode, and where no item has any of the
  /// words, over what the filter admits.
  std::vector<Facet> facets = {};
  std::vector<NumberFacet> number_facets = {};
  std::vector<UsedWord> words = {};                   ///< how each word of the text was looked up
  std::optional<UsedHistory> history = std::nullopt;  ///< where the request has one
  std::string cursor = {};                            ///< for the next page; empty at the end
};

/// The next page never repeats an item, whatever was written meanwhile: the cursor names the items
/// that were given. At most kMaxPaged items can be paged through.
inline constexpr std::size_t kMaxPaged = 1000;
inline constexpr std::size_t kSortedDepth = 1000;

/// Errors: bad_input, also for a field that no item has, or that has no number where one is needed
/// (field_check.h); not_found for an item of `like` that is not there, or where there is but a
/// history to search by and none of its items has a vector; exhausted past kMaxPaged;
/// those of the backend.
SearchResponse search(const Backend& backend, const SearchRequest& request);

/// The fields of a backend, which they refer to.
index::KnownFields known_fields(
    const Backend& backend, std::vector<std::pair<std::string, index::FieldKinds>> expected = {});

/// A backend and the search over it. Threads: as the backend.
class Engine {
 public:
  explicit Engine(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

  SearchResponse search(const SearchRequest& request) const {
    return kindred::search::search(*backend_, request);
  }
  Backend& backend() noexcept { return *backend_; }
  const Backend& backend() const noexcept { return *backend_; }

 private:
  std::unique_ptr<Backend> backend_;
};

}  // namespace kindred::search
