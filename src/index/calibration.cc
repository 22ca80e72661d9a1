#include "index/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/random.h"
#include "index/exact_search.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

constexpr std::size_t kLeastRows = 1000;
/// Hits asked for and shares of rows that filters leave; only the usual k, which comes first, is
/// measured under filters, and decides whether second lists pay.
constexpr std::uint32_t kUsual = 10, kMost = 100;
constexpr std::uint32_t kNeighbors[] = {kUsual, 1, kMost};
constexpr double kUsualRecall = 0.95;
constexpr double kFirstSelectivity = 0.1, kNextSelectivity = 0.1;  // of the one before
constexpr double kRecalls[] = {0.7,  0.8,  0.85,  0.9,  0.92,  0.94,  0.95, 0.96,
                               0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.999};
/// Settings that are tried. For each bound in standard deviations and each spread the most lists
/// are raised; between two numbers of lists recall and cost are interpolated. The widest come
/// first: only the number of lists bounds what they find.
constexpr float kBounds[] = {2.8F, 1.8F, 1.2F, 0.8F};
constexpr float kFewBounds[] = {2.8F, 1.4F};
constexpr float kSpreads[] = {1.0F, 0.7F, 0.5F, 0.35F, 0.2F};
constexpr float kFewSpreads[] = {1.0F, 0.6F, 0.4F};
constexpr std::uint32_t kFirstProbes = 2;
constexpr double kGain = 4e-4;       // what more lists must find
constexpr double kClearly = 0.75;    // of a cost is clearly less
constexpr double kEnough = 0.9992;   // no more is tried
constexpr double kAsGood = 1.1;      // costs that need not be told apart
constexpr double kSpillPrice = 1.2;  // of second lists, which take memory

/// A set of rows that is a fixed random share of all.
bool keeps(std::size_t row, double selectivity) {
  std::uint64_t mixed = (row + 1) * 0x9E3779B97F4A7C15ULL;
  mixed = (mixed ^ mixed >> 31) * 0xD6E8FEB86659FD93ULL;
  mixed ^= mixed >> 32;
  return static_cast<double>(mixed >> 11) * 0x1.0p-53 < selectivity;
}

struct Sample {
  std::vector<float> queries;
  std::vector<std::uint32_t> own;  ///< the row each was made from
};

Sample sample_queries(const IvfSegment& segment, std::span<const std::uint32_t> from,
                      std::size_t count, std::uint64_t seed) {
  const std::size_t d = segment.dimension(), rows = segment.rows();
  Random random(seed ^ 0xCA11B8A7EULL);
  Sample sample;
  sample.queries.resize(count * d);
  std::vector<float> pair(2 * d);
  for (std::size_t q = 0; q < count; ++q) {
    const std::uint32_t row = from.empty() ? static_cast<std::uint32_t>(random.below(rows))
                                           : from[random.below(from.size())];
    sample.own.push_back(row);
    float* query = sample.queries.data() + q * d;
    segment.read_vectors({&row, 1}, query);
    if (q % 2 == 1) {
      // Neighbouring rows are mostly of one list.
      constexpr std::uint32_t kReach = 32;
      const std::uint32_t first = row - std::min(row, kReach);
      const auto span = static_cast<std::uint32_t>(std::min<std::size_t>(2 * kReach, rows - first));
      const auto near = [&] { return first + static_cast<std::uint32_t>(random.below(span)); };
      const std::uint32_t both[] = {near(), near()};
      segment.read_vectors(both, pair.data());
      for (std::size_t i = 0; i < d; ++i) query[i] += 0.5F * (pair[i] - pair[d + i]);
    }
    if (segment.metric() == Metric::cosine) {
      const float norm = std::sqrt(kernels::dot(query, query, d));
      for (std::size_t i = 0; norm > 0.0F && i < d; ++i) query[i] /= norm;
    }
  }
  return sample;
}

/// One more neighbour than counts, for the query's own row.
std::vector<Hit> without(std::span<const Hit> hits, std::uint32_t own, std::size_t k) {
  std::vector<Hit> others;
  for (const Hit& hit : hits)
    if (hit.row != own && others.size() < k) others.push_back(hit);
  return others;
}

struct Measured {
  double recall = 0.0;  ///< less its error
  double cost = 0.0;
};

/// Searches for k hits under one filter.
class Level {
 public:
  Level(const IvfSegment& segment, const Sample& sample, std::size_t count, std::size_t k,
        std::optional<RowSet> allowed, const SegmentHits& exact, ThreadPool& pool)
      : segment_(segment),
        sample_(sample),
        count_(count),
        k_(k),
        pool_(pool),
        allowed_(std::move(allowed)) {
    for (std::size_t q = 0; q < count; ++q)
      exact_.push_back(without(exact.of(q), sample.own[q], k));
  }

