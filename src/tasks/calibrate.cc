#include "tasks/calibrate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "encode/nearest.h"
#include "encode/prompt_role.h"

namespace kindred::tasks {
namespace {

constexpr std::size_t kTextsAtOnce = 1024;

std::string text_of(const ModelInfo& model, const EncodeOptions& options) {
  if (options.prompt) return *options.prompt;
  const auto it =
      model.prompts.find(options.prompt_name.empty() ? model.default_prompt : options.prompt_name);
  return it == model.prompts.end() ? std::string() : it->second;
}

double dot(const Embeddings& a, std::size_t i, const Embeddings& b, std::size_t j) {
  const float* const x = a.values.data() + i * a.dimensions;
  const float* const y = b.values.data() + j * b.dimensions;
  double sum = 0.0;
  for (std::size_t d = 0; d < a.dimensions; ++d) sum += static_cast<double>(x[d]) * y[d];
  return sum;
}

// Rows `of` of `all`.
std::vector<float> rows_of(const Embeddings& all, const std::vector<std::uint32_t>& of) {
  std::vector<float> out;
  out.reserve(of.size() * all.dimensions);
  for (const std::uint32_t row : of)
    out.insert(out.end(), all.values.begin() + static_cast<std::ptrdiff_t>(row * all.dimensions),
               all.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * all.dimensions));
  return out;
}

// The nearest documents of each query, of a language at a time: among those that its pairs name.
std::vector<estimators::ScoredPair> score_nearest(const JudgedPairs& pairs,
                                                  const Embeddings& queries,
                                                  const Embeddings& documents, std::size_t nearest,
                                                  int threads) {
  struct Language {
    std::set<std::pair<std::uint32_t, std::uint32_t>> relevant;
    std::set<std::uint32_t> queries, documents;
  };
  std::map<std::uint32_t, Language> languages;
  for (const JudgedPair& pair : pairs.pairs) {
    Language& l = languages[pair.language];
    l.relevant.emplace(pair.query, pair.document);
    l.queries.insert(pair.query);
    l.documents.insert(pair.document);
  }
  ThreadPool pool(threads);
  std::vector<estimators::ScoredPair> out;
  for (const auto& [language, l] : languages) {
    const std::vector<std::uint32_t> asked(l.queries.begin(), l.queries.end());
    const std::vector<std::uint32_t> of(l.documents.begin(), l.documents.end());
    const std::vector<float> candidates = rows_of(documents, of);
    const std::size_t d = documents.dimensions;
    const encode::VectorSource source{of.size(), d,
                                      [&](std::size_t begin, std::size_t count, float* to) {
                                        std::copy_n(candidates.data() + begin * d, count * d, to);
                                      }};
    const auto found = encode::nearest(source, rows_of(queries, asked), nearest, pool);
    for (std::size_t q = 0; q < asked.size(); ++q)
      for (const encode::Neighbour& n : found[q])
        out.push_back({static_cast<double>(n.cosine), l.relevant.contains({asked[q], of[n.row]}),
                       asked[q], pairs.languages[language]});
  }
  return out;
}

}  // namespace

PairEncoding PairEncoding::of(const ModelInfo& model, const EncodeOptions& document,
                              const std::string& query_prompt) {
  PairEncoding e{document, document};
  if (!query_prompt.empty()) {
    e.query.prompt_name = query_prompt;
    e.query.prompt.reset();
    return e;
  }
  if (document.prompt || !document.prompt_name.empty()) return e;
  e.query.prompt = encode::prompt_text(model, encode::TextRole::query);
  e.document.prompt = encode::prompt_text(model, encode::TextRole::passage);
  return e;
}

std::string PairEncoding::describe(const ModelInfo& model) const {
  return fmt::format("\"{}\" and \"{}\"", text_of(model, query), text_of(model, document));
}

