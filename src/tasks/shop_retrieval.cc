#include "tasks/shop_retrieval.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "shop/item.h"
#include "tasks/retrieval.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {
namespace {

constexpr std::size_t kBatch = 256;  // queries encoded at once
search::SearchRequest request_of(const shop::Version& version, search::SearchMode mode,
                                 std::size_t depth) {
  search::SearchRequest request;
  request.mode = mode;
  request.k = std::min(depth, search::kMaxPaged);
  request.depth = std::max(request.depth, request.k);
  request.fusion = version.settings().fusion;
  request.expected_fields = shop::expected_fields();
  return request;
}

// Titles of what was found, each once.
class CorpusFiller {
 public:
  explicit CorpusFiller(eval::Dataset& dataset) : dataset_(dataset) {
    for (const eval::Record& record : dataset.corpus) known_.insert(record.id);
  }
  void add(const search::StoredItem& item) {
    if (!known_.insert(item.id).second) return;
    const shop::Shown shown = shop::shown(item.payload);
    eval::Record& record = dataset_.corpus.emplace_back();
    record.id = item.id;
    record.text = shown.title;
    if (!shown.language.empty()) record.columns["language"] = shown.language;
  }

 private:
  eval::Dataset& dataset_;
  std::unordered_set<std::string> known_;
};

}  // namespace

ShopRun search_all(const shop::Version& version, const shop::ShopEncoder* encoder,
                   search::SearchMode mode, std::string name, eval::Dataset& dataset,
                   const ShopRetrievalOptions& options) {
  using Clock = std::chrono::steady_clock;
  search::SearchRequest request = request_of(version, mode, options.depth);
  CorpusFiller corpus(dataset);
  ShopRun result{{std::move(name), {}}, {}};
  const bool encodes = mode != search::SearchMode::words && encoder != nullptr;
  for (std::size_t begin = 0; begin < dataset.queries.size(); begin += kBatch) {
    if (options.stop && options.stop()) throw Stopped{};
    const std::size_t count = std::min(kBatch, dataset.queries.size() - begin);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(passage_of(dataset.queries[begin + i]));
    Embeddings vectors;
    if (encodes) vectors = encoder->queries(texts);
    for (std::size_t i = 0; i < count; ++i) {
      request.text = texts[i];
      request.language = language_of(dataset.queries[begin + i]);
      const float* row = vectors.values.data() + i * vectors.dimensions;
      if (encodes) request.vector.assign(row, row + vectors.dimensions);
      const Clock::time_point start = Clock::now();
      const search::SearchResponse response = version.engine().search(request);
      result.milliseconds.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      auto& documents = result.run.of_query[dataset.queries[begin + i].id];
      // The engine's order is what customers see, ties included: its places are the scores.
      double place = 0.0;
      for (const search::SearchHit& hit : response.hits) {
        documents.push_back({hit.item.id, place -= 1.0});
        corpus.add(hit.item);
      }
    }
    if (options.on_progress) options.on_progress(count);
  }
  return result;
}

std::uint64_t count_unknown(const shop::Version& version, const eval::Dataset& dataset) {
  std::unordered_set<std::string> ids;
  for (const auto& [query, grades] : dataset.judgements)
    for (const auto& [id, grade] : grades) ids.insert(id);
  const std::vector<std::string> all(ids.begin(), ids.end());
  return all.size() - version.backend().find_ids(all).size();
}

}  // namespace kindred::tasks
