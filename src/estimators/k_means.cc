#include "estimators/k_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "index/kmeans.h"
#include "kernels/distance.h"
#include "kernels/matmul.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kPart = 1024;  // rows summed in one order, whatever the threads

// One run: centres, and each row's nearest.
class Run {
 public:
  Run(const MetricSpace& space, std::size_t k, Random random, ThreadPool& pool)
      : space_(space), k_(k), d_(space.width()), random_(random), pool_(pool) {
    choose_starts();
  }

  void iterate(std::size_t most_steps) {
    assign();
    for (std::size_t step = 0; step < most_steps; ++step) {
      move_centres();
      const std::vector<std::uint32_t> before = nearest_;
      assign();
      if (nearest_ == before) break;
    }
  }

  double inertia() const { return std::accumulate(squares_.begin(), squares_.end(), 0.0); }
  const std::vector<std::uint32_t>& nearest() const { return nearest_; }
  const std::vector<float>& squares() const { return squares_; }

 private:
  template <typename F>
  void for_rows(const F& f) {
    const std::size_t rows = space_.rows();
    pool_.run((rows + kPart - 1) / kPart,
              [&](std::size_t part, int) { f(part * kPart, std::min((part + 1) * kPart, rows)); });
  }

  // Each start of several drawn in proportion to their squares, that which leaves the least.
  void choose_starts() {
    const std::size_t rows = space_.rows();
    const auto trials = static_cast<std::size_t>(2.0 + std::log(static_cast<double>(k_)));
    std::vector<float> left(rows, std::numeric_limits<float>::infinity());
    take_start({random_.below(rows)}, left);
    while (centres_.size() < k_ * d_) {
      const double sum = std::accumulate(left.begin(), left.end(), 0.0);
      std::vector<std::size_t> drawn;
      for (std::size_t t = 0; t < trials; ++t) drawn.push_back(draw(left, sum));
      take_start(drawn, left);
    }
  }

  std::size_t draw(const std::vector<float>& left, double sum) {
    if (!(sum > 0.0)) return random_.below(left.size());
    double at = random_.uniform() * sum;
    std::size_t last = 0;
    for (std::size_t r = 0; r < left.size(); ++r) {
      if (left[r] <= 0.0F) continue;
      last = r;
      at -= left[r];
      if (at < 0.0) break;
    }
    return last;
  }

