#include "eval/retrieval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/printable.h"

namespace kindred::eval {
namespace {

struct NamedMeasure {
  std::string_view name;
  Measure measure;
};
constexpr std::array kMeasures = {
    NamedMeasure{"ndcg", Measure::ndcg},
    NamedMeasure{"recall", Measure::recall},
    NamedMeasure{"precision", Measure::precision},
    NamedMeasure{"map", Measure::map},
    NamedMeasure{"mrr", Measure::mrr},
    NamedMeasure{"hit_rate", Measure::hit_rate},
    NamedMeasure{"judged", Measure::judged},
};

// What is judged of one query.
struct Truth {
  std::vector<double> gains;  // above 0
  std::size_t relevant = 0;
};

Truth truth_of(const Grades& grades, double relevant_from) {
  Truth truth;
  for (const auto& [document, grade] : grades) {
    if (grade > 0.0) truth.gains.push_back(grade);
    if (grade >= relevant_from) ++truth.relevant;
  }
  return truth;
}

// A place of a ranking.
struct Place {
  bool judged;
  bool relevant;
  double gain;
};

std::vector<Place> places_of(std::vector<ScoredDocument> documents, const std::string& query,
                             const Grades& grades, const MeasureOptions& options) {
  rank_documents(documents);
  std::vector<Place> places;
  places.reserve(documents.size());
  for (const ScoredDocument& document : documents) {
    if (options.ignore_identical_ids && document.id == query) continue;
    const auto grade = grades.find(document.id);
    if (grade == grades.end())
      places.push_back({false, false, 0.0});
    else
      places.push_back({true, grade->second >= options.relevant_from, grade->second});
  }
  return places;
}

double discount(std::size_t place) {
  return 1.0 / std::log2(static_cast<double>(place) + 2.0);
}

double average_precision(std::span<const Place> first, const Truth& truth) {
  double sum = 0.0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].relevant) sum += static_cast<double>(++found) / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(truth.relevant);
}

double share(std::ptrdiff_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

double value_of(const Metric& metric, std::span<const Place> places, const Truth& truth) {
  const std::size_t k = metric.k == 0 ? std::numeric_limits<std::size_t>::max() : metric.k;
  const auto first = places.first(std::min(k, places.size()));
  const auto relevant =
      std::count_if(first.begin(), first.end(), [](const Place& place) { return place.relevant; });
  switch (metric.measure) {
    case Measure::ndcg: {
      std::vector<double> gains(first.size());
      std::transform(first.begin(), first.end(), gains.begin(),
                     [](const Place& place) { return place.gain; });
      return ndcg(gains, truth.gains, k);
    }
    case Measure::recall:
      return share(relevant, truth.relevant);
    case Measure::precision:
      return share(relevant, metric.k == 0 ? first.size() : metric.k);
    case Measure::map:
      return average_precision(first, truth);
    case Measure::mrr: {
      std::vector<double> hits(first.size());
      std::transform(first.begin(), first.end(), hits.begin(),
                     [](const Place& place) { return place.relevant ? 1.0 : 0.0; });
      return reciprocal_rank(hits, k);
    }
    case Measure::hit_rate:
      return relevant > 0 ? 1.0 : 0.0;
    case Measure::judged:
      return share(std::count_if(first.begin(), first.end(),
                                 [](const Place& place) { return place.judged; }),
                   first.size());
  }
  return 0.0;
}

}  // namespace

Metric Metric::parse(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  const auto known =
      std::find_if(kMeasures.begin(), kMeasures.end(),
                   [&](const NamedMeasure& measure) { return measure.name == name; });
  Metric metric{Measure::ndcg, 0};
  bool good = known != kMeasures.end();
  if (good) metric.measure = known->measure;
  if (at != text.npos) {
    const std::string_view k = text.substr(at + 1);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(k.data(), k.data() + k.size(), number);
    good = good && error == std::errc() && end == k.data() + k.size() && number > 0;
    metric.k = number;
  }
  if (!good) {
    std::string names;
    for (const NamedMeasure& measure : kMeasures)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", measure.name);
    fail(ErrorKind::bad_input,
         "'{}' is no metric; one is a measure ({}), alone or with how many documents it looks at, "
         "as "
         "ndcg@10",
         printable(text), names);
  }
  return metric;
}

