#include "tasks/retrieval.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "index/filter.h"
#include "kernels/topk.h"
#include "search/analyzer.h"

namespace kindred::tasks {
namespace {

constexpr std::string_view kLanguage = "language";
constexpr std::size_t kDocumentsAtOnce = 4096;

std::vector<std::string> passages_of(const std::vector<eval::Record>& records) {
  std::vector<std::string> texts;
  texts.reserve(records.size());
  for (const eval::Record& record : records) texts.push_back(passage_of(record));
  return texts;
}

// Places of the documents in `language`; empty: of all.
std::vector<std::size_t> places_in(const eval::Dataset& dataset, const std::string& language) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < dataset.corpus.size(); ++i)
    if (language.empty() || language_of(dataset.corpus[i]) == language) places.push_back(i);
  return places;
}

float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

search::LexicalDocument document_of(const eval::Record& record, std::uint64_t key) {
  const std::string language = language_of(record);
  search::LexicalDocument document{key, {}, {}};
  document.texts.push_back({search::TextField::description, language, passage_of(record)});
  if (!language.empty()) document.fields.tags.push_back({std::string(kLanguage), language});
  return document;
}

// The mean length, as the pivot of BM25 wants it.
float mean_length(const eval::Dataset& dataset) {
  double sum = 0.0;
  std::vector<std::string> terms;
  for (const eval::Record& record : dataset.corpus) {
    terms.clear();
    search::analyze(passage_of(record), language_of(record), terms);
    sum += static_cast<double>(terms.size());
  }
  const double mean = sum / static_cast<double>(std::max<std::size_t>(dataset.corpus.size(), 1));
  return static_cast<float>(std::max(mean, 1.0));
}

}  // namespace

std::string passage_of(const eval::Record& record) {
  return record.title.empty() ? record.text : record.title + ' ' + record.text;
}

std::string language_of(const eval::Record& record) {
  const auto found = record.columns.find(std::string(kLanguage));
  return found == record.columns.end() ? std::string() : found->second;
}

VectorRetrieval::VectorRetrieval(const eval::Dataset& dataset, const TextVectors& encoder)
    : dataset_(dataset),
      documents_(encoder.encode_passages(passages_of(dataset.corpus), document_of_row_)),
      queries_(encoder.encode(passages_of(dataset.queries), encode::TextRole::query)) {
  for (std::size_t row = 0; row < document_of_row_.size(); ++row)
    if (first_row_.size() == document_of_row_[row]) first_row_.push_back(row);
  first_row_.push_back(document_of_row_.size());
}

Rankings VectorRetrieval::rank(const RetrievalOptions& options, ThreadPool& pool) const {
  Rankings rankings(dataset_.queries.size());
  std::vector<std::size_t> rows;
  std::size_t most = 1;  // windows of a document
  const std::vector<std::size_t> places = places_in(dataset_, options.document_language);
  for (const std::size_t place : places) {
    for (std::size_t row = first_row_[place]; row < first_row_[place + 1]; ++row)
      rows.push_back(row);
    most = std::max(most, first_row_[place + 1] - first_row_[place]);
  }
  if (rows.empty() || rankings.empty()) return rankings;
  std::vector<float> chosen;
  const float* matrix = documents_.values.data();
  if (rows.size() < documents_.rows) {
    chosen.reserve(rows.size() * documents_.dimensions);
    for (const std::size_t row : rows) {
      const auto vector = documents_.row(row);
      chosen.insert(chosen.end(), vector.begin(), vector.end());
    }
    matrix = chosen.data();
  }
  const kernels::Neighbors found =
      kernels::top_k(queries_.values.data(), queries_.rows, matrix, rows.size(),
                     documents_.dimensions, options.depth * most, pool);
  for (std::size_t q = 0; q < rankings.size(); ++q) {
    std::unordered_set<std::size_t> seen;
    auto& documents = rankings[q].documents;
    for (std::size_t i = q * found.k; i < (q + 1) * found.k && documents.size() < options.depth;
         ++i) {
      const std::size_t document = document_of_row_[rows[found.indices[i]]];
      if (seen.insert(document).second) documents.push_back({document, found.scores[i]});
    }
    rankings[q].cut = documents.size() < places.size();
  }
  return rankings;
}

