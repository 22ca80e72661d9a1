// BPE merges from the scores of a SentencePiece model. Tested by score_merges_test.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred::text {

using MergePair = std::pair<std::string_view, std::string_view>;

/// The merges that make byte-pair encoding choose as SentencePiece does (the neighbours whose
/// joined piece has the best score, first): every way to cut a piece in two pieces, best scores
/// first, of equal ones the longer left part, then the longer right part. As transformers'
/// converter orders them (`generate_merges` in tokenization_utils_base.py).
///
/// `pieces` are valid UTF-8, `scores` one a piece; pieces whose `takes_part` is false are left out.
/// The result views `pieces`.
std::vector<MergePair> merges_from_scores(std::span<const std::string_view> pieces,
                                          std::span<const float> scores,
                                          const std::vector<bool>& takes_part);

}  // namespace kindred::text
