// Queries, products and judgements as examples. Tested by judged_pairs_test.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "prepare/example_source.h"
#include "prepare/product_texts.h"

namespace kindred::prepare {

struct JudgedOptions {
  /// A table of judgements: query_id (or "query-id") or query, product_id ("corpus-id", id), and
  /// label, esci_label, grade or score; perhaps a locale or language.
  std::string judgements = {};
  /// A table of query_id (id, _id) and query (text); empty: the judgements have the queries' texts.
  std::string queries = {};
  ProductFile products = {};
  /// Labels → gains, before the usual ones: of ESCI E 1, S 0.1, C 0.01, I 0 (the official
  /// evaluation script of that data has S and C the other way round), of WANDS Exact 1, Partial
  /// 0.5, Irrelevant 0. Numbers are gains; where one is above 1, all are divided by the highest.
  std::map<std::string, double, std::less<>> gains = {};
  double positive_from = 1.0;  ///< least gain of a positive
  double negative_to = 0.0;    ///< highest gain of a negative; what is between is graded
  /// Only judgements with this value in this column ("split", "train").
  std::optional<std::pair<std::string, std::string>> only = std::nullopt;
  Prompt anchor_prompt = {};
  Prompt passage_prompt = {};
  std::string source = {};  ///< empty: the name of the judgements' file

  /// Errors: bad_input.
  void validate() const;
};

/// One example a query, in the order of the first judgement of each: every judged product is in
/// one of its lists, with its gain as score. A query without a positive has all of them graded. The
/// group is the query's id. Memory: the texts of the judged products and 24 bytes a judgement.
///
/// Threads: one at a time.
class JudgedPairs final : public ExampleSource {
 public:
  /// Reads everything but the products. Errors: as open_rows and ProductReader; not_found for a
  /// column that is missing, with those that are there.
  explicit JudgedPairs(JudgedOptions options);
  JudgedPairs(JudgedPairs&&) noexcept;
  JudgedPairs& operator=(JudgedPairs&&) noexcept;
  ~JudgedPairs() override;
  /// First the judgements that are rejects (unknown labels, queries and products), then examples.
  bool next(SourceRow& row) override;
  std::vector<std::string> notes() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::prepare
