// What words can find a product by. Tested by lexical_index_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/fields.h"

namespace kindred::search {

enum class TextField : std::uint8_t { title, brand, category, description };
/// What a word of the field counts, in TextField's order.
inline constexpr std::array<std::uint32_t, 4> kFieldWeights = {4, 3, 2, 1};

struct FieldText {
  TextField field;
  std::string language;  ///< as for analyze
  std::string text;
};

struct LexicalDocument {
  std::uint64_t key;
  std::vector<FieldText> texts;  ///< several of one field too, as a title in each language
  index::FieldValues fields;     ///< to filter and count by
};

/// A document as it is indexed.
struct AnalyzedDocument {
  std::uint64_t key = 0;
  std::uint32_t length = 0;                                  ///< Σ weight of its words
  std::vector<std::pair<std::string, std::uint32_t>> terms;  ///< ascending, with Σ weight of each
  index::FieldValues fields;

  bool operator==(const AnalyzedDocument&) const = default;
};

/// Errors: those of FieldValues::validate.
AnalyzedDocument analyze_document(const LexicalDocument& document);

/// As bytes, for a log.
std::string encode_document(const AnalyzedDocument& document);
/// Errors: corrupt for anything that encode_document does not write.
AnalyzedDocument decode_document(std::string_view bytes);

}  // namespace kindred::search
