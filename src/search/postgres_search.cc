// Searching in PostgreSQL.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "base/error.h"
#include "search/filter_sql.h"
#include "search/lexical_query.h"
#include "search/postgres_backend.h"
#include "search/similar_terms.h"
#include "search/term_match.h"

namespace kindred::search {
namespace {

constexpr std::size_t kBinaryFactor = 10;  // as many are ranked again for each that is wanted

std::string where(const index::Filter* filter, std::vector<std::string>& parameters) {
  return filter == nullptr ? "true" : to_sql(*filter, parameters);
}

std::string add(std::string value, std::vector<std::string>& parameters) {
  parameters.push_back(std::move(value));
  return fmt::format("${}", parameters.size());
}

std::string_view distance_operator(index::Metric metric) {
  switch (metric) {
    case index::Metric::inner_product:
      return "<#>";
    case index::Metric::euclidean:
      return "<->";
    default:
      return "<=>";
  }
}

// What a distance of pgvector is as a score.
double to_score(index::Metric metric, double distance) {
  switch (metric) {
    case index::Metric::inner_product:
      return -distance;
    case index::Metric::euclidean:
      return -distance * distance;
    default:
      return std::isnan(distance) ? 0.0 : 1.0 - distance;  // of a vector of zeros
  }
}

std::string unhex(std::string_view text) {  // bytea as \x…
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::string bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return bytes;
}

std::vector<float> parse_vector(std::string_view text) {
  std::vector<float> values;
  for (std::size_t at = 1; at < text.size();) {
    values.push_back(std::strtof(text.data() + at, nullptr));
    at = text.find(',', at);
    at = at == text.npos ? text.size() : at + 1;
  }
  return values;
}

}  // namespace

std::vector<RankedKey> PostgresBackend::nearest(std::span<const float> query, std::size_t k,
                                                const index::Filter* filter, double recall) const {
  auto sql = pool_.take();
  SqlTransaction transaction(*sql);
  const bool exact = recall >= 1.0;
  if (exact) {
    sql->script("SET LOCAL enable_indexscan = off");
  } else if (options_.vector_index == VectorIndexKind::hnsw) {
    const double effort = std::clamp(40.0 / (1.0 - std::min(recall, 0.9999)) / 20.0, 40.0, 400.0);
    const std::size_t wanted = options_.binary ? kBinaryFactor * k : k;
    sql->script(fmt::format("SET LOCAL hnsw.ef_search = {}",
                            std::min(1000.0, std::max(2.0 * static_cast<double>(wanted), effort))));
    if (pgvector_minor_ >= 8) sql->script("SET LOCAL hnsw.iterative_scan = strict_order");
  } else if (options_.vector_index == VectorIndexKind::ivfflat) {
    sql->script(fmt::format("SET LOCAL ivfflat.probes = {}", recall > 0.98  ? 20
                                                             : recall > 0.9 ? 10
                                                                            : 3));
    if (pgvector_minor_ >= 8) sql->script("SET LOCAL ivfflat.iterative_scan = relaxed_order");
  }
  std::vector<std::string> parameters = {fmt::format("[{}]", fmt::join(query, ","))};
  const std::string admitted = where(filter, parameters);
  const std::string distance =
      fmt::format("embedding {} $1::{}", distance_operator(options_.metric), vector_type());
  const std::string limit = add(std::to_string(k), parameters) + "::bigint";
  std::string from = table("items") + " WHERE " + admitted;
  if (options_.binary && !exact) {
    from = fmt::format(
        "(SELECT key, embedding FROM {0} WHERE {1} ORDER BY binary_quantize(embedding)::bit({2}) "
        "<~> "
        "binary_quantize($1::{3})::bit({2}) LIMIT {4}) AS best",
        table("items"), admitted, options_.dimension, vector_type(),
        add(std::to_string(kBinaryFactor * k), parameters) + "::bigint");
  }
  // The index gives neighbours by distance alone; ties are put in the order of their keys outside.
  const SqlRows rows = sql->run(
      fmt::format(
          "SELECT key, distance FROM (SELECT key, {0} AS distance FROM {1} ORDER BY {0} LIMIT {2}) "
          "AS found ORDER BY distance, key",
          distance, from, limit),
      parameters);
  std::vector<RankedKey> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double d = rows.text(row, 1) == "NaN" ? NAN : rows.number(row, 1);
    found.push_back(
        {static_cast<std::uint64_t>(rows.integer(row, 0)), to_score(options_.metric, d)});
  }
  transaction.commit();
  return found;
}

namespace {

// The terms of the index that PostgreSQL holds.
class SqlTerms final : public TermSource {
 public:
  SqlTerms(SqlConnection& sql, std::string term_counts)
      : sql_(sql), term_counts_(std::move(term_counts)) {}

