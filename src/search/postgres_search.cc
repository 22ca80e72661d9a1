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
#include "search/postgres_schema.h"
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

// Each partition is asked for its own best: its server sorts and limits, and only those come over.
// (PostgreSQL itself hands no LIMIT on to the partitions of a table.)
template <typename Select>
std::string PostgresBackend::each_part(Select select) const {
  if (parts_ == 0) return select(std::string());
  std::string sql;
  for (std::size_t part = 0; part < parts_; ++part) {
    sql += fmt::format("{}({})", part == 0 ? "" : " UNION ALL ", select(fmt::format("_{}", part)));
  }
  return sql;
}

// Until the transaction ends, the planner leaves to the partitions what they can do: it knows too
// little of them to compare costs. Nor is there an order above the union, for which it would merge
// them one after another instead of asking all at once; the best of all are sorted here.
void PostgresBackend::leave_to_parts(SqlConnection& sql) const {
  if (parts_ == 0) return;
  sql.script(
      "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off; "
      "SET LOCAL enable_hashagg = off; SET LOCAL enable_hashjoin = off; "
      "SET LOCAL enable_mergejoin = off; SET LOCAL enable_nestloop = off; "
      "SET LOCAL jit = off");  // what is switched off counts as costly enough to compile
}

// How far the index of each server looks, until the transaction ends.
void PostgresBackend::set_effort(SqlConnection& sql, std::size_t k, double recall) const {
  if (options_.vector_index == VectorIndexKind::none) return;
  const bool hnsw = options_.vector_index == VectorIndexKind::hnsw;
  int effort = recall > 0.98 ? 20 : recall > 0.9 ? 10 : 3;
  if (hnsw) {
    const double wanted = 2.0 * static_cast<double>(options_.binary ? kBinaryFactor * k : k);
    const double by_recall = std::clamp(2.0 / (1.0 - recall), 40.0, 400.0);
    effort = static_cast<int>(std::min(1000.0, std::max(wanted, by_recall)));
  }
  if (parts_ > 0) {
    sql.run(each_part([&](const std::string& part) {
      return fmt::format("SELECT applied FROM {}{} WHERE value = {}", table("effort"), part,
                         effort);
    }));
    return;
  }
  // Citus hands these on to its workers when it is told to.
  if (options_.citus) sql.script("SET LOCAL citus.propagate_set_commands = 'local'");
  sql.script(fmt::format("SET LOCAL {} = {}", hnsw ? "hnsw.ef_search" : "ivfflat.probes", effort));
  if (pgvector_minor_ >= 8) {
    sql.script(hnsw ? "SET LOCAL hnsw.iterative_scan = relaxed_order"
                    : "SET LOCAL ivfflat.iterative_scan = relaxed_order");
  }
}

// Whether a filter leaves so few that each is better looked at: an index that must pass over a
// hundred for each that is admitted is slower than that, and finds less. From partitions a row
// comes over for each that is counted.
bool PostgresBackend::admits_few(SqlConnection& sql, const index::Filter& filter) const {
  if (options_.vector_index == VectorIndexKind::none) return true;
  const std::int64_t few = parts_ == 0 ? 4000 : 1000;
  std::vector<std::string> parameters;
  const std::string admitted = to_sql(filter, parameters);
  const std::string each = each_part([&](const std::string& part) {
    return fmt::format("SELECT 1 FROM {}{} WHERE {} LIMIT {}", table("items"), part, admitted,
                       few + 1);
  });
  return sql.run("SELECT count(*) FROM (" + each + ") AS admitted", parameters).integer(0, 0) <=
         few;
}

