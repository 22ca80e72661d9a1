#include "prepare/click_models.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "prepare/cascade_model.h"

namespace kindred::prepare {
namespace {

constexpr std::array<std::string_view, kClickModels> kNames = {"click-rate", "position", "browsing",
                                                               "cascade"};
constexpr std::size_t kRounds = 60;
constexpr double kLeastExamined = 1e-3;
constexpr double kPriors[] = {1.0, 3.0, 10.0, 30.0};
constexpr std::uint64_t kLeastLink = 20;  // clicks that link a position with those above

// Impressions and clicks of a pair in one context.
struct Cell {
  std::uint32_t pair;
  std::uint32_t context;
  double shown = 0.0;
  double clicks = 0.0;
};

std::size_t position_of(const ClickSample& sample, std::size_t at) {
  return std::clamp<std::size_t>(sample.position[at], 1, kPositions);
}

// The contexts of a search's items.
void contexts_of(ClickModelKind kind, const ClickSample& sample, std::size_t search,
                 std::vector<std::uint32_t>& contexts) {
  contexts.clear();
  std::size_t last = 0;
  for (std::size_t at = sample.begin[search]; at < sample.begin[search + 1]; ++at) {
    const std::size_t position = position_of(sample, at);
    switch (kind) {
      case ClickModelKind::position:
        contexts.push_back(static_cast<std::uint32_t>(position - 1));
        break;
      case ClickModelKind::browsing:
        contexts.push_back(
            static_cast<std::uint32_t>(browsing_context(position, std::min(last, position - 1))));
        break;
      default:
        contexts.push_back(0);
    }
    if (sample.clicked[at] != 0) last = position;
  }
}

std::size_t contexts_of(ClickModelKind kind) {
  if (kind == ClickModelKind::position) return kPositions;
  return kind == ClickModelKind::browsing ? browsing_context(kPositions + 1, 0) : 1;
}

// By pair, then context.
std::vector<Cell> cells_of(ClickModelKind kind, const ClickSample& sample, bool with_held_out) {
  std::vector<Cell> cells;
  std::vector<std::uint32_t> contexts;
  for (std::size_t search = 0; search < sample.searches(); ++search) {
    if (!with_held_out && sample.held_out[search] != 0) continue;
    contexts_of(kind, sample, search, contexts);
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const std::size_t at = sample.begin[search] + i;
      cells.push_back({sample.pair[at], contexts[i], 1.0, sample.clicked[at] != 0 ? 1.0 : 0.0});
    }
  }
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return a.pair != b.pair ? a.pair < b.pair : a.context < b.context;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (kept > 0 && cells[kept - 1].pair == cells[i].pair &&
        cells[kept - 1].context == cells[i].context) {
      cells[kept - 1].shown += cells[i].shown;
      cells[kept - 1].clicks += cells[i].clicks;
    } else {
      cells[kept++] = cells[i];
    }
  }
  cells.resize(kept);
  return cells;
}

template <typename Act>
void for_each_pair(std::span<const Cell> cells, const Act& act) {
  for (std::size_t begin = 0; begin < cells.size();) {
    std::size_t end = begin + 1;
    while (end < cells.size() && cells[end].pair == cells[begin].pair) ++end;
    act(cells.subspan(begin, end - begin));
    begin = end;
  }
}

// Keeps the pairs that were seen in two contexts: what a position does shows in them alone.
std::vector<Cell> moved(std::span<const Cell> cells) {
  std::vector<Cell> kept;
  for_each_pair(cells, [&](std::span<const Cell> of_pair) {
    if (of_pair.size() > 1) kept.insert(kept.end(), of_pair.begin(), of_pair.end());
  });
  return kept;
}

// Clicks are Poisson of impressions × examined × attraction: each factor in turn is clicks over
// expected clicks. Near the maximum already, and quickly.
void balance(std::span<const Cell> cells, std::vector<double>& examined) {
  std::vector<double> clicks(examined.size()), expected(examined.size());
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::fill(clicks.begin(), clicks.end(), 0.0);
    std::fill(expected.begin(), expected.end(), 0.0);
    for_each_pair(cells, [&](std::span<const Cell> of_pair) {
      double c = 0.0, e = 0.0;
      for (const Cell& cell : of_pair) {
        c += cell.clicks;
        e += cell.shown * examined[cell.context];
      }
      const double attraction = e > 0.0 ? std::min(c / e, 1.0) : 0.0;
      for (const Cell& cell : of_pair) {
        clicks[cell.context] += cell.clicks;
        expected[cell.context] += cell.shown * attraction;
      }
    });
    for (std::size_t k = 1; k < examined.size(); ++k)
      if (expected[k] > 0.0) examined[k] = std::clamp(clicks[k] / expected[k], kLeastExamined, 1.0);
  }
}

