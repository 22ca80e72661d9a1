#include "prepare/judged_pairs.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "catalog/row_source.h"
#include "prepare/pair_row.h"
#include "prepare/reject_reasons.h"

namespace kindred::prepare {
namespace {

constexpr std::pair<std::string_view, double> kGains[] = {
    {"E", 1.0},           {"S", 0.1},          {"C", 0.01},
    {"I", 0.0},           {"Exact", 1.0},      {"Substitute", 0.1},
    {"Complement", 0.01}, {"Irrelevant", 0.0}, {"Partial", 0.5},
};

// The value of the first of `names` that the row has.
std::optional<std::string_view> value_of(const std::vector<catalog::RawField>& fields,
                                         std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (const catalog::RawField& field : fields) {
      if (field.column == name) return field.value;
    }
  }
  return std::nullopt;
}

std::string names_of(const std::vector<catalog::RawField>& fields) {
  std::string list;
  for (const catalog::RawField& field : fields) {
    if (!list.empty()) list += ", ";
    list += field.column;
  }
  return list;
}

// A row's fields, or false at the end. Rows that are malformed are passed to `bad`.
template <typename Bad>
bool next_row(catalog::RowSource& rows, std::vector<catalog::RawField>& fields, std::uint64_t& line,
              const Bad& bad) {
  for (;;) {
    fields.clear();
    try {
      if (!rows.next(fields, line)) return false;
      const bool utf8 = std::all_of(fields.begin(), fields.end(), [](const auto& field) {
        return catalog::is_utf8(field.value);
      });
      if (utf8) return true;
      bad(line, Reject{reasons::kNotUtf8});
    } catch (const catalog::NotUtf8&) {
      bad(line, Reject{reasons::kNotUtf8});
    } catch (const Error& error) {
      if (!rows.skip_bad_row()) throw;
      bad(line, Reject{reasons::kMalformed, error.what()});
    }
  }
}

struct Query {
  std::string id;
  std::string text;
  std::string language;
  std::uint64_t line = 0;  // of its first judgement
};

struct Judgement {
  std::uint32_t query;
  std::uint32_t product;
  double gain;
  std::uint64_t line;
};

struct JudgedProduct {
  std::string id;
  std::string language;  // of its locale, where the judgements tell one
  std::string text = {};
  bool found = false;
};

std::string product_key(std::string_view language, std::string_view id) {
  return std::string(language) + '\n' + std::string(id);
}

}  // namespace

void JudgedOptions::validate() const {
  if (!(negative_to < positive_from))
    fail(ErrorKind::bad_input, "negatives up to a gain of {} and positives from {} overlap",
         negative_to, positive_from);
  for (const auto& [label, gain] : gains) {
    if (!(gain >= 0.0)) fail(ErrorKind::bad_input, "the label {} has a gain of {}", label, gain);
  }
}

struct JudgedPairs::Impl {
  JudgedOptions options;
  std::unordered_map<std::string, std::pair<std::string, std::string>> query_texts;  // by id
  std::vector<Query> queries;
  std::unordered_map<std::string, std::uint32_t> query_numbers;  // by id, or by text
  std::vector<JudgedProduct> products;
  std::unordered_map<std::string, std::uint32_t> product_numbers;
  std::vector<Judgement> judgements;
  std::vector<SourceRow> rejects;
  double highest = 1.0;
  bool finished = false;  // products are read, judgements sorted
  std::size_t at = 0;     // of judgements
  std::size_t rejects_at = 0;

  explicit Impl(JudgedOptions given) : options(std::move(given)) {
    options.validate();
    if (options.source.empty())
      options.source = std::filesystem::path(options.judgements).filename().string();
    if (!options.queries.empty()) read_queries();
    read_judgements();
  }

  void reject(const std::string& file, std::uint64_t line, Reject why, std::string text = {}) {
    rejects.push_back({.file = file, .line = line, .reject = std::move(why), .text = text});
  }