std::vector<RankedKey> PostgresBackend::nearest(std::span<const float> query, std::size_t k,
                                                const index::Filter* filter, double recall) const {
  auto sql = pool_.take();
  SqlTransaction transaction(*sql, SqlTransaction::Kind::reading);
  const bool exact = recall >= 1.0 || (filter != nullptr && admits_few(*sql, *filter));
  if (!exact) set_effort(*sql, k, recall);
  leave_to_parts(*sql);
  std::vector<std::string> parameters = {fmt::format("[{}]", fmt::join(query, ","))};
  const std::string type = sql_vector_type(options_);
  const std::string admitted = where(filter, parameters);
  const std::string limit = add(std::to_string(k), parameters) + "::bigint";
  const std::string distance =
      fmt::format("embedding {} $1::{}", distance_operator(options_.metric), type);
  // No index orders by a sum: everything is looked at.
  const std::string order = exact ? "(" + distance + ") + 0" : distance;
  const bool coarse = options_.binary && !exact;
  std::string more;  // a parameter that is not used would be an error
  if (coarse) more = add(std::to_string(kBinaryFactor * k), parameters) + "::bigint";
  const auto nearest_of = [&](const std::string& part) {
    std::string from = table("items") + part + " WHERE " + admitted;
    if (coarse) {
      from = fmt::format(
          "(SELECT key, embedding FROM {0} ORDER BY binary_quantize(embedding)::bit({1}) <~> "
          "binary_quantize($1::{2})::bit({1}) LIMIT {3}) AS best",
          from, options_.dimension, type, more);
    }
    return fmt::format("SELECT key, {} AS distance FROM {} ORDER BY {} LIMIT {}", distance, from,
                       order, limit);
  };
  const SqlRows rows = sql->run(each_part(nearest_of), parameters);
  std::vector<RankedKey> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double d = rows.text(row, 1) == "NaN" ? NAN : rows.number(row, 1);
    found.push_back(
        {static_cast<std::uint64_t>(rows.integer(row, 0)), to_score(options_.metric, d)});
  }
  std::sort(found.begin(), found.end(), [](const RankedKey& a, const RankedKey& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  });
  if (found.size() > k) found.resize(k);
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
    const SqlRows rows = sql_.run(
        "SELECT coalesce(sum(documents), 0)::bigint FROM " + term_counts_ + " WHERE term = $1",
        {term});
    return static_cast<std::uint64_t>(rows.integer(0, 0));
  }
  void near(const std::string& word, unsigned most_edits, const Found& found) override {
    TermMatcher matcher(word, most_edits);
    sql_.for_each(
        "SELECT term, sum(documents)::bigint FROM " + term_counts_ +
            " WHERE documents > 0 AND char_length(term) BETWEEN char_length($1) - $2::int AND "
            "char_length($1) + $2::int GROUP BY term ORDER BY term",
        {word, std::to_string(most_edits)}, [&](const SqlRows& row) {
          const auto match = matcher.match(row.text(0, 0));
          if (match.edits)
            found(row.text(0, 0), *match.edits, static_cast<std::uint64_t>(row.integer(0, 1)));
        });
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

namespace {

// A search by words as SQL over the tables of one server or partition.
struct WordsSql {
  std::string score;   // of a group of one key
  std::string having;  // that the group has every required word; or empty

  // `scored`: with what the score is made of; a parameter that is not used would be an error.
  WordsSql(const ResolvedWords& words, bool scored, std::vector<std::string>& parameters) {
    struct Weight {
      std::int64_t weight = 0;
      std::int64_t bits = 0;
    };
    std::map<std::string, Weight> terms;  // a term may stand for several words
    for (std::size_t w = 0; w < words.words.size(); ++w) {
      for (const UsedTerm& term : words.words[w].terms) {
        terms[term.term].weight += term.whole_weight();
        terms[term.term].bits |= std::int64_t{1} << w;
      }
    }
    std::vector<std::string> names;
    std::vector<std::int64_t> weights;
    std::vector<std::int64_t> bits;
    for (const auto& [term, weight] : terms) {
      names.push_back(term);
      weights.push_back(weight.weight);
      bits.push_back(weight.bits);
    }
    const std::string list = add(sql_array(names), parameters) + "::text[]";
    condition_ = fmt::format("p.term = ANY ({})", list);
    if (scored) {
      score = fmt::format("sum(p.impact * ({}::bigint[])[array_position({}, p.term)])::bigint",
                          add(sql_array(weights), parameters), list);
    }
    if (words.required == 0) return;
    having = fmt::format(
        " HAVING bit_or(({0}::bigint[])[array_position({1}, p.term)]) & {2}::bigint = {2}::bigint",
        add(sql_array(bits), parameters), list, add(std::to_string(words.required), parameters));
  }

  // FROM and WHERE: the postings of the words' terms, with the items they belong to or without.
  std::string matches(const std::string& postings, const std::string& items,
                      const std::string& admitted) const {
    return fmt::format("FROM {} AS p JOIN {} AS i USING (key) WHERE {} AND {}", postings, items,
                       condition_, admitted);
  }
  std::string matches(const std::string& postings) const {
    return fmt::format("FROM {} AS p WHERE {}", postings, condition_);
  }

 private:
  std::string condition_;
};

}  // namespace

WordsResult PostgresBackend::find_words(const WordsQuery& query) const {
  if (query.k == 0) fail(ErrorKind::bad_input, "k is 0; ask for at least one document");
  auto sql = pool_.take();
  SqlTransaction transaction(*sql, SqlTransaction::Kind::reading);
  ResolvedWords words = resolve(*sql, query);
  leave_to_parts(*sql);
  WordsResult result;
  if (!words.hopeless) {
    std::vector<std::string> parameters;
    const WordsSql by_words(words, /*scored=*/true, parameters);
    const std::string admitted = where(query.filter, parameters);
    const std::string limit = add(std::to_string(query.k), parameters) + "::bigint";
    const auto best_of = [&](const std::string& part) {
      const std::string postings = table("postings") + part;
      return fmt::format(
          "SELECT key, {} AS score {} GROUP BY key{} ORDER BY score DESC, key LIMIT {}",
          by_words.score,
          query.filter == nullptr ? by_words.matches(postings)
                                  : by_words.matches(postings, table("items") + part, admitted),
          by_words.having, limit);
    };
    const SqlRows rows = sql->run(each_part(best_of), parameters);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      result.hits.push_back({static_cast<double>(rows.integer(row, 1)) / kScoreUnit,
                             static_cast<std::uint64_t>(rows.integer(row, 0))});
    }
    std::sort(result.hits.begin(), result.hits.end(), [](const WordsHit& a, const WordsHit& b) {
      return a.score != b.score ? a.score > b.score : a.key < b.key;
    });
    if (result.hits.size() > query.k) result.hits.resize(query.k);
  }
  transaction.commit();
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
  SqlTransaction transaction(*sql, SqlTransaction::Kind::reading);
  leave_to_parts(*sql);
  std::vector<std::string> parameters;
  const std::string admitted = where(request.filter, parameters);
  std::optional<WordsSql> by_words;
  if (request.words != nullptr) {
    const ResolvedWords words = resolve(*sql, *request.words);
    if (words.hopeless) return counts;
    by_words.emplace(words, /*scored=*/false, parameters);
  }
  // `column` of the items that are counted. Their keys' other columns follow from the key, which
  // the server does not know of a foreign table.
  const auto column_of = [&](const std::string& part, const std::string& column) {
    const std::string items = table("items") + part;
    if (!by_words) return fmt::format("SELECT {} FROM {} WHERE {}", column, items, admitted);
    return fmt::format("SELECT {0} {1} GROUP BY key, {0}{2}", column,
                       by_words->matches(table("postings") + part, items, admitted),
                       by_words->having);
  };
  counts.documents = static_cast<std::uint64_t>(
      sql->run(fmt::format("SELECT sum(n)::bigint FROM ({}) AS parts",
                           each_part([&](const std::string& part) {
                             return fmt::format("SELECT count(*) AS n FROM ({}) AS admitted",
                                                column_of(part, "key"));
                           })),
               parameters)
          .integer(0, 0));
  for (std::size_t i = 0; i < request.facets.size(); ++i) {
    std::vector<std::string> all = parameters;
    const std::string prefix = add(request.facets[i] + kTagSeparator, all) + "::text";
    const std::string tags =
        each_part([&](const std::string& part) { return column_of(part, "tags"); });
    const SqlRows rows =
        sql->run(fmt::format("SELECT substr(tag, char_length({0}) + 1), count(*) FROM (SELECT "
                             "unnest(tags) AS tag FROM ({1}) AS admitted) AS t WHERE "
                             "starts_with(tag, {0}) GROUP BY tag",
                             prefix, tags),
                 all);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      counts.facets[i][std::string(rows.text(row, 0))] =
          static_cast<std::uint64_t>(rows.integer(row, 1));
    }
  }
  for (std::size_t i = 0; i < request.number_facets.size(); ++i) {
    std::vector<std::string> all = parameters;
    const std::string path = add(json_path(request.number_facets[i]), all) + "::jsonpath";
    const std::string parts = each_part([&](const std::string& part) {
      return fmt::format(
          "SELECT count(n) AS n, min(n) AS low, max(n) AS high, sum(n) AS total FROM (SELECT "
          "jsonb_path_query_first(numbers, {})::float8 AS n FROM ({}) AS admitted) AS numbers",
          path, column_of(part, "numbers"));
    });
    const SqlRows rows = sql->run(
        "SELECT sum(n)::bigint, coalesce(min(low), 0), coalesce(max(high), "
        "0), coalesce(sum(total), 0) FROM (" +
            parts + ") AS parts",
        all);
    index::NumberSummary& summary = counts.number_facets[i];
    summary.count = static_cast<std::uint64_t>(rows.integer(0, 0));
    if (summary.count == 0) continue;
    summary.min = rows.number(0, 1);
    summary.max = rows.number(0, 2);
    summary.sum = rows.number(0, 3);
  }
  transaction.commit();
  return counts;
}

