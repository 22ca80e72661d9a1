#include "prepare/click_simulator.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kindred::prepare {
namespace {

constexpr double kNoise = 0.04;       // the chance to click on what is of no use
constexpr double kPersistence = 0.9;  // of the dynamic Bayesian network
constexpr double kMostAttraction = 0.85;

double worth(int grade) {
  return (std::exp2(grade) - 1.0) / (std::exp2(kSimulatedGrades - 1) - 1.0);
}

bool chance(double p, Random& random) {
  return random.uniform() < p;
}

// Looked at: the nearer to the last click the likelier, and less far down.
double browsing_examination(std::size_t position, std::size_t last) {
  const auto distance = static_cast<double>(position - last);
  return std::pow(distance, -0.8) * std::pow(static_cast<double>(position), -0.2);
}

}  // namespace

SimulatedClicks parse_simulated_clicks(std::string_view name) {
  if (name == "pbm") return SimulatedClicks::position;
  if (name == "cascade") return SimulatedClicks::cascade;
  if (name == "dbn") return SimulatedClicks::dbn;
  if (name == "ubm") return SimulatedClicks::browsing;
  fail(ErrorKind::bad_input, "no click model '{}'; the models are pbm, cascade, dbn and ubm", name);
}

double simulated_attraction(int grade) noexcept {
  return kNoise + (kMostAttraction - kNoise) * worth(grade);
}
double simulated_satisfaction(int grade) noexcept {
  return 0.1 + 0.8 * worth(grade);
}
double simulated_examination(std::size_t position) noexcept {
  return 1.0 / static_cast<double>(position);
}

std::vector<std::uint8_t> simulate_clicks(SimulatedClicks model, std::span<const int> grades,
                                          Random& random) {
  std::vector<std::uint8_t> clicked(grades.size());
  std::size_t last = 0;
  for (std::size_t i = 0; i < grades.size(); ++i) {
    double looked = 1.0;
    if (model == SimulatedClicks::position) looked = simulated_examination(i + 1);
    if (model == SimulatedClicks::browsing) looked = browsing_examination(i + 1, last);
    clicked[i] = chance(looked * simulated_attraction(grades[i]), random) ? 1 : 0;
    if (clicked[i] != 0) {
      last = i + 1;
      if (model == SimulatedClicks::cascade) break;
      if (model == SimulatedClicks::dbn && chance(simulated_satisfaction(grades[i]), random)) break;
    }
    if (model == SimulatedClicks::dbn && !chance(kPersistence, random)) break;
  }
  return clicked;
}

Simulation::Simulation(const SimulationOptions& options) : options_(options) {
  require(options.queries > 0 && options.shown <= options.items, "Simulation: options");
  const Random seeded(options.seed);
  Random grades = seeded.split(1), scores = seeded.split(2);
  // Most things are of no use to a query.
  constexpr double kShares[kSimulatedGrades] = {0.45, 0.25, 0.15, 0.1, 0.05};
  for (std::size_t i = 0; i < options.queries * options.items; ++i) {
    double at = grades.uniform();
    int grade = 0;
    while (grade + 1 < kSimulatedGrades && at >= kShares[grade]) at -= kShares[grade++];
    grades_.push_back(grade);
    scores_.push_back(options.quality * grade + 1.5 * scores.normal());
  }
  double total = 0.0;
  for (std::size_t q = 0; q < options.queries; ++q)
    cumulative_.push_back(total += std::pow(static_cast<double>(q + 1), -options.skew));
}

std::size_t Simulation::draw_query(Random& random) const {
  const double at = random.uniform() * cumulative_.back();
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
  return std::min<std::size_t>(static_cast<std::size_t>(found - cumulative_.begin()),
                               cumulative_.size() - 1);
}

SimulatedSearch Simulation::search(std::size_t query, Random& random) const {
  SimulatedSearch search;
  search.query = query;
  std::vector<std::pair<double, std::uint32_t>> order;
  for (std::uint32_t i = 0; i < options_.items; ++i)
    order.emplace_back(-scores_[query * options_.items + i] - options_.variation * random.normal(),
                       i);
  std::sort(order.begin(), order.end());
  std::vector<int> grades;
  for (std::size_t i = 0; i < options_.shown; ++i) {
    search.items.push_back(order[i].second);
    grades.push_back(grade(query, order[i].second));
  }
  search.clicked = simulate_clicks(options_.model, grades, random);
  return search;
}

}  // namespace kindred::prepare
