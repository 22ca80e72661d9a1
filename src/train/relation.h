// Which texts of a batch match, and which must not be taken for negatives of each other. Tested by
// relation_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "train/loss.h"

namespace kindred::train {

/// An anchor and one of its positives: a term of a loss.
struct Term {
  std::uint32_t anchor = 0;
  std::uint32_t positive = 0;
};

/// From numbers to the ascending lists of indices that have them. Memory: 16 bytes an entry.
class Postings {
 public:
  Postings() = default;
  explicit Postings(std::vector<std::pair<std::uint64_t, std::uint32_t>> entries);
  /// Empty where nothing has the key. Valid as long as this object is.
  std::span<const std::uint32_t> operator[](std::uint64_t key) const;

 private:
  std::vector<std::uint64_t> keys_;
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> indices_;
};

/// Lists of ascending columns, overlapping perhaps: the columns that are no negatives of a row.
using Columns = std::vector<std::span<const std::uint32_t>>;

/// The terms of a batch and its false negatives: memory in proportion to its texts' keys, never
/// N × P.
///
/// A passage is no negative of an anchor that has it among its positives, nor where it shares a key
/// with the anchor or with one of the anchor's positives; and the other way round. A batch of
/// labelled single texts (labels, no passages) is taken as passages too: texts of one label match,
/// and are no negatives of each other.
/// Threads: any, once built.
class Relation {
 public:
  /// Throws bad_input where the batch has neither positives nor labels.
  explicit Relation(const recipe::Batch& batch);

  /// By anchor, then as listed (labels: ascending); a positive named twice is one.
  const std::vector<Term>& terms() const { return terms_; }
  /// The terms of the anchors [begin, end), as a range of terms().
  std::pair<std::size_t, std::size_t> terms_of(std::size_t begin, std::size_t end) const;

  /// The anchors stand for the passages too.
  bool labelled() const { return labelled_; }
  at::Tensor passages(const LossInput& input) const {
    return labelled_ ? input.anchors : input.passages;
  }

  /// Appends the passages that are no negatives of an anchor, its positives among them.
  void passages_of_anchor(std::uint32_t anchor, Columns& lists) const;
  /// The anchors that a passage is no negative of.
  void anchors_of_passage(std::uint32_t passage, Columns& lists) const;
  /// The anchors that are no negatives of an anchor: itself, those with a key or a positive in
  /// common.
  void anchors_of_anchor(std::uint32_t anchor, Columns& lists) const;
  /// The passages that are no negatives of an anchor's positive: those of the anchor, and what was
  /// chosen as a negative of it (which the anchor meets itself).
  void passages_of_positive(std::uint32_t anchor, Columns& lists) const;

 private:
  void find_terms(const recipe::Batch& batch);
  void find_keys(const recipe::Batch& batch);
  std::span<const std::uint32_t> list(const std::vector<std::size_t>& begins,
                                      const std::vector<std::uint32_t>& values,
                                      std::size_t row) const {
    return {values.data() + begins[row], values.data() + begins[row + 1]};
  }

  bool labelled_ = false;
  std::vector<Term> terms_;
  std::vector<std::size_t> term_begins_;                  // N + 1
  std::vector<std::uint32_t> positives_;                  // of the terms, each anchor's ascending
  std::vector<std::size_t> negative_begins_;              // N + 1
  std::vector<std::uint32_t> negatives_;                  // each anchor's ascending
  std::vector<std::vector<std::uint64_t>> anchor_keys_;   // with those of its positives
  std::vector<std::vector<std::uint64_t>> passage_keys_;  // as the batch has them
  Postings anchors_by_key_;
  Postings passages_by_key_;
  Postings anchors_by_positive_;
};

}  // namespace kindred::train
