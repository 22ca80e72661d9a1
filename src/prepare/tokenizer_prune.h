// A tokenizer.json with fewer pieces. Tested by tokenizer_prune_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

namespace kindred::prepare {

/// What stays beside the pieces that texts use.
enum class KeptCharacters {
  all,  ///< every piece of one character: texts that were not seen fall apart instead of being lost
  used,  ///< only those that texts use; the bytes that a model falls back on stay too
};

/// Keeps the pieces whose old id `is_used` and what any tokenizer of its kind needs:
/// - added tokens, the unknown token, bytes ("<0x41>"; of byte-level BPE the 256 characters that
///   stand for them), and single characters, also "##a" and "a</w>";
/// - BPE: every merge that makes a kept piece, and the two pieces that it is made of, and theirs. A
///   word whose pieces all stay is then merged step by step as before: of the merges that applied
///   at a step the first was made, and it is still there and still first;
/// - Unigram: a piece of the lowest score, from which the unknown token's is reckoned. The best
/// path
///   of a text whose pieces all stay is still there, and no better one can have come;
/// - WordPiece: nothing; the longest piece that fits is still the longest.
/// Scores, and the order of pieces and merges, stay; ids become 0 … n - 1 in the old order, those
/// of added tokens that are no pieces last, and are changed in added tokens, template and padding.
///
/// Errors: corrupt for what is no such file; unsupported for a template of another type.
nlohmann::json prune_tokenizer(const nlohmann::json& tokenizer,
                               const std::function<bool(std::uint32_t id)>& is_used,
                               KeptCharacters characters, const std::string& origin);

/// The id of every token of a tokenizer.json by its content.
std::unordered_map<std::string, std::uint32_t> ids_by_content(const nlohmann::json& tokenizer);

}  // namespace kindred::prepare
