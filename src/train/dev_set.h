// Pairs that are not trained on: how well anchors find their passages. Tested by trainer_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "recipe/batch.h"
#include "recipe/training_set.h"
#include "train/processes.h"
#include "train/trained_encoder.h"

namespace kindred::train {

/// Anchors with their matching passages, among all passages of the set.
///
/// Threads: immutable.
class DevSet {
 public:
  DevSet() = default;
  /// The first `most` examples that have positives (0: all).
  DevSet(const recipe::TrainingSet& set, std::size_t most);

  bool empty() const { return anchors_.empty(); }
  std::size_t anchors() const { return anchors_.size(); }
  std::size_t passages() const { return passages_.size(); }

  /// "recall@1", "recall@10" and "mrr@10" over all anchors: the rank of the best matching passage
  /// by cosine among all others. The processes share the encoding; each gets all values.
  std::map<std::string, double> evaluate(const TrainedEncoder& encoder,
                                         const torch::PassOptions& pass, std::size_t chunk_tokens,
                                         Processes& processes, ThreadPool& pool) const;

 private:
  std::vector<recipe::BatchText> anchors_, passages_;
  std::vector<std::vector<std::uint32_t>> positives_;
};

/// The vectors of texts without a graph, n × d on the CPU, the texts shared out over processes.
at::Tensor encode_all(const TrainedEncoder& encoder, const std::vector<recipe::BatchText>& texts,
                      const torch::PassOptions& pass, std::size_t chunk_tokens,
                      Processes& processes, ThreadPool& pool);

}  // namespace kindred::train
