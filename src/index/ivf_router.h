// Which inverted lists to scan, and in what order. Tested by ivf_router_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/aligned_bytes.h"
#include "index/ivf_lists.h"
#include "index/ivf_query.h"
#include "index/metric.h"

namespace kindred::index {

/// A list as a query sees it. With z the query and g the centroid, both rotated and less the mean:
struct Probe {
  std::uint32_t list;
  float base;                ///< the part of the list's scores that is the same for all its rows
  float distance;            ///< |z - g|
  float error;               ///< standard deviation of the base: centroids have 8 bits
  float potential;           ///< the score that the best row of the list is thought to reach
  std::uint32_t number = 0;  ///< for the search: lists that are scanned before it
};

/// Threads: immutable.
///
/// A list's rows lie about its radius r away from its centroid, in directions of which some point
/// at the query. With `spread` the largest cosine between such a direction and the way to the query
/// that is thought likely, the nearest row is at the squared distance |z - g|² + r² - 2 · spread ·
/// r · |z - g|; that, as a score, is the list's potential.
class IvfRouter {
 public:
  /// `table` outlives the router, which needs its centroids here alone.
  IvfRouter(const ListTable& table, Metric metric, std::size_t padded,
            const std::vector<float>& rotated_mean);

  /// Lists that hold rows, by rising number, among them the `count` of best potential (but for
  /// errors of estimates). True when they are all.
  bool route(const IvfQuery& query, std::size_t count, float spread,
             std::vector<Probe>& probes) const;

  /// One list, its potential without a spread.
  Probe probe(const IvfQuery& query, std::uint32_t list) const;

  std::uint64_t memory_bytes() const noexcept;

 private:
  /// ⟨z, g⟩, from the centroid's 8 bits.
  float product(const IvfQuery& query, std::uint32_t list) const;
  void score(const IvfQuery& query, std::vector<float>& scores) const;
  Probe probe_of(const IvfQuery& query, std::uint32_t list, float product, float spread) const;

  const ListTable& table_;
  Metric metric_;
  std::size_t padded_;
  std::vector<float> squared_norms_;  // |g|²
  std::vector<float> mean_products_;  // ⟨rotated mean, g⟩
  // Signs of 32 neighbouring lists' centroids a block, whose residuals are to the block's own mean
  // (neighbouring lists are near one another): by them lists are chosen.
  AlignedBytes signs_;
  std::vector<float> block_means_;    // blocks × padded
  std::vector<float> block_squares_;  // |mean|²
  // Centroids in 8 bits a dimension (rabitq.h's second codes), whose error is far below that of
  // rows' codes: by them those chosen are compared.
  AlignedBytes centroids_;
};

}  // namespace kindred::index