// Expectation maximisation with the chance of each click and of none; the first context is 1.
void maximise(std::span<const Cell> cells, std::vector<double>& examined) {
  std::vector<double> attraction;
  for_each_pair(cells, [&](std::span<const Cell> of_pair) {
    double c = 0.0, e = 0.0;
    for (const Cell& cell : of_pair) {
      c += cell.clicks;
      e += cell.shown * examined[cell.context];
    }
    attraction.push_back(e > 0.0 ? std::min(c / e, 0.999) : 0.0);
  });
  std::vector<double> looked(examined.size()), shown(examined.size());
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::fill(looked.begin(), looked.end(), 0.0);
    std::fill(shown.begin(), shown.end(), 0.0);
    std::size_t pair = 0;
    for_each_pair(cells, [&](std::span<const Cell> of_pair) {
      double& a = attraction[pair++];
      double attractive = 0.0, all = 0.0;
      for (const Cell& cell : of_pair) {
        const double e = examined[cell.context];
        const double none = cell.shown - cell.clicks;
        const double no_click = std::max(1.0 - e * a, 1e-9);
        looked[cell.context] += cell.clicks + none * e * (1.0 - a) / no_click;
        shown[cell.context] += cell.shown;
        attractive += cell.clicks + none * a * (1.0 - e) / no_click;
        all += cell.shown;
      }
      a = std::min(attractive / all, 0.999);
    });
    for (std::size_t k = 1; k < examined.size(); ++k)
      if (shown[k] > 0.0) examined[k] = std::clamp(looked[k] / shown[k], kLeastExamined, 1.0);
  }
}

// Contexts that no moved pair reaches take the value of the nearest position above.
void fill_positions(std::vector<double>& examined, std::size_t connected) {
  for (std::size_t k = std::max<std::size_t>(connected, 1); k < examined.size(); ++k)
    examined[k] = examined[k - 1];
}

// The least-biased start of contexts by position.
std::vector<double> start_of(ClickModelKind kind, std::span<const double> by_position) {
  if (kind == ClickModelKind::position) return {by_position.begin(), by_position.end()};
  std::vector<double> examined(contexts_of(kind));
  for (std::size_t p = 1; p <= kPositions; ++p)
    for (std::size_t last = 0; last < p; ++last)
      examined[browsing_context(p, last)] = by_position[p - 1];
  return examined;
}

}  // namespace

