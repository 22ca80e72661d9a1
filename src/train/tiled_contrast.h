// A softmax cross-entropy over cosines, in tiles: the matrix of all cosines is never made. Tested
// by info_nce_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "train/relation.h"

namespace kindred::train {

enum class Side { anchors, passages };

/// Candidates of every term: each text of a side against the term's anchor or against its positive.
struct ContrastBlock {
  Side row = Side::anchors;
  Side candidates = Side::passages;
  /// Appends the candidates that are no negatives of a term, its positive among them.
  std::function<void(const Term& term, Columns& lists)> excluded;
};

/// What is computed.
struct Contrast {
  std::vector<Term> terms;            ///< T; those that are summed
  std::vector<ContrastBlock> blocks;  ///< together they are the denominator, besides the positive
  double divisor = 1.0;
  /// Candidates with a cosine above the positive's by more than this are left out.
  double score_margin = std::numeric_limits<double>::infinity();
  /// Of vectors by another model, of unit length; undefined: none. Candidates with a cosine there
  /// above the positive's less `guide_margin` are left out.
  TextVectors guide = {};
  double guide_margin = 0.0;
  std::int64_t tile = 1024;  ///< rows and columns
};

/// Σ over the terms of  logΣexp(scale · cosines of the positive and the candidates) − scale ·
/// cosine of the positive, divided by `divisor`; 0 without terms.
///
/// `anchors` N × d and `passages` P × d of any length (below 1e-12: as `normalized` has it),
/// float32 or float64; `scale` is a scalar of theirs. Gradients for all three; masks take none.
/// Forward: a running logΣexp shifted by the largest so far; backward computes the tiles again
/// (Cheng et al., Breaking the Memory Barrier, arXiv 2410.17243). Memory besides inputs and
/// gradients: a few tile × tile and tile × d matrices, and T numbers.
at::Tensor tiled_contrast(const at::Tensor& anchors, const at::Tensor& passages,
                          const at::Tensor& scale, std::shared_ptr<const Contrast> contrast);

}  // namespace kindred::train