float VectorRetrieval::nearest_window(std::span<const float> query, std::size_t place) const {
  float best = dot(query, documents_.row(first_row_[place]));
  for (std::size_t row = first_row_[place] + 1; row < first_row_[place + 1]; ++row)
    best = std::max(best, dot(query, documents_.row(row)));
  return best;
}

Rankings VectorRetrieval::rerank(const eval::Run& candidates, std::size_t depth) const {
  std::unordered_map<std::string_view, std::size_t> place_of;
  for (std::size_t i = 0; i < dataset_.corpus.size(); ++i)
    place_of.emplace(dataset_.corpus[i].id, i);
  Rankings rankings(dataset_.queries.size());
  for (std::size_t q = 0; q < rankings.size(); ++q) {
    const auto of_query = candidates.of_query.find(dataset_.queries[q].id);
    if (of_query == candidates.of_query.end()) continue;
    auto& documents = rankings[q].documents;
    for (const eval::ScoredDocument& candidate : of_query->second) {
      const auto place = place_of.find(candidate.id);
      if (place == place_of.end())
        fail(ErrorKind::bad_input,
             "{}: the candidate '{}' of the query '{}' is not in the corpus of {}; the run was "
             "made on other documents",
             candidates.name, candidate.id, dataset_.queries[q].id, dataset_.name);
      documents.push_back({place->second, nearest_window(queries_.row(q), place->second)});
    }
    std::sort(documents.begin(), documents.end(), [](const auto& a, const auto& b) {
      return a.score != b.score ? a.score > b.score : a.key < b.key;
    });
    if (documents.size() > depth) documents.resize(depth);
  }
  return rankings;
}

LexicalRetrieval::LexicalRetrieval(const eval::Dataset& dataset)
    : dataset_(dataset), directory_(std::make_unique<io::ScratchDirectory>()) {
  search::Bm25 bm25;
  bm25.pivot = mean_length(dataset);
  index_ = search::LexicalIndex::create(directory_->file("words"), bm25);
  std::vector<search::LexicalDocument> documents;
  for (std::size_t i = 0; i < dataset.corpus.size(); ++i) {
    documents.push_back(document_of(dataset.corpus[i], i));
    if (documents.size() < kDocumentsAtOnce && i + 1 < dataset.corpus.size()) continue;
    index_->upsert(documents);
    documents.clear();
  }
  index_->compact();
}

Rankings LexicalRetrieval::rank(const RetrievalOptions& options) const {
  index::Filter filter;
  filter.kind = index::Filter::Kind::values;
  filter.field = kLanguage;
  filter.values = {options.document_language};
  Rankings rankings(dataset_.queries.size());
  for (std::size_t q = 0; q < rankings.size(); ++q) {
    search::WordsQuery query;
    query.text = passage_of(dataset_.queries[q]);
    query.language = language_of(dataset_.queries[q]);
    query.k = options.depth;
    query.filter = options.document_language.empty() ? nullptr : &filter;
    query.correct = false;
    const search::WordsResult result = index_->search(query);
    for (const search::WordsHit& hit : result.hits)
      rankings[q].documents.push_back({hit.key, hit.score});
    rankings[q].bound = result.bound();
    rankings[q].cut = result.hits.size() >= options.depth;
  }
  return rankings;
}

Rankings fuse(const Rankings& vector, const Rankings& words, const search::FusionOptions& fusion,
              std::size_t depth) {
  Rankings fused(vector.size());
  for (std::size_t q = 0; q < vector.size(); ++q) {
    const search::Rankings both{vector[q].documents, words[q].documents, words[q].bound,
                                words[q].cut};
    for (const search::FusedKey& key : search::fuse(both, fusion)) {
      if (fused[q].documents.size() == depth) break;
      fused[q].documents.push_back({key.key, key.score});
    }
    fused[q].cut = vector[q].cut || words[q].cut;
  }
  return fused;
}

eval::Run to_run(const Rankings& rankings, const eval::Dataset& dataset, std::string name) {
  eval::Run run{std::move(name), {}};
  for (std::size_t q = 0; q < rankings.size(); ++q) {
    auto& documents = run.of_query[dataset.queries[q].id];
    for (const search::RankedKey& key : rankings[q].documents)
      documents.push_back({dataset.corpus[key.key].id, key.score});
  }
  return run;
}

}  // namespace kindred::tasks