  void read_queries() {
    const auto rows = catalog::open_rows(options.queries);
    std::vector<catalog::RawField> fields;
    std::uint64_t line = 0;
    while (next_row(*rows, fields, line, [&](std::uint64_t at_line, Reject why) {
      reject(options.queries, at_line, std::move(why));
    })) {
      const auto id = value_of(fields, {"query_id", "query-id", "qid", "_id", "id"});
      const auto text = value_of(fields, {"query", "text"});
      if (!id || !text) {
        fail(ErrorKind::not_found,
             "{}, line {}: queries have the columns query_id (or id) and query (or text), not: {}",
             options.queries, line, names_of(fields));
      }
      const auto locale = value_of(fields, {"query_locale", "locale", "language"});
      query_texts[std::string(*id)] = {std::string(*text), language_of_locale(locale.value_or(""))};
    }
  }

  std::optional<double> gain_of(std::string_view label) {
    if (const auto found = options.gains.find(label); found != options.gains.end())
      return found->second;
    for (const auto& [name, gain] : kGains) {
      if (label == name) return gain;
    }
    try {
      const double gain = parse_score(label);
      highest = std::max(highest, gain);
      return gain;
    } catch (const BadPair&) {
      return std::nullopt;
    }
  }

  // The number of the row's query; a new one where it comes up first.
  std::optional<std::uint32_t> query_of(const std::vector<catalog::RawField>& fields,
                                        std::uint64_t line, std::string& missing) {
    const auto id = value_of(fields, {"query_id", "query-id", "qid"});
    const auto text = value_of(fields, {"query"});
    if (!id && !text) {
      fail(ErrorKind::not_found,
           "{}, line {}: judgements have the columns query_id or query, product_id and label, "
           "not: {}",
           options.judgements, line, names_of(fields));
    }
    const std::string key(id ? *id : *text);
    const auto known = query_numbers.find(key);
    if (known != query_numbers.end()) return known->second;
    const auto locale = value_of(fields, {"query_locale", "product_locale", "locale", "language"});
    Query query{std::string(id.value_or("")), std::string(text.value_or("")),
                language_of_locale(locale.value_or("")), line};
    if (const auto found = query_texts.find(key); found != query_texts.end()) {
      query.text = found->second.first;
      if (!found->second.second.empty()) query.language = found->second.second;
    }
    if (query.text.empty()) {
      missing = key;
      return std::nullopt;
    }
    queries.push_back(std::move(query));
    query_numbers[key] = static_cast<std::uint32_t>(queries.size() - 1);
    return query_numbers[key];
  }

  void add_judgement(const std::vector<catalog::RawField>& fields, std::uint64_t line) {
    if (options.only) {
      const auto value = value_of(fields, {options.only->first});
      if (!value) {
        fail(ErrorKind::not_found, "{}, line {}: no column {}; the columns are: {}",
             options.judgements, line, options.only->first, names_of(fields));
      }
      if (*value != options.only->second) return;
    }
    const auto id =
        value_of(fields, {"product_id", "corpus-id", "corpus_id", "docid", "doc_id", "id"});
    const auto label = value_of(fields, {"esci_label", "label", "grade", "relevance", "score"});
    if (!id || !label) {
      fail(ErrorKind::not_found,
           "{}, line {}: judgements have the columns query_id or query, product_id and label, "
           "not: {}",
           options.judgements, line, names_of(fields));
    }
    const auto gain = gain_of(*label);
    if (!gain || *gain < 0.0) {
      return reject(options.judgements, line,
                    {reasons::kUnknownLabel,
                     fmt::format("'{}'; say its gain: --label {}=0.5", *label, *label)});
    }
    std::string missing;
    const auto query = query_of(fields, line, missing);
    if (!query) {
      return reject(options.judgements, line,
                    {reasons::kUnknownId, fmt::format("no query of the id '{}'", missing)});
    }
    const auto locale = value_of(fields, {"product_locale"});
    const std::string language = language_of_locale(locale.value_or(""));
    const auto [known, added] = product_numbers.emplace(
        product_key(language, *id), static_cast<std::uint32_t>(products.size()));
    if (added) products.push_back({.id = std::string(*id), .language = language});
    judgements.push_back({*query, known->second, *gain, line});
  }

  void read_judgements() {
    const auto rows = catalog::open_rows(options.judgements);
    std::vector<catalog::RawField> fields;
    std::uint64_t line = 0;
    while (next_row(*rows, fields, line, [&](std::uint64_t at_line, Reject why) {
      reject(options.judgements, at_line, std::move(why));
    }))
      add_judgement(fields, line);
    std::stable_sort(judgements.begin(), judgements.end(),
                     [](const Judgement& a, const Judgement& b) { return a.query < b.query; });
  }

