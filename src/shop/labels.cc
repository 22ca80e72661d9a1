#include "shop/labels.h"

#include "eval/labelled_queries.h"

namespace kindred::shop {
namespace {

constexpr std::size_t kDepth = 200;  // as SearchRequest::depth
constexpr double kRecall = 0.95;

}  // namespace

std::vector<Labels> read_labels(const std::string& path) {
  const eval::Dataset dataset = eval::read_labelled_queries(path);
  std::vector<Labels> all;
  for (const eval::Record& query : dataset.queries) {
    const auto language = query.columns.find("language");
    Labels& labels = all.emplace_back();
    labels.query = query.text;
    if (language != query.columns.end()) labels.language = language->second;
    for (const auto& [id, grade] : dataset.judgements.at(query.id))
      if (grade > 0.0) labels.gains.emplace(id, grade);
  }
  return all;
}

LabelledSearches search_labels(const Version& version, const ShopEncoder& encoder,
                               const std::vector<Labels>& labels) {
  std::vector<std::string> texts;
  texts.reserve(labels.size());
  for (const Labels& label : labels) texts.push_back(label.query);
  const Embeddings vectors = encoder.queries(texts);
  const search::Backend& backend = version.backend();
  LabelledSearches searches;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    search::LabelledQuery& query = searches.queries.emplace_back();
    const std::span<const float> vector(vectors.values.data() + i * vectors.dimensions,
                                        vectors.dimensions);
    query.vector = backend.nearest(vector, kDepth, nullptr, kRecall);
    const auto words = backend.find_words({labels[i].query, labels[i].language, kDepth});
    for (const search::WordsHit& hit : words.hits) query.words.push_back({hit.key, hit.score});
    query.words_bound = words.bound();
    query.words_cut = words.hits.size() >= kDepth;
    for (const auto& [id, gain] : labels[i].gains) {
      const auto key = backend.find_id(id);
      if (key) query.gains[*key] = gain;
      if (!key) ++searches.unknown_ids;
    }
  }
  return searches;
}

}  // namespace kindred::shop
