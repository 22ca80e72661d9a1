// One row's values, sorted by what their columns are. Internal to pair_reader.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <simdjson.h>

#include "catalog/mapping.h"
#include "prepare/example_source.h"
#include "prepare/pair_columns.h"

namespace kindred::prepare {

/// Thrown for a row that is no example.
struct BadPair {
  Reject reject;
};

struct PairRow {
  Passage anchor;
  bool has_anchor = false;
  bool inference = false;
  bool wants_positive = false;  ///< there is a column for one
  std::vector<Passage> positives;
  std::vector<Passage> negatives;
  std::vector<Passage> translations;
  std::optional<std::string> text;
  std::vector<double> positive_scores;
  std::vector<double> negative_scores;
  std::vector<std::string> positive_ids;
  std::vector<std::string> negative_ids;
  std::vector<double> scores;  ///< several where a list stood there
  std::optional<std::string> label;
  std::string group;
  std::string category;
  std::string passage_language;
  std::string prompt;

  /// Takes a value in. Throws BadPair, and Error for nested values of the wrong kind.
  void put(const PairColumn& column, const catalog::RawField& field, simdjson::dom::parser& parser);
};

/// A number as people write one in a table. Errors: BadPair.
double parse_score(std::string_view text);

}  // namespace kindred::prepare