  std::uint64_t documents() override { return documents_with(""); }
  std::uint64_t documents_with(const std::string& term) override {
    const SqlRows rows =
        sql_.run("SELECT documents FROM " + term_counts_ + " WHERE term = $1", {term});
    return rows.size() == 0 ? 0 : static_cast<std::uint64_t>(rows.integer(0, 0));
  }
  void near(const std::string& word, unsigned most_edits, const Found& found) override {
    TermMatcher matcher(word, most_edits);
    const SqlRows rows = sql_.run(
        "SELECT term, documents FROM " + term_counts_ +
            " WHERE documents > 0 AND char_length(term) BETWEEN char_length($1) - $2::int AND "
            "char_length($1) + $2::int ORDER BY term",
        {word, std::to_string(most_edits)});
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto match = matcher.match(rows.text(row, 0));
      if (match.edits)
        found(rows.text(row, 0), *match.edits, static_cast<std::uint64_t>(rows.integer(row, 1)));
    }
  }

 private:
  SqlConnection& sql_;
  std::string term_counts_;
};

}  // namespace

ResolvedWords PostgresBackend::resolve(SqlConnection& sql, const WordsQuery& query) const {
  SqlTerms terms(sql, table("term_counts"));
  return resolve_words(query, terms);
}

// Keys of items that have one of the words, and all that are required, with their whole scores.
std::string PostgresBackend::matches(const ResolvedWords& words,
                                     std::vector<std::string>& parameters) const {
  std::vector<std::string> terms;
  std::vector<std::uint32_t> weights;
  std::vector<std::int64_t> bits;
  for (std::size_t w = 0; w < words.words.size(); ++w) {
    for (const UsedTerm& term : words.words[w].terms) {
      terms.push_back(term.term);
      weights.push_back(term.whole_weight());
      bits.push_back(std::int64_t{1} << w);
    }
  }
  const std::string from = fmt::format(
      "FROM unnest({}::text[], {}::bigint[], {}::bigint[]) AS w(term, weight, bit) JOIN {} AS p "
      "USING (term)",
      add(sql_array(terms), parameters), add(sql_array(weights), parameters),
      add(sql_array(bits), parameters), table("postings"));
  std::string sql =
      "SELECT p.key, sum(w.weight * p.impact)::bigint AS score " + from + " GROUP BY p.key";
  if (words.required != 0) {
    const std::string required = add(std::to_string(words.required), parameters);
    sql += fmt::format(" HAVING bit_or(w.bit) & {0}::bigint = {0}::bigint", required);
  }
  return sql;
}

WordsResult PostgresBackend::find_words(const WordsQuery& query) const {
  if (query.k == 0) fail(ErrorKind::bad_input, "k is 0; ask for at least one document");
  auto sql = pool_.take();
  ResolvedWords words = resolve(*sql, query);
  WordsResult result;
  if (!words.hopeless) {
    std::vector<std::string> parameters;
    std::string from = "(" + matches(words, parameters) + ") AS m";
    if (query.filter != nullptr)
      from += fmt::format(" JOIN {} USING (key) WHERE {}", table("items"),
                          where(query.filter, parameters));
    const SqlRows rows =
        sql->run(fmt::format("SELECT key, score FROM {} ORDER BY score DESC, key LIMIT {}::bigint",
                             from, add(std::to_string(query.k), parameters)),
                 parameters);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      result.hits.push_back({static_cast<double>(rows.integer(row, 1)) / kScoreUnit,
                             static_cast<std::uint64_t>(rows.integer(row, 0))});
    }
  }
  result.words = std::move(words.words);
  return result;
}

std::vector<TermScore> PostgresBackend::explain_words(const WordsQuery& query,
                                                      std::uint64_t key) const {
  auto sql = pool_.take();
  const ResolvedWords words = resolve(*sql, query);
  std::vector<std::string> terms;
  for (const UsedWord& word : words.words) {
    for (const UsedTerm& term : word.terms) terms.push_back(term.term);
  }
  const SqlRows rows = sql->run("SELECT term, impact FROM " + table("postings") +
                                    " WHERE key = $1::bigint AND term = ANY ($2::text[])",
                                {std::to_string(key), sql_array(terms)});
  std::map<std::string, std::int64_t, std::less<>> impacts;
  for (std::size_t row = 0; row < rows.size(); ++row)
    impacts[std::string(rows.text(row, 0))] = rows.integer(row, 1);
  std::vector<TermScore> scores;
  for (const UsedWord& word : words.words) {
    for (const UsedTerm& term : word.terms) {
      const auto impact = impacts.find(term.term);
      if (impact == impacts.end()) continue;
      scores.push_back({word.word, term.term,
                        term.whole_weight() / kScoreUnit * static_cast<double>(impact->second)});
    }
  }
  return scores;
}

