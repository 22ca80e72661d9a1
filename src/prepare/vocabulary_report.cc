#include "prepare/vocabulary_report.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

#include "prepare/token_counts.h"
#include "static_vectors/word_splitter.h"

namespace kindred::prepare {
namespace {

/// What tokenizers call the token of what they do not know.
std::optional<std::uint32_t> unknown_id(const Tokenizer& tokenizer) {
  for (const char* name : {"[UNK]", "<unk>", "<UNK>", "[unk]", "<|unk|>"})
    if (const auto id = tokenizer.token_to_id(name)) return id;
  return std::nullopt;
}

std::uint64_t count_characters(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && (byte & 0xC0U) != 0x80U;
  }));
}

struct Language {
  LanguagePieces result;
  std::vector<std::uint64_t> counts;  ///< one a token id
};

void count(const Tokenizer& tokenizer, const encode::TextSource& source, ThreadPool& pool,
           Language& language, const std::function<void(std::uint64_t texts)>& add) {
  std::vector<static_vectors::WordSplitter> splitters(
      static_cast<std::size_t>(pool.threads()),
      static_vectors::WordSplitter(static_vectors::WordMode::unicode));
  tokenise_all(tokenizer, source, {}, pool, [&](const auto& texts, const auto& parts) {
    std::vector<std::uint64_t> words(parts.size());
    pool.run(parts.size(), [&](std::size_t part, int thread) {
      std::vector<std::string_view> found;
      const std::size_t end = std::min((part + 1) * kTextsAPart, texts.size());
      for (std::size_t i = part * kTextsAPart; i < end; ++i) {
        found.clear();
        splitters[static_cast<std::size_t>(thread)].split(texts[i], found);
        words[part] += found.size();
      }
    });
    language.result.words += std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    for (const std::string_view text : texts) language.result.characters += count_characters(text);
    for (const PackedIds& part : parts)
      for (const std::uint32_t id : part.ids)
        if (id < language.counts.size()) ++language.counts[id];
    language.result.texts += texts.size();
    add(texts.size());
  });
}

void finish(Language& language, std::optional<std::uint32_t> unknown) {
  LanguagePieces& r = language.result;
  std::vector<std::uint64_t> sorted;
  for (const std::uint64_t n : language.counts) {
    r.pieces += n;
    r.rare += n == 1;
    if (n > 0) sorted.push_back(n);
  }
  r.distinct = sorted.size();
  if (unknown && *unknown < language.counts.size()) r.unknown = language.counts[*unknown];
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::uint64_t sum = 0;
  for (const std::uint64_t n : sorted) {
    if (sum * 100 >= r.pieces * 99) break;
    sum += n;
    ++r.for_99;
  }
}

SharedPieces compare(const std::vector<Language>& languages, std::size_t a, std::size_t b) {
  SharedPieces shared{a, b, 0, 0.0, 0.0};
  std::uint64_t of_a = 0;
  std::uint64_t of_b = 0;
  for (std::size_t id = 0; id < languages[a].counts.size(); ++id) {
    if (languages[a].counts[id] == 0 || languages[b].counts[id] == 0) continue;
    ++shared.shared;
    of_a += languages[a].counts[id];
    of_b += languages[b].counts[id];
  }
  shared.share_of_a = LanguagePieces::ratio(of_a, languages[a].result.pieces);
  shared.share_of_b = LanguagePieces::ratio(of_b, languages[b].result.pieces);
  return shared;
}

}  // namespace

VocabularyReport report_vocabulary(const Tokenizer& tokenizer,
                                   const std::vector<LabelledTexts>& texts, ThreadPool& pool,
                                   const std::function<void(std::uint64_t texts)>& progress) {
  const std::size_t ids = id_bound(tokenizer);
  std::vector<Language> languages;
  std::uint64_t done = 0;
  for (const LabelledTexts& source : texts) {
    auto language = std::find_if(languages.begin(), languages.end(), [&](const Language& known) {
      return known.result.label == source.label;
    });
    if (language == languages.end()) {
      languages.emplace_back();
      language = languages.end() - 1;
      language->result.label = source.label;
      language->counts.resize(ids);
    }
    count(tokenizer, source.source, pool, *language, [&](std::uint64_t count) {
      done += count;
      if (progress) progress(done);
    });
  }
  VocabularyReport report;
  report.tokens = tokenizer.vocab_size();
  const auto unknown = unknown_id(tokenizer);
  for (Language& language : languages) {
    finish(language, unknown);
    report.languages.push_back(language.result);
  }
  for (std::size_t id = 0; id < ids; ++id)
    report.used += std::any_of(languages.begin(), languages.end(),
                               [&](const Language& language) { return language.counts[id] > 0; });
  for (std::size_t a = 0; a < languages.size(); ++a)
    for (std::size_t b = a + 1; b < languages.size(); ++b)
      report.shared.push_back(compare(languages, a, b));
  return report;
}

}  // namespace kindred::prepare