  // Of each judged product the first text of its id and language.
  template <typename TextOf>
  void take_text(const std::string& language, const std::string& id, const TextOf& text_of) {
    for (const std::string& key : {product_key(language, id), product_key("", id)}) {
      const auto found = product_numbers.find(key);
      if (found == product_numbers.end() || products[found->second].found) continue;
      JudgedProduct& product = products[found->second];
      product.text = text_of();
      product.language = language;
      product.found = true;
    }
  }

  void read_products() {
    catalog::ProductReader reader = open_products(options.products);
    const catalog::Prompt prompt = prompt_of(options.products);
    for (catalog::ReadProduct read; reader.next(read);) {
      if (read.bad) {
        reject(options.products.path, read.line, {reasons::kMalformed, read.bad->reason});
        continue;
      }
      take_text(language_of_locale(read.product.language), read.product.id,
                [&] { return prompt.apply(read.product, read.product.language); });
    }
  }

  void read_documents() {
    const auto rows = catalog::open_rows(options.products.path);
    std::vector<catalog::RawField> fields;
    std::uint64_t line = 0;
    while (next_row(*rows, fields, line, [&](std::uint64_t at_line, Reject why) {
      reject(options.products.path, at_line, std::move(why));
    })) {
      const auto value = [&](std::string_view column) {
        const auto found = std::find_if(fields.begin(), fields.end(),
                                        [&](const auto& field) { return field.column == column; });
        return found == fields.end() ? std::string() : std::string(found->value);
      };
      take_text(language_of_locale(value("language")), value("_id"), [&] {
        const std::string title = value("title");
        const std::string text = value("text");
        return title.empty() || text.empty() ? title + text : title + ' ' + text;
      });
    }
  }

  void read_texts() {
    if (holds_documents(options.products))
      read_documents();
    else
      read_products();
    std::erase_if(judgements, [&](const Judgement& judgement) {
      const JudgedProduct& product = products[judgement.product];
      if (product.found) return false;
      reject(options.judgements, judgement.line,
             {reasons::kUnknownId, fmt::format("no product of the id '{}'", product.id)});
      return true;
    });
    finished = true;
  }

  Example example_of(const Query& query) {
    Example example{.anchor = {query.text, query.id, query.language},
                    .anchor_prompt = options.anchor_prompt,
                    .passage_prompt = options.passage_prompt,
                    .group = query.id,
                    .source = options.source};
    for (const auto number = judgements[at].query;
         at < judgements.size() && judgements[at].query == number; ++at) {
      const JudgedProduct& product = products[judgements[at].product];
      const double gain = judgements[at].gain / highest;
      auto& list = gain >= options.positive_from ? example.positives
                   : gain <= options.negative_to ? example.negatives
                                                 : example.graded;
      list.push_back({product.text, product.id, product.language, gain});
    }
    if (example.positives.empty()) {
      example.graded.insert(example.graded.end(), example.negatives.begin(),
                            example.negatives.end());
      example.negatives.clear();
    }
    return example;
  }

  bool next(SourceRow& row) {
    if (!finished) read_texts();
    if (rejects_at < rejects.size()) {
      row = std::move(rejects[rejects_at++]);
      return true;
    }
    row = {};
    if (at == judgements.size()) return false;
    const Query& query = queries[judgements[at].query];
    row.file = options.judgements;
    row.line = query.line;
    row.examples.push_back(example_of(query));
    return true;
  }
};

JudgedPairs::JudgedPairs(JudgedOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
JudgedPairs::JudgedPairs(JudgedPairs&&) noexcept = default;
JudgedPairs& JudgedPairs::operator=(JudgedPairs&&) noexcept = default;
JudgedPairs::~JudgedPairs() = default;

bool JudgedPairs::next(SourceRow& row) {
  return impl_->next(row);
}

std::vector<std::string> JudgedPairs::notes() const {
  if (impl_->highest <= 1.0) return {};
  return {fmt::format("{}: grades up to {:g} are divided by it, so that gains are 0 to 1",
                      impl_->options.judgements, impl_->highest)};
}

}  // namespace kindred::prepare