  void take_start(const std::vector<std::size_t>& drawn, std::vector<float>& left) {
    const std::size_t rows = space_.rows(), count = drawn.size();
    const auto packed = kernels::PackedMatrix::pack(
        count, d_, kernels::WeightType::fp32, false,
        [&](std::size_t t, float* out) { std::copy_n(space_.row(drawn[t]), d_, out); });
    std::vector<float> then(rows * count);  // what would be left
    for_rows([&](std::size_t begin, std::size_t end) {
      ThreadPool serial(1);
      float* products = then.data() + begin * count;
      kernels::matmul(space_.row(begin), end - begin, d_, packed, {}, products, count, serial);
      for (std::size_t r = begin; r < end; ++r)
        for (std::size_t t = 0; t < count; ++t) {
          float& value = then[r * count + t];
          value = std::max(0.0F, space_.square(r) + space_.square(drawn[t]) - 2.0F * value);
          value = r == drawn[t] ? 0.0F : std::min(value, left[r]);
        }
    });
    std::vector<double> sums(count);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t t = 0; t < count; ++t) sums[t] += then[r * count + t];
    const auto best =
        static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    for (std::size_t r = 0; r < rows; ++r) left[r] = then[r * count + best];
    const float* chosen = space_.row(drawn[best]);
    centres_.insert(centres_.end(), chosen, chosen + d_);
  }

  void assign() {
    const index::CentroidTree tree(centres_, d_, {0, k_});
    nearest_.resize(space_.rows());
    squares_.resize(space_.rows());
    for_rows([&](std::size_t begin, std::size_t end) {
      tree.assign(space_.row(begin), end - begin, nearest_.data() + begin);
      for (std::size_t r = begin; r < end; ++r)
        squares_[r] = kernels::squared_l2(space_.row(r), centres_.data() + nearest_[r] * d_, d_);
    });
  }

  void move_centres() {
    std::vector<std::vector<std::uint32_t>> members(k_);
    for (std::uint32_t r = 0; r < nearest_.size(); ++r) members[nearest_[r]].push_back(r);
    fill_empty(members);
    pool_.run(k_, [&](std::size_t c, int) {
      if (members[c].empty()) return;
      std::vector<double> sum(d_);
      for (const std::uint32_t r : members[c])
        for (std::size_t i = 0; i < d_; ++i) sum[i] += space_.row(r)[i];
      double scale = 1.0 / static_cast<double>(members[c].size());
      if (space_.distance() == Distance::cosine) {
        double square = 0.0;
        for (const double v : sum) square += v * v;
        if (square == 0.0) return;  // opposites: the centre stays
        scale = 1.0 / std::sqrt(square);
      }
      for (std::size_t i = 0; i < d_; ++i)
        centres_[c * d_ + i] = static_cast<float>(sum[i] * scale);
    });
  }

  void fill_empty(std::vector<std::vector<std::uint32_t>>& members) {
    std::vector<std::uint32_t> far;  // by distance, where one is needed
    for (std::size_t c = 0, next = 0; c < k_; ++c) {
      if (!members[c].empty()) continue;
      if (far.empty()) {
        far.resize(nearest_.size());
        std::iota(far.begin(), far.end(), 0U);
        std::stable_sort(far.begin(), far.end(), [&](std::uint32_t a, std::uint32_t b) {
          return squares_[a] > squares_[b];
        });
      }
      if (next == far.size() || !(squares_[far[next]] > 0.0F)) return;
      const std::uint32_t row = far[next++];
      std::erase(members[nearest_[row]], row);
      members[c].push_back(row);
    }
  }

  const MetricSpace& space_;
  std::size_t k_;
  std::size_t d_;
  Random random_;
  ThreadPool& pool_;
  std::vector<float> centres_;  // k × d
  std::vector<std::uint32_t> nearest_;
  std::vector<float> squares_;  // of the distances to them
};

}  // namespace

KMeans k_means(const MetricSpace& space, const KMeansOptions& options, ThreadPool& pool,
               const Report& report) {
  if (options.k == 0 || options.k > space.rows())
    fail(ErrorKind::bad_input, "{} clusters of {} rows: ask for 1 to {}", options.k, space.rows(),
         space.rows());
  KMeans best;
  best.inertia = std::numeric_limits<double>::infinity();
  const std::size_t restarts = std::max<std::size_t>(1, options.restarts);
  for (std::size_t run = 0; run < restarts; ++run) {
    if (report) report(run, restarts);
    Run one(space, options.k, Random(options.seed).split(run), pool);
    one.iterate(options.most_steps);
    if (!(one.inertia() < best.inertia)) continue;
    best.inertia = one.inertia();
    best.labels.assign(one.nearest().begin(), one.nearest().end());
    best.distances.clear();
    for (const float square : one.squares()) best.distances.push_back(space.of_square(square));
  }
  if (report) report(restarts, restarts);
  if (space.distance() == Distance::euclidean) {
    best.inertia = 0.0;  // of the vectors as they were, not as prepared
    for (const float d : best.distances) best.inertia += static_cast<double>(d) * d;
  }
  std::vector<std::int32_t> number(options.k, -1);  // by their first rows, without empty ones
  for (std::int32_t& label : best.labels) {
    std::int32_t& n = number[static_cast<std::size_t>(label)];
    if (n < 0) n = static_cast<std::int32_t>(best.clusters++);
    label = n;
  }
  return best;
}

}  // namespace kindred::estimators
