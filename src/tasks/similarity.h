// Do the vectors of pairs lie as near as people say that they are alike? Tested by
// similarity_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/report.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {

struct JudgedTexts {
  std::vector<std::string> first;
  std::vector<std::string> second;
  std::vector<double> scores;  ///< one a pair; empty: all pairs are alike
};

struct JudgedColumns {
  std::string first = "sentence1";
  std::string second = "sentence2";
  std::optional<std::string> score = "score";  ///< unset: there is none
};

/// Of a CSV, TSV or JSONL file. Errors: as TableReader; bad_input, with the line, for a score that
/// is no finite number, and for fewer than two pairs.
JudgedTexts read_judged_texts(const std::string& path, const JudgedColumns& columns);

struct SimilarityOptions {
  /// Pairs of this score or more count as alike for the alignment; unset: four fifths of the way
  /// from the least to the greatest score, as 4 on a scale from 0 to 5.
  std::optional<double> alike_from;
  std::uint64_t seed = 1;
  encode::TextRole role = encode::TextRole::query;  ///< whose prompt stands before both
};

/// The table "similarity": Spearman's and Pearson's correlation of cosine and score with bootstrap
/// intervals over the pairs; and "geometry": alignment of pairs that are alike and uniformity of
/// all texts (of kUniformityTexts drawn at random, where there are more).
eval::Report similarity_report(const JudgedTexts& pairs, const TextVectors& encoder,
                               const SimilarityOptions& options);
inline constexpr std::size_t kUniformityTexts = 4000;

}  // namespace kindred::tasks
