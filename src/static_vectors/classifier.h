// A supervised fastText model asked for the label of a text. Tested by golden_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

struct Prediction {
  std::uint32_t label = 0;  ///< its id in the model's labels
  /// As fastText computes it: with a softmax or a tree up to 1e-5 a decision above the true value,
  /// so that it may exceed 1; by one-against-all and negative sampling each label for itself.
  float probability = 0.0F;
};

/// Joulin et al., 2016: the mean of the rows of a text's words, their n-grams and the n-grams of
/// words, multiplied by the labels' rows.
///
/// Threads: immutable; `predict` may run concurrently.
class TextClassifier {
 public:
  /// Errors: bad_input for a model without labels or read without its output.
  explicit TextClassifier(std::shared_ptr<const StaticModel> model);

  const StaticModel& model() const noexcept { return *model_; }

  /// The `k` most probable labels (0: all) of a probability of `threshold` or more, the first the
  /// most probable; of equal ones in fastText's order. The text is one line: a line end in it
  /// parts words. Words are what blanks part; a label's name among them is left out, as in
  /// training. Nothing for a text of which the model knows nothing.
  std::vector<Prediction> predict(std::string_view text, std::size_t k = 1,
                                  float threshold = 0.0F) const;

  /// Appends the rows of the input matrix whose mean stands for the text.
  void append_text(std::string_view text, std::vector<std::uint32_t>& rows) const;

 private:
  // fastText's tree of the labels: leaves are the labels, inner nodes follow them.
  struct Node {
    std::int32_t left = -1;
    std::int32_t right = -1;
    std::int64_t count = 0;
  };

  class BestLabels;

  void build_tree();
  void append_word_ngrams(const std::vector<std::uint32_t>& hashes,
                          std::vector<std::uint32_t>& rows) const;
  std::vector<float> probabilities(const std::vector<float>& hidden) const;
  void descend(const std::vector<float>& hidden, float threshold, BestLabels& best) const;

  std::shared_ptr<const StaticModel> model_;
  std::vector<Node> tree_;  // empty unless the loss is hierarchical softmax
};

}  // namespace kindred::static_vectors