Embeddings embed_texts(const Encoder& encoder, const std::vector<std::string>& texts,
                       const EncodeOptions& options, const TextProgress& progress) {
  Embeddings all;
  all.rows = texts.size();
  all.dimensions = options.dimensions.value_or(encoder.dimensions());
  EncodeOptions call = options;
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsAtOnce) {
    const auto part = std::span(texts).subspan(begin, std::min(kTextsAtOnce, texts.size() - begin));
    call.first_row = options.first_row + begin;
    const Embeddings e = encoder.encode(part, call);
    all.values.insert(all.values.end(), e.values.begin(), e.values.end());
    all.token_counts.insert(all.token_counts.end(), e.token_counts.begin(), e.token_counts.end());
    all.truncated.insert(all.truncated.end(), e.truncated.begin(), e.truncated.end());
    if (progress) progress(part.size());
  }
  const std::size_t d = all.dimensions;
  for (std::size_t row = 0; row < all.rows; ++row) {
    const double length = std::sqrt(dot(all, row, all, row));
    if (!(length > 0.0)) continue;
    for (std::size_t i = 0; i < d; ++i) {
      float& value = all.values[row * d + i];
      value = static_cast<float>(value / length);
    }
  }
  return all;
}

std::vector<estimators::ScoredPair> score_pairs(const Encoder& encoder, const JudgedPairs& pairs,
                                                const PairEncoding& encoding, std::size_t nearest,
                                                const TextProgress& progress) {
  const Embeddings queries = embed_texts(encoder, pairs.queries, encoding.query, progress);
  const Embeddings documents = embed_texts(encoder, pairs.documents, encoding.document, progress);
  if (!pairs.has_others)
    return score_nearest(pairs, queries, documents, nearest, encoder.threads());
  std::vector<estimators::ScoredPair> out;
  for (const JudgedPair& pair : pairs.pairs)
    out.push_back({dot(queries, pair.query, documents, pair.document), pair.relevant, pair.query,
                   pairs.languages[pair.language]});
  return out;
}

std::vector<estimators::ScoredPair> score_random_pairs(const Encoder& encoder,
                                                       std::vector<std::string> texts,
                                                       const PairEncoding& encoding,
                                                       const RandomPairOptions& options,
                                                       const TextProgress& progress) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (texts.size() < 2)
    fail(ErrorKind::bad_input, "{} distinct texts: random pairs need two at least", texts.size());
  Random random(options.seed);
  random.shuffle(std::span(texts));
  if (texts.size() > options.texts) texts.resize(std::max<std::size_t>(options.texts, 2));
  const Embeddings queries = embed_texts(encoder, texts, encoding.query, progress);
  const Embeddings documents = embed_texts(encoder, texts, encoding.document, progress);
  std::vector<estimators::ScoredPair> out;
  for (std::size_t i = 0; i < options.pairs; ++i) {
    const std::uint64_t a = random.below(texts.size());
    std::uint64_t b = random.below(texts.size() - 1);
    b += b >= a ? 1 : 0;
    out.push_back({dot(queries, a, documents, b), false, static_cast<std::uint32_t>(a), ""});
  }
  return out;
}

std::vector<estimators::ScoredPair> score_shop(const shop::Version& version,
                                               const shop::ShopEncoder& encoder,
                                               const std::vector<shop::Labels>& labels,
                                               std::size_t nearest) {
  const shop::LabelledSearches searches = shop::search_labels(version, encoder, labels);
  std::vector<estimators::ScoredPair> out;
  for (std::size_t i = 0; i < searches.queries.size(); ++i) {
    const search::LabelledQuery& query = searches.queries[i];
    for (std::size_t k = 0; k < std::min(nearest, query.vector.size()); ++k)
      out.push_back({static_cast<double>(query.vector[k].score),
                     query.gains.contains(query.vector[k].key), static_cast<std::uint32_t>(i),
                     labels[i].language});
  }
  return out;
}

}  // namespace kindred::tasks
