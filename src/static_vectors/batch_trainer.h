// One thread's steps of training word vectors, a batch of neighbouring words at a time. Tested by
// batch_trainer_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/cpu.h"
#include "base/random.h"
#include "kernels/row_products.h"
#include "static_vectors/alias_table.h"
#include "static_vectors/huffman.h"
#include "static_vectors/parameters.h"
#include "static_vectors/window.h"

namespace kindred::static_vectors {

/// The rows of each word: word w has rows[begin[w]], up to begin[w + 1]. Empty: its own number is
/// its only row.
struct WordRows {
  std::vector<std::uint64_t> begin;
  std::vector<std::uint32_t> rows;

  bool plain() const noexcept { return begin.empty(); }
  std::span<const std::uint32_t> of(std::uint32_t word) const noexcept {
    return {rows.data() + begin[word], begin[word + 1] - begin[word]};
  }
};

/// What all threads share. Not owned.
struct TrainingSetup {
  bool cbow = false;
  Parameters* input = nullptr;   ///< words, then buckets of n-grams
  Parameters* output = nullptr;  ///< words, or inner nodes of the tree
  const WordRows* rows = nullptr;
  const AliasTable* noise = nullptr;  ///< negative sampling, or …
  const HuffmanTree* tree = nullptr;  ///< … hierarchical softmax
  std::span<const std::uint32_t> keep;
  WindowOptions window;
  std::size_t negatives = 5;  ///< for each pair, in the loss
  /// Inputs of a batch, and the noise words that all of them share; each stands for as many as
  /// `negatives` asks for.
  std::size_t batch = 32;
  std::size_t shared_negatives = 16;
  Isa isa = Isa::scalar;
};

/// What training has seen.
struct TrainingTally {
  std::uint64_t words = 0;  ///< of the corpus, dropped ones included
  double loss = 0.0;        ///< summed over `measured`
  double measured = 0.0;    ///< pairs whose loss was looked at: those of every 64th batch
};

/// Skip-gram predicts each word of a window from the word in its middle, CBOW that word from the
/// mean of its window. All words of a batch share their negatives, so that its products are those
/// of small matrices and a row is read and written once where word2vec does it for every pair; what
/// is expected of a step is the same (after Ji et al., 2016, and Rengasamy et al., 2017, who share
/// within one window). Rows are written without locks (Hogwild).
///
/// Threads: one at a time, each with its own.
class BatchTrainer {
 public:
  explicit BatchTrainer(const TrainingSetup& setup);

  /// One step a batch over encoded sentences (see fill_windows).
  void train(std::span<const std::uint32_t> tokens, float rate, Random random,
             TrainingTally& tally);

 private:
  void step(float rate);
  /// `input_` and an empty `gradient_` for each input.
  void gather_words();
  void gather_contexts();
  void scatter_words();
  void scatter_contexts();
  void learn_by_sampling(const Batch& predicted, float rate);
  void learn_by_tree(const Batch& predicted, float rate);
  void predict_own_words();
  void draw_negatives();
  void weigh_negatives(const Batch& predicted, float rate);
  /// `entry_row_` and `entry_gradient_`: the inputs of each slot's pairs.
  void list_entries(const Batch& predicted);
  void prefetch_after(std::size_t begin) const;
  void sum_rows(std::uint32_t word, float* out) const;
  void add_to_rows(std::uint32_t word, const float* gradient);

  const TrainingSetup& s_;
  const kernels::RowProducts& kernel_;
  std::size_t width_;
  Random random_{0};
  Windows windows_;
  Batch batch_, own_;
  TrainingTally* measured_ = nullptr;  // where this batch's loss is looked at

  Parameters inputs_, gradients_;  // a row for each input
  Parameters slots_;               // for each slot, in CBOW with n-grams
  std::vector<float*> input_, gradient_, slot_, target_, pair_row_, entry_row_, entry_gradient_;
  std::vector<float> slot_rows_;  // how many rows a slot's sum has
  std::vector<std::uint32_t> negatives_;
  std::vector<float*> negative_;
  std::vector<std::uint64_t> drawn_;  // a bit for each negative's word, by its lowest bits
  std::vector<float> positive_, scores_, weights_, factors_;
};

}  // namespace kindred::static_vectors