std::string_view to_string(ClickModelKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<std::uint16_t> mean_positions(const ClickSample& sample) {
  std::vector<double> sum(sample.pairs), shown(sample.pairs);
  for (std::size_t at = 0; at < sample.pair.size(); ++at) {
    sum[sample.pair[at]] += static_cast<double>(position_of(sample, at));
    shown[sample.pair[at]] += 1.0;
  }
  std::vector<std::uint16_t> means(sample.pairs, 1);
  for (std::size_t p = 0; p < means.size(); ++p)
    if (shown[p] > 0.0) means[p] = static_cast<std::uint16_t>(std::lround(sum[p] / shown[p]));
  return means;
}

std::vector<double> rates_by_position(std::span<const double> clicks,
                                      std::span<const double> looks) {
  constexpr double kEnough = 50.0;  // looks' worth of the position above
  double all_clicks = 0.0, all_looks = 0.0;
  for (std::size_t k = 0; k < clicks.size(); ++k) {
    all_clicks += clicks[k];
    all_looks += looks[k];
  }
  double rate = all_looks > 0.0 ? std::clamp(all_clicks / all_looks, 1e-6, 1.0) : 1e-6;
  std::vector<double> rates;
  for (std::size_t k = 0; k < clicks.size(); ++k) {
    rate = std::clamp((clicks[k] + kEnough * rate) / (looks[k] + kEnough), 1e-6, 1.0 - 1e-6);
    rates.push_back(rate);
  }
  return rates;
}

double Foretold::perplexity() const noexcept {
  return std::exp2(-log_likelihood);
}

PositionVariation position_variation(const ClickSample& sample) {
  PositionVariation variation;
  std::vector<double> link(kPositions);  // clicks on pairs at a position and at one above
  const std::vector<Cell> cells = moved(cells_of(ClickModelKind::position, sample, true));
  for_each_pair(cells, [&](std::span<const Cell> of_pair) {
    double above = of_pair[0].clicks;
    for (const Cell& cell : of_pair.subspan(1)) {
      above += cell.clicks;
      link[cell.context] += above;
    }
    ++variation.pairs;
    for (const Cell& cell : of_pair) variation.clicks += static_cast<std::uint64_t>(cell.clicks);
  });
  while (variation.connected < kPositions &&
         link[variation.connected] >= static_cast<double>(kLeastLink))
    ++variation.connected;
  return variation;
}

std::vector<double> harvest_position_bias(const ClickSample& sample, std::size_t positions) {
  positions = std::clamp<std::size_t>(positions, 1, kPositions);
  // A "pair" here is two positions; what was shown at both is one item with one attraction.
  std::vector<Cell> cells;
  for (std::uint32_t i = 0; i < positions; ++i) {
    for (std::uint32_t j = i + 1; j < positions; ++j) {
      const auto both = static_cast<std::uint32_t>(i * positions + j);
      cells.push_back({both, i});
      cells.push_back({both, j});
    }
  }
  const auto place = [&](std::size_t i, std::size_t j) {
    return 2 * (i * positions - i * (i + 1) / 2 + j - i - 1);
  };
  const std::vector<Cell> moves = moved(cells_of(ClickModelKind::position, sample, false));
  for_each_pair(moves, [&](std::span<const Cell> of_pair) {
    for (std::size_t a = 0; a < of_pair.size(); ++a) {
      for (std::size_t b = a + 1; b < of_pair.size(); ++b) {
        const Cell& high = of_pair[a];
        const Cell& low = of_pair[b];
        if (low.context >= positions) continue;
        const double weight = high.shown * low.shown / (high.shown + low.shown);
        const std::size_t at = place(high.context, low.context);
        cells[at].shown += weight;
        cells[at].clicks += weight * high.clicks / high.shown;
        cells[at + 1].shown += weight;
        cells[at + 1].clicks += weight * low.clicks / low.shown;
      }
    }
  });
  std::erase_if(cells, [](const Cell& cell) { return cell.shown == 0.0; });
  std::vector<double> examined(kPositions, 1.0);
  balance(cells, examined);
  maximise(cells, examined);
  fill_positions(examined, positions);
  return examined;
}

namespace {

// The strength of the prior that foretells best.
void choose_prior(ClickModel& model, const ClickSample& sample) {
  double best = -1e300;
  double chosen = model.prior;
  for (const double prior : kPriors) {
    model.prior = prior;
    const auto pairs = estimate_pairs(model, sample, false);
    const double likelihood = foretell(model, pairs, sample).log_likelihood;
    if (likelihood <= best) continue;
    best = likelihood;
    chosen = prior;
  }
  model.prior = chosen;
}

ClickModel fit_contexts(ClickModelKind kind, const ClickSample& sample) {
  ClickModel model;
  model.kind = kind;
  const std::vector<Cell> cells = cells_of(kind, sample, false);
  if (kind != ClickModelKind::click_rate) {
    const std::size_t connected = position_variation(sample).connected;
    model.examined = start_of(kind, harvest_position_bias(sample, connected));
    std::vector<Cell> moves = moved(cells);
    balance(moves, model.examined);
    maximise(moves, model.examined);
    if (kind == ClickModelKind::position) fill_positions(model.examined, connected);
  }
  const auto means = mean_positions(sample);
  std::vector<double> clicks(kPositions), looks(kPositions);
  for (const Cell& cell : cells) {
    const std::size_t place = means[cell.pair] - 1U;
    clicks[place] += cell.clicks;
    looks[place] += cell.shown * (model.examined.empty() ? 1.0 : model.examined[cell.context]);
  }
  model.attraction = rates_by_position(clicks, looks);
  choose_prior(model, sample);
  return model;
}

}  // namespace

ClickModel fit_click_model(ClickModelKind kind, const ClickSample& sample) {
  if (kind != ClickModelKind::cascade) return fit_contexts(kind, sample);
  ClickModel model = fit_cascade(sample);
  choose_prior(model, sample);
  return model;
}

std::vector<PairEstimate> estimate_pairs(const ClickModel& model, const ClickSample& sample,
                                         bool with_held_out) {
  if (model.kind == ClickModelKind::cascade) return estimate_cascade(model, sample, with_held_out);
  std::vector<double> clicks(sample.pairs);
  std::vector<PairEstimate> pairs(sample.pairs);
  std::vector<std::uint32_t> contexts;
  for (std::size_t search = 0; search < sample.searches(); ++search) {
    if (!with_held_out && sample.held_out[search] != 0) continue;
    contexts_of(model.kind, sample, search, contexts);
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const std::size_t at = sample.begin[search] + i;
      clicks[sample.pair[at]] += sample.clicked[at] != 0 ? 1.0 : 0.0;
      pairs[sample.pair[at]].examined += model.examined.empty() ? 1.0 : model.examined[contexts[i]];
    }
  }
  const auto means = mean_positions(sample);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const double before = model.prior * model.attraction[means[p] - 1U];
    pairs[p].attraction = std::min((clicks[p] + before) / (pairs[p].examined + model.prior), 1.0);
  }
  return pairs;
}