  std::size_t count() const noexcept { return count_; }

  /// By the first `count` queries. The recall is less `errors` times its standard error.
  Measured measure(const Tuning& tuning, std::size_t count, double errors) const {
    const SegmentQuery query{
        sample_.queries.data(), count, k_ + 1, allowed_ ? &*allowed_ : nullptr, {}};
    IvfTrace trace;
    const SegmentHits found = segment_.search_lists(query, tuning, pool_, &trace);
    // Of vectors as they are, and of those together with the moved ones: the lower.
    return {std::min(least_recall(found, count, 2, errors), least_recall(found, count, 1, errors)),
            cost_of(trace)};
  }

 private:
  /// The mean recall of every so-manieth query, less its error.
  double least_recall(const SegmentHits& found, std::size_t count, std::size_t step,
                      double errors) const {
    double sum = 0.0, squares = 0.0, n = 0.0;
    for (std::size_t q = 0; q < count; q += step) {
      if (exact_[q].empty()) continue;
      const double recall = recall_of(exact_[q], without(found.of(q), sample_.own[q], k_));
      sum += recall;
      squares += recall * recall;
      n += 1.0;
    }
    if (n == 0.0) return 1.0;
    const double mean = sum / n;
    return mean - errors * std::sqrt(std::max(squares / n - mean * mean, 0.0) / n);
  }

  /// Hits that are as near as the last true neighbour count: equal rows stand for one another.
  static double recall_of(const std::vector<Hit>& exact, const std::vector<Hit>& found) {
    const float last = exact.back().score;
    const float least = last - 1e-5F * std::abs(last);  // the two searches round differently
    std::size_t hits = 0;
    for (const Hit& hit : found) hits += hit.score >= least ? 1 : 0;
    return static_cast<double>(std::min(hits, exact.size())) / static_cast<double>(exact.size());
  }

  /// Nanoseconds, about: what each stage costs on a processor with wide vectors.
  double cost_of(const IvfTrace& trace) const {
    const auto d = static_cast<double>(segment_.dimension());
    const double read = segment_.vectors().mapped() ? 30.0 + 0.15 * d : 500.0 + 0.15 * d;
    return static_cast<double>(trace.blocks) * (15.0 + 0.2 * d) +
           static_cast<double>(trace.compared) * (15.0 + 0.02 * d) +
           static_cast<double>(trace.probes) * 50.0 +
           static_cast<double>(trace.refined) * (8.0 + 0.04 * d) +
           static_cast<double>(trace.spilled) * (30.0 + 0.04 * d) +
           static_cast<double>(trace.read) * read;
  }

  const IvfSegment& segment_;
  const Sample& sample_;
  std::size_t count_, k_;
  ThreadPool& pool_;
  std::optional<RowSet> allowed_;
  std::vector<std::vector<Hit>> exact_;
};

/// How closely settings are looked at.
struct Look {
  std::size_t queries;  ///< at most
  double errors;        ///< standard errors of a recall that are kept in hand
  std::size_t share;    ///< of the lists, one in so many is scanned at most
};
/// To see which settings are worth it, and what they reach.
constexpr Look kGlance{96, 0.0, 5}, kCloseLook{~std::size_t{0}, 1.5, 1};

/// The same setting under several filters: the recall that all keep.
Measured measure_all(const std::vector<Level>& levels, const Tuning& tuning, const Look& look) {
  Measured all{2.0, 0.0};
  for (const Level& level : levels) {
    const Measured one = level.measure(tuning, std::min(level.count(), look.queries), look.errors);
    all.recall = std::min(all.recall, one.recall);
    all.cost += one.cost;
  }
  return all;
}

struct Tried {
  Tuning tuning;
  Measured measured;
};
/// Settings that differ in the number of lists, rising.
using Chain = std::vector<Tried>;

/// What the settings of `chains` with at least this recall cost at least.
double least_cost(const std::vector<Chain>& chains, double recall) {
  double least = std::numeric_limits<double>::infinity();
  for (const Chain& chain : chains)
    for (const Tried& tried : chain)
      if (tried.measured.recall >= recall) least = std::min(least, tried.measured.cost);
  return least;
}