Counts PostgresBackend::count(const CountRequest& request) const {
  Counts counts;
  counts.facets.resize(request.facets.size());
  counts.number_facets.resize(request.number_facets.size());
  auto sql = pool_.take();
  std::vector<std::string> parameters;
  std::string from = table("items") + " WHERE " + where(request.filter, parameters);
  if (request.words != nullptr) {
    const ResolvedWords words = resolve(*sql, *request.words);
    if (words.hopeless) return counts;
    from += " AND key IN (SELECT key FROM (" + matches(words, parameters) + ") AS m)";
  }
  counts.documents = static_cast<std::uint64_t>(
      sql->run("SELECT count(*) FROM " + from, parameters).integer(0, 0));
  for (std::size_t i = 0; i < request.facets.size(); ++i) {
    std::vector<std::string> all = parameters;
    const std::string prefix = add(request.facets[i] + kTagSeparator, all) + "::text";
    const SqlRows rows = sql->run(fmt::format("SELECT substr(tag, char_length({0}) + 1), count(*) "
                                              "FROM (SELECT unnest(tags) AS tag FROM {1}) "
                                              "AS t WHERE starts_with(tag, {0}) GROUP BY tag",
                                              prefix, from),
                                  all);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      counts.facets[i][std::string(rows.text(row, 0))] =
          static_cast<std::uint64_t>(rows.integer(row, 1));
    }
  }
  for (std::size_t i = 0; i < request.number_facets.size(); ++i) {
    std::vector<std::string> all = parameters;
    const SqlRows rows = sql->run(
        fmt::format(
            "SELECT count(n), coalesce(min(n), 0), coalesce(max(n), 0), coalesce(sum(n), 0) FROM "
            "(SELECT (numbers->>{}::text)::float8 AS n FROM {}) AS t",
            add(request.number_facets[i], all), from),
        all);
    index::NumberSummary& summary = counts.number_facets[i];
    summary.count = static_cast<std::uint64_t>(rows.integer(0, 0));
    if (summary.count == 0) continue;
    summary.min = rows.number(0, 1);
    summary.max = rows.number(0, 2);
    summary.sum = rows.number(0, 3);
  }
  return counts;
}

std::vector<std::uint64_t> PostgresBackend::first_by(const SortOrder& order, std::size_t k,
                                                     const index::Filter* filter) const {
  auto sql = pool_.take();
  std::vector<std::string> parameters;
  const std::string field = add(order.field, parameters) + "::text";
  const std::string condition = where(filter, parameters);
  const SqlRows rows =
      sql->run(fmt::format("SELECT key FROM {} WHERE numbers ? {} AND {} ORDER BY "
                           "(numbers->>{})::float8 {}, key LIMIT {}::bigint",
                           table("items"), field, condition, field,
                           order.descending ? "DESC" : "ASC", add(std::to_string(k), parameters)),
               parameters);
  std::vector<std::uint64_t> keys;
  for (std::size_t row = 0; row < rows.size(); ++row)
    keys.push_back(static_cast<std::uint64_t>(rows.integer(row, 0)));
  return keys;
}

std::vector<StoredItem> PostgresBackend::fetch(std::span<const std::uint64_t> keys,
                                               bool vectors) const {
  auto sql = pool_.take();
  const SqlRows rows = sql->run(
      fmt::format(
          "SELECT key, id, fields, payload{} FROM {} WHERE key = ANY ($1::bigint[]) ORDER BY key",
          vectors ? ", embedding::text" : "", table("items")),
      {sql_array(std::vector<std::uint64_t>(keys.begin(), keys.end()))});
  std::vector<StoredItem> items;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    items.push_back({static_cast<std::uint64_t>(rows.integer(row, 0)),
                     std::string(rows.text(row, 1)), index::decode_fields(unhex(rows.text(row, 2))),
                     unhex(rows.text(row, 3)),
                     vectors ? parse_vector(rows.text(row, 4)) : std::vector<float>{}});
  }
  return items;
}

std::optional<std::uint64_t> PostgresBackend::find_id(const std::string& id) const {
  auto sql = pool_.take();
  const std::uint64_t key = key_of_id(id);
  const SqlRows rows =
      sql->run("SELECT 1 FROM " + table("items") + " WHERE key = $1::bigint AND id = $2",
               {std::to_string(key), id});
  return rows.size() == 0 ? std::nullopt : std::optional(key);
}

}  // namespace kindred::search