Foretold foretell(const ClickModel& model, std::span<const PairEstimate> pairs,
                  const ClickSample& sample) {
  constexpr double kLeast = 1e-4;
  Foretold foretold;
  double bits = 0.0;
  std::vector<std::uint32_t> contexts;
  for (std::size_t search = 0; search < sample.searches(); ++search) {
    if (sample.held_out[search] == 0) continue;
    contexts_of(model.kind, sample, search, contexts);
    double reading = 1.0;  // the cascade's chance to have come so far
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const std::size_t at = sample.begin[search] + i;
      const PairEstimate& pair = pairs[sample.pair[at]];
      const double looked = model.kind == ClickModelKind::cascade ? reading
                            : model.examined.empty()              ? 1.0
                                                                  : model.examined[contexts[i]];
      const double chance = std::clamp(looked * pair.attraction, kLeast, 1.0 - kLeast);
      const bool clicked = sample.clicked[at] != 0;
      bits += std::log2(clicked ? chance : 1.0 - chance);
      reading = model.persistence *
                (clicked ? 1.0 - pair.satisfaction
                         : std::max(looked - looked * pair.attraction, 0.0) / (1.0 - chance));
      ++foretold.shown;
    }
  }
  foretold.log_likelihood = foretold.shown > 0 ? bits / static_cast<double>(foretold.shown) : 0.0;
  return foretold;
}

ClickModelChoice::Confidence ClickModelChoice::confidence() const {
  constexpr std::uint64_t kEnoughClicks = 2000;
  constexpr double kMostDifference = 0.1;
  if (harvested.empty()) return Confidence::none;
  const auto& examined = models[static_cast<std::size_t>(ClickModelKind::position)].examined;
  double difference = 0.0;
  for (std::size_t k = 0; k < variation.connected; ++k)
    difference = std::max(difference, std::abs(examined[k] - harvested[k]));
  const bool high = variation.clicks >= kEnoughClicks && difference <= kMostDifference;
  return high ? Confidence::high : Confidence::low;
}

std::string_view to_string(ClickModelChoice::Confidence confidence) noexcept {
  constexpr std::string_view kConfidences[] = {"none", "low", "high"};
  return kConfidences[static_cast<std::size_t>(confidence)];
}

ClickModelChoice choose_click_model(const ClickSample& sample) {
  ClickModelChoice choice;
  choice.variation = position_variation(sample);
  const bool varied =
      choice.variation.clicks >= kLeastMovedClicks && choice.variation.connected > 1;
  if (varied) choice.harvested = harvest_position_bias(sample, choice.variation.connected);
  for (std::size_t k = 0; k < kClickModels; ++k) {
    const auto kind = static_cast<ClickModelKind>(k);
    const bool by_position = kind == ClickModelKind::position || kind == ClickModelKind::browsing;
    if (by_position && !varied) continue;
    choice.models[k] = fit_click_model(kind, sample);
    const auto pairs = estimate_pairs(choice.models[k], sample, false);
    choice.foretold[k] = foretell(choice.models[k], pairs, sample);
    choice.fitted[k] = true;
  }
  // Every other model can become the click rate's, so that what it seems to win is chance.
  constexpr double kMargin = 1.01;
  double best = choice.foretold[0].log_likelihood * kMargin;
  for (std::size_t k = 1; k < kClickModels; ++k) {
    if (!choice.fitted[k] || choice.foretold[k].log_likelihood <= best) continue;
    best = choice.foretold[k].log_likelihood;
    choice.best = static_cast<ClickModelKind>(k);
  }
  return choice;
}

}  // namespace kindred::prepare