/// More and more lists, from those of `tuning` on, in larger steps while other chains are clearly
/// better, until they reach `enough`, find no more, or cost more than all that can be found does
/// elsewhere.
Chain try_chain(const std::vector<Level>& levels, Tuning tuning, double enough, std::size_t lists,
                const Look& look, const std::vector<Chain>& others) {
  Chain chain;
  double most = 0.0;
  for (const Chain& other : others)
    for (const Tried& tried : other) most = std::max(most, tried.measured.recall);
  const double limit = others.empty() ? std::numeric_limits<double>::infinity()
                                      : least_cost(others, std::min(most, kEnough));
  int idle = 0;
  while (idle < 2) {
    const double before = chain.empty() ? 0.0 : chain.back().measured.recall;
    chain.push_back({tuning, measure_all(levels, tuning, look)});
    if (tuning.spill) chain.back().measured.cost *= kSpillPrice;
    const Measured& measured = chain.back().measured;
    idle = measured.recall < before + kGain ? idle + 1 : 0;
    if (measured.recall >= enough || measured.cost >= limit || tuning.probes >= lists / look.share)
      break;
    const bool beaten = least_cost(others, measured.recall) < kClearly * measured.cost;
    tuning.probes += beaten ? 2 * tuning.probes : (2 * tuning.probes + 2) / 3;
  }
  return chain;
}

/// The cheapest setting of a chain for a recall, its cost in `cost`; nothing when none reaches it.
std::optional<Tuning> reach(const Chain& chain, double recall, double& cost) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto& [tuning, to] = chain[i];
    if (to.recall < recall) continue;
    Tuning chosen = tuning;
    chosen.recall = recall;
    cost = to.cost;
    if (i > 0) {
      const auto& [before, from] = chain[i - 1];
      const double part = (recall - from.recall) / (to.recall - from.recall);
      chosen.probes =
          before.probes + static_cast<std::uint32_t>(
                              std::ceil(part * static_cast<double>(tuning.probes - before.probes)));
      cost = from.cost + part * (to.cost - from.cost);
    }
    return chosen;
  }
  return std::nullopt;
}

struct Settings {
  std::span<const float> bounds = kFewBounds, spreads = kFewSpreads;
  std::vector<bool> spill;
};

/// The chain whose setting is the cheapest for a recall, and that setting.
struct Chosen {
  const Chain* chain;
  Tuning tuning;
  double cost;
};
std::optional<Chosen> cheapest(const std::vector<Chain>& chains, double recall) {
  std::optional<Chosen> chosen;
  for (const Chain& chain : chains) {
    double cost = 0.0;
    const std::optional<Tuning> tuning = reach(chain, recall, cost);
    if (tuning && (!chosen || cost < chosen->cost)) chosen = {&chain, *tuning, cost};
  }
  return chosen;
}

/// A setting that a glance found to be about the cheapest for the recalls from … to.
struct Promising {
  const Chain* chain;
  double from, to;

  /// Its last number of lists that did not reach `from`.
  Tuning first() const {
    Tuning tuning = chain->front().tuning;
    for (const Tried& tried : *chain)
      if (tried.measured.recall < from) tuning = tried.tuning;
    return tuning;
  }
};

/// Few that hold for all recalls. Those that no glance reached are left to the one that came
/// nearest.
std::vector<Promising> promising_of(const std::vector<Chain>& glances) {
  const auto nearest =
      std::max_element(glances.begin(), glances.end(), [](const Chain& a, const Chain& b) {
        return a.back().measured.recall < b.back().measured.recall;
      });
  std::vector<Promising> promising = {{&*nearest, 1.0, 1.0}};
  for (std::size_t i = std::size(kRecalls); i-- > 0;) {
    const double recall = kRecalls[i];
    const std::optional<Chosen> chosen = cheapest(glances, recall);
    double cost = 0.0;
    if (!chosen || (reach(*promising.back().chain, recall, cost) && cost <= kAsGood * chosen->cost))
      promising.back().from = recall;
    else
      promising.push_back({chosen->chain, recall, recall});
  }
  return promising;
}

/// Of all settings, the cheapest for each recall: all are glanced at, and those that promise to be
/// are looked at closely.
std::vector<Tuning> choose(const std::vector<Level>& levels, const Settings& settings,
                           std::size_t lists) {
  std::vector<Chain> glances, chains;
  for (const bool spill : settings.spill)
    for (const float bound : settings.bounds)
      for (const float spread : settings.spreads)
        glances.push_back(try_chain(levels, {0.0, spread, bound, kFirstProbes, spill}, kEnough,
                                    lists, kGlance, glances));
  for (const Promising& promising : promising_of(glances))
    chains.push_back(try_chain(levels, promising.first(), std::min(promising.to, kEnough), lists,
                               kCloseLook, chains));
  std::vector<Tuning> tunings;
  for (const double recall : kRecalls) {
    const std::optional<Chosen> chosen = cheapest(chains, recall);
    if (!chosen) break;
    tunings.push_back(chosen->tuning);
  }
  // What is asked beyond: every list that could hold a neighbour at all.
  tunings.push_back({1.0, 1.0F, 4.0F, static_cast<std::uint32_t>(lists)});
  return tunings;
}

