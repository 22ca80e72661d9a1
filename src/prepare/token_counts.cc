#include "prepare/token_counts.h"

#include <algorithm>
#include <span>

namespace kindred::prepare {

void tokenise_all(const Tokenizer& tokenizer, const encode::TextSource& source,
                  const PrepareText& prepare, ThreadPool& pool,
                  const std::function<void(const std::vector<std::string_view>& texts,
                                           const std::vector<PackedIds>& ids)>& visit) {
  constexpr std::size_t kRows = 16384;
  constexpr std::size_t kBytes = std::size_t{4} << 20;
  encode::TextChunks chunks(source, kRows, kBytes);
  TokenizeOptions options;
  options.add_special_tokens = false;
  options.max_length = TokenizeOptions::kNoTruncation;
  std::vector<PackedIds> ids;
  std::vector<std::string> prepared;
  for (;;) {
    std::vector<std::string_view> texts = chunks.next();
    if (texts.empty()) return;
    if (prepare) {
      prepared.clear();
      for (const std::string_view text : texts) prepared.push_back(prepare(text));
      texts.assign(prepared.begin(), prepared.end());
    }
    ids.resize((texts.size() + kTextsAPart - 1) / kTextsAPart);
    pool.run(ids.size(), [&](std::size_t part, int) {
      const std::size_t begin = part * kTextsAPart;
      tokenizer.encode_packed(
          std::span(texts).subspan(begin, std::min(kTextsAPart, texts.size() - begin)), options,
          ids[part]);
    });
    visit(texts, ids);
  }
}

std::vector<std::uint64_t> count_tokens(const Tokenizer& tokenizer,
                                        const encode::TextSource& source, ThreadPool& pool,
                                        const std::function<void(std::uint64_t texts)>& progress) {
  std::vector<std::uint64_t> counts(id_bound(tokenizer));
  std::uint64_t done = 0;
  tokenise_all(tokenizer, source, {}, pool, [&](const auto& texts, const auto& parts) {
    for (const PackedIds& part : parts)
      for (const std::uint32_t id : part.ids)
        if (id < counts.size()) ++counts[id];
    done += texts.size();
    if (progress) progress(done);
  });
  return counts;
}

std::size_t id_bound(const Tokenizer& tokenizer) {
  // Holes are rare and few: the tokens are all found before twice their number of ids is reached.
  const std::size_t tokens = tokenizer.vocab_size();
  std::size_t bound = 0;
  std::size_t found = 0;
  for (std::size_t id = 0; found < tokens && id < 2 * tokens + 1024; ++id) {
    if (tokenizer.id_to_token(static_cast<std::uint32_t>(id)).empty()) continue;
    ++found;
    bound = id + 1;
  }
  return std::max(bound, tokens);
}

}  // namespace kindred::prepare
