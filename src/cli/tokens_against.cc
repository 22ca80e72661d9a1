#include "cli/tokens_against.h"

#include <algorithm>
#include <map>

#include "cli/console.h"
#include "encode/nearest.h"
#include "static_vectors/word_splitter.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;

// The word, or, where the file has it so alone, it in lower case.
std::string spelled(const WordVectors& vectors, const std::string& word) {
  std::string lower;
  static_vectors::to_lower(word, lower);
  return !vectors.find(word) && vectors.find(lower) ? lower : word;
}

std::vector<float> alone(const Encoder& encoder, const EncodeOptions& options,
                         const std::string& word) {
  const encode::MarkedText marked = encode::parse_marked("[[" + word + "]]");
  return encode::word_vector(encoder.encode_tokens(marked.text, options), *marked.span);
}

// Words that encoders may cut otherwise are no candidates: brackets would be marks.
bool can_be_marked(const std::string& word) {
  return !word.empty() && word.find_first_of("[]") == std::string::npos;
}

// cosines[c] of each candidate with one place; `mean` over all places, or zeros.
std::vector<WordScore> drawn(const std::vector<std::string>& candidates,
                             const std::vector<float>& cosines, const std::vector<float>& mean,
                             std::size_t k) {
  std::vector<WordScore> scores;
  for (std::size_t c = 0; c < candidates.size(); ++c)
    scores.push_back({candidates[c], cosines[c] - mean[c]});
  std::stable_sort(scores.begin(), scores.end(),
                   [](const WordScore& a, const WordScore& b) { return a.score > b.score; });
  scores.resize(std::min(k, scores.size()));
  return scores;
}

// The candidates of one word against all its places.
void compare_places(const std::vector<std::vector<float>>& contextual, const Encoder& encoder,
                    const EncodeOptions& options, std::size_t k, const std::vector<WordScore>& near,
                    const std::vector<std::size_t>& places, std::vector<StaticView>& views) {
  std::vector<std::string> candidates;
  std::vector<std::vector<float>> cosines(places.size());
  std::vector<float> mean;
  for (const WordScore& n : near) {
    if (!can_be_marked(n.word)) continue;
    const std::vector<float> vector = alone(encoder, options, n.word);
    candidates.push_back(n.word);
    mean.push_back(0.0F);
    for (std::size_t p = 0; p < places.size(); ++p) {
      const std::vector<float>& place = contextual[places[p]];
      cosines[p].push_back(encode::cosine(place.data(), vector.data(), place.size()));
      if (places.size() > 1) mean.back() += cosines[p].back() / static_cast<float>(places.size());
    }
  }
  for (std::size_t p = 0; p < places.size(); ++p)
    views[places[p]].here = drawn(candidates, cosines[p], mean, k);
}

ordered_json listed(const std::vector<WordScore>& scores) {
  ordered_json list = ordered_json::array();
  for (const WordScore& s : scores) list.push_back({{"word", s.word}, {"score", s.score}});
  return list;
}

std::string joined(const std::vector<WordScore>& scores) {
  std::string text;
  for (const WordScore& s : scores) text += (text.empty() ? "" : " ") + s.word;
  return text;
}

}  // namespace

std::vector<StaticView> static_views(const std::string& path,
                                     const std::vector<encode::MarkedText>& texts,
                                     const std::vector<std::vector<float>>& contextual,
                                     const Encoder& encoder, const EncodeOptions& options,
                                     std::size_t k, int threads) {
  const WordVectors vectors = WordVectors::open(path, {0, threads});
  std::vector<StaticView> views(texts.size());
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    views[t].word = spelled(vectors, texts[t].word);
    places[views[t].word].push_back(t);
  }
  for (const auto& [word, of_word] : places) {
    std::vector<WordScore> near = vectors.nearest(word, std::max(k, kCandidates));
    compare_places(contextual, encoder, options, k, near, of_word, views);
    near.resize(std::min(k, near.size()));
    for (const std::size_t t : of_word) {
      views[t].vector = *vectors.vector_of(word);
      views[t].nearest = near;
    }
  }
  return views;
}

void print_views(const std::vector<StaticView>& views) {
  print("\nnearest to the one vector of the word vectors, in any context:\n");
  std::string last;
  for (const StaticView& view : views) {
    if (view.word != last) print("      {}: {}\n", view.word, joined(view.nearest));
    last = view.word;
  }
  print("\nof its {} nearest, those that each place draws most:\n", kCandidates);
  for (std::size_t t = 0; t < views.size(); ++t)
    print(" [{:>2}] {}\n", t + 1, joined(views[t].here));
}

ordered_json to_json(const std::vector<StaticView>& views) {
  ordered_json list = ordered_json::array();
  for (const StaticView& view : views)
    list.push_back(
        {{"word", view.word}, {"nearest", listed(view.nearest)}, {"here", listed(view.here)}});
  return list;
}

}  // namespace kindred::cli