bool prefers_spill(const std::vector<Tuning>& tunings) {
  for (const Tuning& tuning : tunings)
    if (tuning.recall >= kUsualRecall) return tuning.spill;
  return false;
}

/// Shares of rows that filters leave: some, down to the least for which lists are scanned at all.
std::vector<double> selectivities_of(const IvfSegment& segment) {
  const double least =
      static_cast<double>(segment.most_scored() + 1) / static_cast<double>(segment.rows());
  std::vector<double> selectivities;
  if (least >= kLargestSelectivity) return selectivities;
  for (double next = kFirstSelectivity; next > least; next *= kNextSelectivity)
    selectivities.push_back(next);
  selectivities.push_back(least);
  return selectivities;
}

/// A random share of the rows, or neighbouring rows: far from most queries.
bool passes(bool neighbouring, double selectivity, std::size_t row, std::size_t rows) {
  if (!neighbouring) return keeps(row, selectivity);
  const std::size_t begin = rows / 3;
  return row >= begin &&
         row < begin + static_cast<std::size_t>(selectivity * static_cast<double>(rows));
}

}  // namespace

std::vector<TuningTable> calibrate(const IvfSegment& segment, std::span<const std::uint32_t> from,
                                   std::uint64_t seed, ThreadPool& pool,
                                   const std::function<void(std::size_t, std::size_t)>& progress) {
  const std::size_t rows = segment.rows(), lists = segment.meta().lists;
  if (rows < kLeastRows) return {};
  const std::size_t count = rows > 50'000 && rows <= 2'000'000 ? 1024 : 512;
  const std::vector<double> selectivities = selectivities_of(segment);
  const std::size_t steps = std::size(kNeighbors) + selectivities.size() + 1;
  progress(0, steps);
  const Sample sample = sample_queries(segment, from, count, seed);
  const SegmentQuery query{sample.queries.data(), count, kMost + 1, nullptr, {}};
  const SegmentHits exact =
      exact_search(segment.vectors(), segment.metric(), segment.dimension(), query, pool);
  // For each selectivity a random and a neighbouring share, of which fewer hits of fewer queries
  // are asked: all samples' hits are in memory at once.
  const SegmentQuery filtered{sample.queries.data(), count / 8, kUsual + 1, nullptr, {}};
  const auto is_in = [&](std::size_t s, std::size_t row) {
    return passes(s % 2 == 1, selectivities[s / 2], row, rows);
  };
  const std::vector<SegmentHits> exact_filtered =
      exact_search_of_samples(segment.vectors(), segment.metric(), segment.dimension(), filtered,
                              2 * selectivities.size(), is_in, pool);
  Settings all{kBounds, kSpreads, {false}}, few;
  if (segment.has_spill()) all.spill.push_back(true);
  std::vector<TuningTable> tables;
  std::size_t step = 1;
  for (const std::uint32_t k : kNeighbors) {
    progress(step++, steps);
    // The more hits a query has, the fewer queries tell as much.
    const std::size_t queries = k == kUsual ? count : k < kUsual ? count / 2 : count / 8;
    std::vector<Level> levels;
    levels.emplace_back(segment, sample, queries, k, std::nullopt, exact, pool);
    tables.push_back({k, 1.0, choose(levels, k == kUsual ? all : few, lists)});
    few.spill = {prefers_spill(tables.front().tunings)};
  }
  std::sort(tables.begin(), tables.end(),
            [](const TuningTable& a, const TuningTable& b) { return a.k < b.k; });
  for (std::size_t i = 0; i < selectivities.size(); ++i) {
    progress(step++, steps);
    std::vector<Level> levels;
    for (const std::size_t s : {2 * i, 2 * i + 1}) {
      RowSet allowed(rows);
      for (std::size_t row = 0; row < rows; ++row)
        if (is_in(s, row)) allowed.insert(row);
      levels.emplace_back(segment, sample, filtered.count, kUsual, std::move(allowed),
                          exact_filtered[s], pool);
    }
    tables.push_back({kUsual, selectivities[i], choose(levels, few, lists)});
  }
  progress(steps, steps);
  return tables;
}

}  // namespace kindred::index
