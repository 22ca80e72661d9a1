// What every loss of contrastive training is given and gives. Tested by loss_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "recipe/batch.h"

namespace kindred::train {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// Vectors of a batch's texts by another model; undefined where there are none.
struct TextVectors {
  at::Tensor anchors;   ///< N × d'
  at::Tensor passages;  ///< P × d'
};

/// What other models make of a batch.
struct OtherVectors {
  TextVectors teacher;  ///< what distillation aims at
  TextVectors old;      ///< of the model whose vectors are kept
  TextVectors guide;    ///< whose scores say what is a false negative
};

/// A batch, the vectors of all of its texts, and the anchors that this process accounts for. With
/// several processes every one of them holds all rows and another range.
struct LossInput {
  const recipe::Batch& batch;
  at::Tensor anchors;   ///< N × d, of any length (losses over cosines normalise), with gradients
  at::Tensor passages;  ///< P × d
  at::Tensor events = {};  ///< E × d; undefined where the batch has none
  std::size_t begin = 0;   ///< [begin, end) ⊆ [0, N): the anchors whose terms are summed
  std::size_t end = 0;
  OtherVectors other = {};  ///< take no gradient
};

/// A loss over a batch.
///
/// It is the sum of the terms of the anchors in [begin, end), divided by what the whole batch has:
/// values and gradients of disjoint ranges add up to those of one process. A term that several
/// anchors share (a passage in two lists, a pair of graded pairs) belongs to one of them.
/// Threads: `operator()` may be called by several, where nobody changes the parameters.
class Loss {
 public:
  virtual ~Loss() = default;

  /// A scalar in the vectors' type (float64 in, float64 out; 16 bits are computed in float32).
  /// Throws bad_input where the batch lacks what the loss needs, naming it.
  virtual at::Tensor operator()(const LossInput& input) const = 0;

  /// What is learnt besides the model; the tensors themselves, wanting gradients.
  virtual std::vector<NamedTensor> parameters() const { return {}; }
};

/// Throws bad_input unless shapes, range and the lists of the batch fit together. Every loss does
/// this first.
void check(const LossInput& input);

/// The anchor that accounts for each passage: the first one that names it (positives, negatives,
/// graded pairs); 0 where none does.
std::vector<std::uint32_t> passage_owners(const recipe::Batch& batch);

/// Each row divided by its length: float32 (float64 stays). A row shorter than 1e-12 has no
/// direction: it becomes 0 and takes no gradient.
at::Tensor normalized(const at::Tensor& vectors);

/// float64 as it is, everything else as float32.
at::Tensor computable(const at::Tensor& vectors);

/// int64 indices where `like` lies.
at::Tensor index_tensor(std::span<const std::int64_t> values, const at::Tensor& like);
/// Numbers in `like`'s type where it lies.
at::Tensor number_tensor(std::span<const double> values, const at::Tensor& like);

}  // namespace kindred::train
