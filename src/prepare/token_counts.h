// How often a corpus uses each token of a vocabulary. Tested by vocabulary_report_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "encode/text_chunks.h"
#include "kindred/tokenizer.h"

namespace kindred::prepare {

/// A text as it enters the tokenizer: behind a prompt, wrapped by a template …
using PrepareText = std::function<std::string(std::string_view text)>;

/// Calls `visit` with the texts of the source, chunk by chunk, and their ids (without template
/// tokens, never cut), in bounded memory. `prepare`, where it is one, is applied to each text
/// before.
void tokenise_all(const Tokenizer& tokenizer, const encode::TextSource& source,
                  const PrepareText& prepare, ThreadPool& pool,
                  const std::function<void(const std::vector<std::string_view>& texts,
                                           const std::vector<PackedIds>& ids)>& visit);

/// So many texts are tokenised to one PackedIds of `tokenise_all`.
inline constexpr std::size_t kTextsAPart = 256;

/// One count a token id.
std::vector<std::uint64_t> count_tokens(const Tokenizer& tokenizer,
                                        const encode::TextSource& source, ThreadPool& pool,
                                        const std::function<void(std::uint64_t texts)>& progress);

/// One more than the highest id of the tokenizer: ids may have holes.
std::size_t id_bound(const Tokenizer& tokenizer);

}  // namespace kindred::prepare
