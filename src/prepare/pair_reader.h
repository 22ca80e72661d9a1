// Training files as people have them, read as examples. Tested by pair_reader_test.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/table.h"
#include "prepare/example_source.h"
#include "prepare/pair_columns.h"
#include "prepare/translations.h"

namespace kindred::prepare {

struct PairOptions {
  std::optional<io::TableFormat> format = std::nullopt;  ///< unset: by the path's ending
  /// (role, column), see PairColumns.
  std::vector<std::pair<std::string, std::string>> columns = {};
  /// What a pair's score is written between; it becomes 0 to 1.
  double lowest_score = 0.0;
  double highest_score = 1.0;
  /// What labels of pairs are worth, before the usual ones: 1 and true 1, 0 and false 0,
  /// entailment 1, neutral 0.5, contradiction 0; beside a premise 0, 1, 2 are these three.
  std::map<std::string, double, std::less<>> labels = {};
  TranslationOptions translations = {};
  Prompt anchor_prompt = {};
  Prompt passage_prompt = {};
  std::string source = {};  ///< of the examples; empty: the file's name

  /// Errors: bad_input.
  void validate() const;
};

/// Reads CSV, TSV, JSONL (objects, or arrays of texts a line), Parquet and plain lines; what each
/// column is, its name says (PairColumns):
///
/// - anchor, positive (one, several, a list; negatives likewise): one example a row;
/// - two sentences, or anchor and positives, with a score or label: graded passages;
/// - a text alone, perhaps with a label: an anchor;
/// - two languages and more: translations of each other (TranslationPairs); their group is the
///   row's id, where no column is one;
/// - examples as example.h writes them: as they are.
///
/// A list's elements are texts, objects with "text" and perhaps "title", "docid" and "score" (a
/// title goes before the text), or lists of chat messages.
///
/// Threads: one at a time.
class PairReader final : public ExampleSource {
 public:
  /// Errors: as catalog::open_rows; bad_input where the columns of a table make no layout, with
  /// those that it has; not_found for a column that is given and is not there.
  PairReader(const std::string& path, PairOptions options);
  PairReader(PairReader&&) noexcept;
  PairReader& operator=(PairReader&&) noexcept;
  ~PairReader() override;

  /// Errors: what ends the reading of the whole file. Rows that are no examples are rejects.
  bool next(SourceRow& row) override;
  std::vector<std::string> notes() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::prepare