std::string Metric::name() const {
  const auto known =
      std::find_if(kMeasures.begin(), kMeasures.end(),
                   [&](const NamedMeasure& named) { return named.measure == measure; });
  require(known != kMeasures.end(), "a measure without a name");
  return k == 0 ? std::string(known->name) : fmt::format("{}@{}", known->name, k);
}

std::vector<Metric> default_metrics() {
  return {{Measure::recall, 1}, {Measure::recall, 10}, {Measure::ndcg, 10},
          {Measure::mrr, 10},   {Measure::map, 100},   {Measure::judged, 10}};
}

double Measured::mean(std::size_t metric) const {
  const std::vector<double>& of = values.at(metric);
  if (of.empty()) return 0.0;
  return std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
}

std::size_t Measured::index_of(const Metric& metric) const {
  const auto at = std::find(metrics.begin(), metrics.end(), metric);
  if (at == metrics.end())
    fail(ErrorKind::bad_input, "{} was not measured; name it among the metrics", metric.name());
  return static_cast<std::size_t>(at - metrics.begin());
}

Measured measure(const Run& run, const Judgements& judgements, std::span<const Metric> metrics,
                 const MeasureOptions& options) {
  Measured measured;
  measured.name = run.name;
  measured.metrics.assign(metrics.begin(), metrics.end());
  measured.values.resize(metrics.size());
  std::vector<const Judgements::value_type*> judged;
  for (const auto& query : judgements) judged.push_back(&query);
  std::sort(judged.begin(), judged.end(), [](auto* a, auto* b) { return a->first < b->first; });
  for (const auto* query : judged) {
    const Truth truth = truth_of(query->second, options.relevant_from);
    const auto found = run.of_query.find(query->first);
    const bool answered = found != run.of_query.end();
    if (truth.relevant == 0 || (options.only_answered && !answered)) continue;
    std::vector<Place> places;
    if (answered) places = places_of(found->second, query->first, query->second, options);
    measured.queries.push_back(query->first);
    measured.answered += answered ? 1 : 0;
    for (std::size_t m = 0; m < metrics.size(); ++m)
      measured.values[m].push_back(value_of(metrics[m], places, truth));
  }
  return measured;
}

double ndcg(std::span<const double> ranking, std::span<const double> judged, std::size_t k) {
  std::vector<double> best(judged.begin(), judged.end());
  std::sort(best.begin(), best.end(), std::greater<>());
  const auto discounted = [k](std::span<const double> gains) {
    double sum = 0.0;
    for (std::size_t i = 0; i < std::min(k, gains.size()); ++i)
      sum += std::max(gains[i], 0.0) * discount(i);
    return sum;
  };
  const double ideal = discounted(best);
  return ideal > 0.0 ? discounted(ranking) / ideal : 0.0;
}

double reciprocal_rank(std::span<const double> ranking, std::size_t k) {
  const auto first = ranking.first(std::min(k, ranking.size()));
  const auto at = std::find_if(first.begin(), first.end(), [](double gain) { return gain > 0.0; });
  return at == first.end() ? 0.0 : 1.0 / static_cast<double>(at - first.begin() + 1);
}

double recall_of_exact(std::span<const std::uint64_t> found, std::span<const std::uint64_t> exact) {
  if (exact.empty()) return 1.0;
  std::vector<std::uint64_t> both;
  std::set_intersection(found.begin(), found.end(), exact.begin(), exact.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(exact.size());
}

}  // namespace kindred::eval
