// Why some results are clicked and others are not: models of clicks, fitted to searches that were
// seen. Tested by click_models_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kindred::prepare {

/// Searches as numbers. Items of a search are by position; an item of one query is a pair.
struct ClickSample {
  std::vector<std::uint32_t> pair;      ///< an item shown each
  std::vector<std::uint16_t> position;  ///< from 1
  std::vector<std::uint8_t> clicked;
  std::vector<std::size_t> begin = {0};  ///< of each search in those, and their end
  std::vector<std::uint8_t> held_out;    ///< a search each: judged by, not learned from
  std::size_t pairs = 0;

  std::size_t searches() const noexcept { return begin.size() - 1; }
};

/// Positions behind it count as it.
inline constexpr std::size_t kPositions = 50;

enum class ClickModelKind : std::uint8_t {
  click_rate,  ///< everything shown is looked at: clicks / impressions
  position,    ///< the position-based model: looked at with a chance by position
  browsing,    ///< the user browsing model: by position and the last click above it
  cascade,     ///< the dynamic Bayesian network: read from the top until satisfied
};
inline constexpr std::size_t kClickModels = 4;
std::string_view to_string(ClickModelKind kind) noexcept;

/// What is the same for all queries.
struct ClickModel {
  ClickModelKind kind = ClickModelKind::click_rate;
  /// The chance to be looked at: [position - 1] of the position-based model, relative to the
  /// first; [context(position, last click)] of the browsing model.
  std::vector<double> examined;
  double persistence = 1.0;  ///< cascade: the chance to read on where not satisfied
  /// Mean attraction of pairs by the mean position that they were shown at, [position - 1]: what is
  /// known of a pair before its own clicks, since who ranks knows something, too.
  std::vector<double> attraction;
  double satisfaction = 0.5;  ///< cascade: mean of a click's satisfaction
  /// Looks' worth of these means that each pair's attraction and satisfaction begin with.
  double prior = 1.0;
};

/// Places in ClickModel::examined of the browsing model: `last_click` is 0 for none.
constexpr std::size_t browsing_context(std::size_t position, std::size_t last_click) noexcept {
  return (position - 1) * position / 2 + last_click;
}

/// The mean position of each pair, of all searches; 1 for a pair without any.
std::vector<std::uint16_t> mean_positions(const ClickSample& sample);

/// Of clicks and looks by mean position, the rates; those of positions with little to go by lean on
/// their neighbours.
std::vector<double> rates_by_position(std::span<const double> clicks,
                                      std::span<const double> looks);

/// What a pair was found to be.
struct PairEstimate {
  double attraction = 0.0;    ///< the chance of a click where it is looked at
  double satisfaction = 1.0;  ///< cascade: of a click, that the search ends
  double examined = 0.0;      ///< how often it was looked at, by the model
  /// What to rank by. In the cascade, too, attraction alone: its product with satisfaction, which
  /// Chapelle and Zhang take, ranks worse by the little that is known of satisfaction.
  double relevance() const noexcept { return attraction; }
};

/// How much the positions of the same pairs vary, which is what positions' bias is learned from.
struct PositionVariation {
  std::size_t pairs = 0;      ///< shown at more than one position
  std::uint64_t clicks = 0;   ///< on them
  std::size_t connected = 1;  ///< positions from the first that are linked by such clicks
};
PositionVariation position_variation(const ClickSample& sample);

/// Chances to be looked at by position, relative to the first, from pairs that were shown at two
/// positions ("intervention harvesting" with the AllPairs estimator; Agarwal, Zaitsev, Wang, Li,
/// Najork and Joachims, "Estimating Position Bias without Intrusive Interventions", 2019). Each
/// pair's click rates at two positions are weighed by the harmonic mean of their impressions.
/// Behind the last connected position the last value stays.
std::vector<double> harvest_position_bias(const ClickSample& sample, std::size_t positions);

/// Fits a model to the searches that are not held out.
///
/// click_rate: closed. position and browsing: expectation maximisation over pairs and positions
/// (Wang, Golbandi, Bendersky, Metzler and Najork, "Position Bias Estimation for Unbiased Learning
/// to Rank in Personal Search", 2018; Dupret and Piwowarski, 2008), where positions learn from
/// pairs that were seen in two contexts alone: others only say how good what is ranked high is.
/// cascade: expectation maximisation of Chapelle and Zhang's network ("A Dynamic Bayesian Network
/// Click Model for Web Search Ranking", 2009), whose persistence is learned, too.
ClickModel fit_click_model(ClickModelKind kind, const ClickSample& sample);

/// The pairs' estimates by a model whose global parameters are known. All searches count, held out
/// ones as `with_held_out` says.
std::vector<PairEstimate> estimate_pairs(const ClickModel& model, const ClickSample& sample,
                                         bool with_held_out);

/// How well a model with the pairs' estimates foretells searches: the mean of log2 of the chance
/// that it gave to what happened (a click or none) at each item shown, given the clicks above it.
/// Of the searches that are held out.
struct Foretold {
  double log_likelihood = 0.0;  ///< mean a shown item, in bits: 0 is best
  std::size_t shown = 0;
  /// 2 to the power of what an item shown costs: 1 is best, 2 a coin.
  double perplexity() const noexcept;
};
Foretold foretell(const ClickModel& model, std::span<const PairEstimate> pairs,
                  const ClickSample& sample);

/// All models fitted, judged by the searches held out. The one that foretells best is chosen; but
/// click rates, which correct nothing, only where they save 1 % of the bits.
struct ClickModelChoice {
  std::array<ClickModel, kClickModels> models;
  std::array<Foretold, kClickModels> foretold;
  std::array<bool, kClickModels> fitted{};  ///< position and browsing need variation
  ClickModelKind best = ClickModelKind::click_rate;
  PositionVariation variation;
  std::vector<double> harvested;  ///< harvest_position_bias, where there is variation

  /// Of the positions' chances: none without variation; low where the two ways to learn them
  /// differ by more than a tenth, or there are fewer than 2,000 clicks on pairs that moved.
  enum class Confidence : std::uint8_t { none, low, high };
  Confidence confidence() const;
};
std::string_view to_string(ClickModelChoice::Confidence confidence) noexcept;

/// Least clicks on pairs that moved for positions' bias to be learned.
inline constexpr std::uint64_t kLeastMovedClicks = 200;

ClickModelChoice choose_click_model(const ClickSample& sample);

}  // namespace kindred::prepare
