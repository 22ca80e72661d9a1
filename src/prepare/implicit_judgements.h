// How good items are for a query, as what people did with them tells. Tested by
// implicit_judgements_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "prepare/click_models.h"
#include "prepare/search_view.h"

namespace kindred::prepare {

struct JudgementOptions {
  std::size_t min_clicks = 2;    ///< different people who clicked, for a grade above 0
  double min_examined = 10.0;    ///< times looked at, by the model, for a grade of 0
  std::size_t views_a_user = 5;  ///< of one query; more of the same person do not count
  double clip = 10.0;            ///< the most that one click weighs

  bool operator==(const JudgementOptions&) const = default;
};

struct Judgement {
  std::string id;
  int grade = 0;
  double relevance = 0.0;  ///< the chance of a click by who looks
  double examined = 0.0;   ///< how often it was looked at, by the model
  double weight = 0.0;     ///< clicks, each over the chance that its position is looked at
  std::uint64_t impressions = 0;
  std::uint64_t clicks = 0;
  std::uint64_t long_clicks = 0;
  std::uint64_t carts = 0;
  std::uint64_t orders = 0;
  std::uint64_t users = 0;    ///< different ones who clicked, put it into the basket or ordered it
  std::uint64_t skipped = 0;  ///< shown above a click, and not clicked
};

/// The searches of one query (in one language and one part of the time), item by item.
class QueryEvidence {
 public:
  explicit QueryEvidence(const JudgementOptions& options) : options_(options) {}

  /// False where the user has had his share.
  bool add(const SearchView& view);
  std::uint64_t views() const noexcept { return sample_.searches(); }
  /// The form of the query that is typed most.
  std::string typed() const;

  /// What there is enough to say of, best first. Grades, by the strongest that holds; "best" is the
  /// highest relevance among the query's items with min_clicks:
  ///
  /// 3  ordered by two people; or ordered, and relevance at least half of the best
  /// 2  ordered; put into the basket by two people; put into the basket or clicked for long by two
  ///    people, and relevance at least half of the best; where the log knows of no baskets, orders
  ///    or durations: relevance at least half of the best
  /// 1  clicked by min_clicks people, and relevance at least a tenth of the best
  /// 0  looked at min_examined times, and none of these
  std::vector<Judgement> judge(const ClickModel& model, std::span<const double> examination,
                               bool only_clicks) const;

 private:
  struct Item {
    Judgement counts;
    std::unordered_map<std::uint64_t, std::uint8_t> users;  // what each did, as bits
    std::vector<std::uint32_t> clicks_at;                   // impressions clicked by position
  };
  std::size_t item_of(const std::string& id);

  JudgementOptions options_;
  ClickSample sample_;
  std::vector<Item> items_;
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_map<std::uint64_t, std::size_t> views_of_user_;
  std::map<std::string, std::uint64_t> typed_;
};

}  // namespace kindred::prepare
