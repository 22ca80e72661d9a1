// A batch of training data as texts: what the losses know of it besides the vectors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kindred::recipe {

/// A text of a batch, with what decides what it may be a negative of.
struct BatchText {
  std::string text;
  std::string prompt = {};    ///< the words put before it; kept apart, to be left out of pooling
  std::string language = {};  ///< "zh"; empty: unknown
  /// Hashes of what it is: its text as compared (case, spaces), its id, its group. Two texts that
  /// share one are never negatives of each other. Ascending, none twice.
  std::vector<std::uint64_t> keys = {};
};

/// How relevant a passage is to an anchor.
struct GradedPair {
  std::uint32_t anchor = 0;
  std::uint32_t passage = 0;
  double score = 0.0;  ///< as the data has it; a teacher's may be on any scale
};

/// Bytes [begin, end) of an anchor's text that have a name, for a classifier of tokens.
struct TextSpan {
  std::uint32_t anchor = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t label = 0;  ///< a number of TrainingSet::span_labels()
};

/// N anchors and P passages, and how they belong together. A text stands once among the passages.
struct Batch {
  std::vector<BatchText> anchors;
  std::vector<BatchText> passages;
  /// N lists, or none: the passages that match an anchor.
  std::vector<std::vector<std::uint32_t>> positives;
  /// N lists, or none: passages that were chosen as negatives of an anchor.
  std::vector<std::vector<std::uint32_t>> negatives;
  std::vector<GradedPair> graded;     ///< for losses over scores and orders
  std::vector<std::uint32_t> labels;  ///< N, or none: classes of single texts
  std::vector<TextSpan> spans;        ///< by anchor and place; none overlap
  /// For histories of events: the events that came next, each once, and which of them came after
  /// each anchor (N, or none).
  std::vector<BatchText> events;
  std::vector<std::uint32_t> following;
  static constexpr std::uint32_t kNoEvent = ~std::uint32_t{0};  ///< nothing came after
  std::string task;  ///< the recipe's data set that it comes from
};

}  // namespace kindred::recipe
