// What the columns of a training file are. Tested by pair_columns_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred::prepare {

enum class ColumnRole : std::uint8_t {
  unused,
  anchor,     ///< the query, the question, the first sentence
  other,      ///< the second sentence: a match, or graded where a score or label stands beside
  positives,  ///< one text or a list
  negatives,  ///< one text or a list
  positive_scores,  ///< a teacher's, one a positive
  negative_scores,
  score,      ///< of the pair; or one a text, the positive's first
  label,      ///< of the pair, or the class of a text that stands alone
  text,       ///< stands alone; an anchor where nothing else is one
  all_texts,  ///< a list: the anchor, then its matches
  anchor_id,
  positive_ids,
  negative_ids,
  group,
  category,  ///< of the passages
  language,  ///< of all texts
  anchor_language,
  passage_language,
  anchor_prompt,
  translation,  ///< the text in `language`
};

struct PairColumn {
  ColumnRole role = ColumnRole::unused;
  std::string language = {};  ///< of a translation
  bool inference = false;     ///< a premise: numbers as labels are those of SNLI and MultiNLI
  bool only_ids = false;      ///< ids of passages whose texts are in another file
};

/// Knows columns by their names, as sentence-transformers, FlagEmbedding, Tevatron, DPR and SWIFT
/// write them: upper and lower case, "_", "-" and blanks are the same. The order of columns never
/// counts, and a column of another name is not used.
///
/// Threads: immutable.
class PairColumns {
 public:
  PairColumns() = default;
  /// `given`: (role, column) pairs that go before the names: roles are anchor, positive, negative,
  /// score, label, text, id, positive_id, negative_id, group, category, language, and codes of
  /// languages for texts that are translations of each other. A role that is given is no other
  /// column's, save that positive and negative may be given several times. Errors: bad_input for no
  /// role, with the roles.
  explicit PairColumns(const std::vector<std::pair<std::string, std::string>>& given);

  PairColumn of(std::string_view column) const;
  /// The columns that were given and are not among `columns`.
  std::vector<std::string> missing(const std::vector<std::string>& columns) const;
  bool any_given() const noexcept { return !given_.empty(); }

 private:
  bool taken(const PairColumn& column) const;
  std::map<std::string, PairColumn, std::less<>> given_;
};

}  // namespace kindred::prepare
