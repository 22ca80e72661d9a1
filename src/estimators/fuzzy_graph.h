// Neighbours as a weighted graph, each row by its own measure of near. Tested by
// fuzzy_graph_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "estimators/neighbor_graph.h"

namespace kindred::estimators {

/// A symmetric matrix without diagonal, by rows: row r has columns[offsets[r] … offsets[r + 1]),
/// ascending, with weights in (0, 1].
struct FuzzyGraph {
  std::vector<std::size_t> offsets;  ///< rows + 1
  std::vector<std::uint32_t> columns;
  std::vector<float> weights;

  std::size_t rows() const noexcept { return offsets.size() - 1; }
};

/// UMAP's fuzzy simplicial set (McInnes, Healy and Melville, 2018, algorithms 2 and 3): the weight
/// of a neighbour at distance d is exp(−(d − ρ) / σ), ρ being the smallest distance above 0 and σ
/// such that the weights add up to log2(k + 1); of both directions a + b − a b. As umap-learn,
/// whose n_neighbors counts the row itself: k + 1.
FuzzyGraph fuzzy_graph(const NeighborGraph& neighbors);

/// Without the edges below `least`.
FuzzyGraph without_weak(const FuzzyGraph& graph, float least);

/// The connected component of each row, numbered by their first rows.
std::vector<std::uint32_t> components_of(const FuzzyGraph& graph);

}  // namespace kindred::estimators
