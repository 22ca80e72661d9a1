// Vectors that are distributed as embeddings of texts are, made row by row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "index/rotation.h"

namespace kindred::bench {

inline void normalise(float* x, std::size_t d) {
  double sum = 0.0;
  for (std::size_t i = 0; i < d; ++i) sum += static_cast<double>(x[i]) * x[i];
  const auto inverse = static_cast<float>(1.0 / std::sqrt(std::max(sum, 1e-30)));
  for (std::size_t i = 0; i < d; ++i) x[i] *= inverse;
}

/// A mixture in which a cluster has a position of its own, topics lie around
/// it, and rows around topics in widths of their own, all with variances that
/// fall off by a power law along random directions (the spectrum of sentence
/// embeddings, about i^-0.9), and a common mean. Seeds share the mixture (so
/// queries of another seed are of the same distribution) but no row.
///
/// Threads: immutable.
class Mixture {
 public:
  Mixture(std::size_t d, std::uint64_t seed)
      : d_(d), seed_(seed), scale_(d), centers_(kTopics * d), widths_(kTopics), turn_(d, 7) {
    for (std::size_t i = 0; i < d; ++i) scale_[i] = std::pow(1.0F + static_cast<float>(i), -0.45F);
    for (std::size_t topic = 0; topic < kTopics; ++topic) {
      Random of_topic = Random(1000003).split(topic);
      Random of_cluster = Random(2000003).split(of_topic.below(kTopics / 50 + 1));
      widths_[topic] = 0.6 + 0.4 * of_topic.uniform();
      for (std::size_t i = 0; i < d; ++i)
        centers_[topic * d + i] =
            static_cast<float>(0.8 * of_cluster.normal() + 0.6 * of_topic.normal());
    }
  }

  /// A unit vector, the same for an index and seed.
  void row(std::size_t index, float* out) const {
    Random random = Random(seed_).split(index);
    const double u = random.uniform();
    const auto topic =
        static_cast<std::size_t>(u * u * static_cast<double>(kTopics));  // uneven sizes
    const float* center = centers_.data() + topic * d_;
    thread_local std::vector<float> x, turned;
    x.resize(d_);
    turned.resize(turn_.padded());
    for (std::size_t i = 0; i < d_; ++i)
      x[i] = scale_[i] * (center[i] + static_cast<float>(widths_[topic] * random.normal()));
    x[0] += 2.0F;  // a common mean
    turn_.apply(x.data(), turned.data());
    std::copy_n(turned.begin(), d_, out);
    normalise(out, d_);
  }

 private:
  static constexpr std::size_t kTopics = 20000;
  std::size_t d_;
  std::uint64_t seed_;
  std::vector<float> scale_;
  std::vector<float> centers_;  // topics × d
  std::vector<double> widths_;
  index::Rotation turn_;
};

}  // namespace kindred::bench
