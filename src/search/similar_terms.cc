#include "search/similar_terms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "search/analyzer.h"
#include "search/term_match.h"

namespace kindred::search {
namespace {

constexpr std::size_t kMaxWords = 32;  // a bit a word
constexpr std::size_t kMaxSimilar = 8;
constexpr double kEditDiscount = 0.5;  // of a term's weight, an edit
// A word that so few documents have may be misspelt in them: terms that are this many times more
// frequent stand for it too.
constexpr std::uint64_t kRare = 3;
constexpr std::uint64_t kMuchMore = 50;

using Terms = std::map<std::string, UsedTerm, std::less<>>;

void add_near(const std::string& written, const std::string& except, TermSource& source,
              Terms& all) {
  const unsigned most_edits = allowed_edits(written);
  if (most_edits == 0) return;
  Terms near;
  source.near(written, most_edits,
              [&](std::string_view term, unsigned edits, std::uint64_t documents) {
                if (term == except) return;
                UsedTerm& used = near.try_emplace(std::string(term)).first->second;
                used.edits = std::max(edits, 1U);
                used.documents += documents;
              });
  for (auto& [term, used] : near) {
    const auto [place, is_new] = all.try_emplace(term, used);
    if (!is_new) place->second.edits = std::min(place->second.edits, used.edits);
  }
}

std::vector<UsedTerm> similar_terms(const QueryWord& word, std::uint64_t more_than,
                                    TermSource& source) {
  Terms near;
  // Misspelt, a word may have lost what its plural is known by, or got it.
  add_near(word.written, word.term, source, near);
  if (word.term != word.written) add_near(word.term, word.term, source, near);
  std::vector<UsedTerm> terms;
  for (auto& [term, used] : near) {
    if (used.documents <= more_than || allowed_edits(term) == 0) continue;
    used.term = term;
    terms.push_back(std::move(used));
  }
  // Fewest edits, then the most frequent.
  std::sort(terms.begin(), terms.end(), [](const UsedTerm& a, const UsedTerm& b) {
    return std::tie(a.edits, b.documents, a.term) < std::tie(b.edits, a.documents, b.term);
  });
  if (terms.size() > kMaxSimilar) terms.resize(kMaxSimilar);
  return terms;
}

}  // namespace

ResolvedWords resolve_words(const WordsQuery& query, TermSource& source) {
  ResolvedWords resolved;
  const std::uint64_t documents = source.documents();
  std::vector<QueryWord> words = analyze_query(query.text, query.language);
  if (words.size() > kMaxWords) words.resize(kMaxWords);
  const bool only_stop_words =
      std::all_of(words.begin(), words.end(), [](const QueryWord& w) { return w.stop; });
  for (const QueryWord& word : words) {
    const bool counts = !word.stop || only_stop_words;
    const std::uint64_t exact = source.documents_with(word.term);
    UsedWord used{
        word.term, query.all_words && counts, counts ? Bm25::idf(exact, documents) : 0.0, {}};
    if (exact > 0) used.terms.push_back({word.term, 0, exact, 0.0});
    if (query.correct && !word.stop && exact <= kRare) {
      for (UsedTerm& term : similar_terms(word, exact * kMuchMore, source)) {
        used.terms.push_back(std::move(term));
      }
    }
    for (UsedTerm& term : used.terms) {
      term.weight = Bm25::idf(term.documents, documents) * std::pow(kEditDiscount, term.edits);
    }
    if (used.required) {
      resolved.required |= 1U << resolved.words.size();
      resolved.hopeless |= used.terms.empty();
    }
    resolved.words.push_back(std::move(used));
  }
  return resolved;
}

}  // namespace kindred::search
