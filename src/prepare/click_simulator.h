// People who search and click, made up: to test what is learned of clicks by what is known to be
// true, and to show it. Tested by click_models_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "prepare/log_time.h"

namespace kindred::prepare {

/// How simulated people click (Chuklin, Markov and de Rijke, "Click Models for Web Search", 2015).
enum class SimulatedClicks : std::uint8_t {
  position,  ///< each place is looked at with a chance of its own, 1 / position
  cascade,   ///< from the top to the first click
  dbn,       ///< from the top until satisfied or tired: the dynamic Bayesian network
  browsing,  ///< by the position and the distance from the last click
};
/// "pbm", "cascade", "dbn" or "ubm". Errors: bad_input.
SimulatedClicks parse_simulated_clicks(std::string_view name);

inline constexpr int kSimulatedGrades = 5;  ///< 0 to 4
/// The chance of a click for one who looks; a grade's worth of satisfaction for one who clicked.
double simulated_attraction(int grade) noexcept;
double simulated_satisfaction(int grade) noexcept;
/// The chance to look at a position, from 1, in the position's model.
double simulated_examination(std::size_t position) noexcept;

/// Clicks on a page whose items have these grades, in their order.
std::vector<std::uint8_t> simulate_clicks(SimulatedClicks model, std::span<const int> grades,
                                          Random& random);

struct SimulatedSearch {
  std::size_t query = 0;
  std::vector<std::uint32_t> items;  ///< of the query, as shown
  std::vector<std::uint8_t> clicked;
};

struct SimulationOptions {
  SimulatedClicks model = SimulatedClicks::position;
  std::uint64_t seed = 1;
  std::size_t queries = 200;
  std::size_t items = 20;  ///< a query
  std::size_t shown = 10;
  double quality = 1.0;    ///< of the ranking: how much the grade counts beside chance
  double variation = 0.5;  ///< how much the order differs from search to search
  double skew = 1.0;       ///< Zipf's exponent of the queries' frequencies
};

/// Queries with items whose grades are drawn independently of how they are ranked. Searches are
/// made without end. Threads: one at a time.
class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);

  int grade(std::size_t query, std::size_t item) const {
    return grades_[query * options_.items + item];
  }
  std::span<const int> grades(std::size_t query) const {
    return std::span(grades_).subspan(query * options_.items, options_.items);
  }
  std::size_t draw_query(Random& random) const;
  /// The search that `random` draws: query, order and clicks.
  SimulatedSearch search(Random& random) const { return search(draw_query(random), random); }
  SimulatedSearch search(std::size_t query, Random& random) const;

 private:
  SimulationOptions options_;
  std::vector<int> grades_;
  std::vector<double> scores_;      // of the ranking, before each search's variation
  std::vector<double> cumulative_;  // of the queries' frequencies
};

}  // namespace kindred::prepare