std::vector<std::uint64_t> PostgresBackend::first_by(const SortOrder& order, std::size_t k,
                                                     const index::Filter* filter) const {
  auto sql = pool_.take();
  std::vector<std::string> parameters;
  const std::string path = add(json_path(order.field), parameters) + "::jsonpath";
  const std::string admitted = where(filter, parameters);
  const std::string first =
      fmt::format("ORDER BY number {}, key LIMIT {}::bigint", order.descending ? "DESC" : "ASC",
                  add(std::to_string(k), parameters));
  const auto first_of = [&](const std::string& part) {
    return fmt::format(
        "SELECT key, jsonb_path_query_first(numbers, {0}) AS number FROM {1}{2} "
        "WHERE jsonb_path_query_first(numbers, {0}) IS NOT NULL AND {3} {4}",
        path, table("items"), part, admitted, first);
  };
  SqlTransaction transaction(*sql, SqlTransaction::Kind::reading);
  leave_to_parts(*sql);
  const SqlRows rows = sql->run(each_part(first_of), parameters);
  std::vector<std::pair<double, std::uint64_t>> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double number = rows.number(row, 1);
    found.emplace_back(order.descending ? -number : number,
                       static_cast<std::uint64_t>(rows.integer(row, 0)));
  }
  transaction.commit();
  std::sort(found.begin(), found.end());
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < std::min(k, found.size()); ++i) keys.push_back(found[i].second);
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

std::vector<std::uint64_t> PostgresBackend::find_ids(std::span<const std::string> ids) const {
  auto sql = pool_.take();
  std::vector<std::uint64_t> keys;
  for (const std::string& id : ids) keys.push_back(key_of_id(id));
  const SqlRows rows = sql->run(
      "SELECT key FROM " + table("items") + " WHERE key = ANY ($1::bigint[]) AND id = ANY ($2)",
      {sql_array(keys), sql_array(std::vector<std::string>(ids.begin(), ids.end()))});
  keys.clear();
  for (std::size_t row = 0; row < rows.size(); ++row)
    keys.push_back(static_cast<std::uint64_t>(rows.integer(row, 0)));
  return keys;
}

}  // namespace kindred::search
