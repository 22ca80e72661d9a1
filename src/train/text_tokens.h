// Texts of a batch as token sequences. Tested by trained_encoder_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "encode/tokenised.h"
#include "kindred/tokenizer.h"
#include "recipe/batch.h"

namespace kindred::train {

struct TextTokens {
  std::vector<std::uint32_t> ids;
  std::uint32_t prompt = 0;  ///< leading tokens that are template and prompt
  bool truncated = false;
};

/// Each text behind its prompt, in the order given. Threads: as the pool.
std::vector<TextTokens> tokenise(const Tokenizer& tokenizer, const encode::InputRules& rules,
                                 std::span<const recipe::BatchText* const> texts, ThreadPool& pool);

}  // namespace kindred::train
