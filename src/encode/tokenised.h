// Texts to the token sequences that enter an encoder: prompt, truncation, windows. Tested by
// encoder_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "kindred/encoder.h"
#include "kindred/tokenizer.h"

namespace kindred::encode {

/// What a model asks of its input.
struct InputRules {
  bool add_special_tokens = true;  ///< false for static embeddings
  bool lower_case = false;
  std::vector<std::uint32_t> append_ids;  ///< after the tokenizer's own template
  std::optional<std::size_t>
      max_length;  ///< tokens, template and appended ones included; unset: no limit
};

/// What one call asks.
struct InputRequest {
  std::string prompt;  ///< put before each text
  LongText long_text = LongText::truncate;
  std::uint64_t first_row = 0;  ///< of the first text, for messages
  bool measure_prompt = false;  ///< count the prompt's tokens in each sequence
};

/// One run of tokens through the encoder: a text, or one window of a long one.
struct Sequence {
  std::uint32_t row = 0;               ///< the text
  std::span<const std::uint32_t> ids;  ///< into Tokenised's storage
  std::uint32_t prompt = 0;            ///< leading tokens that are template and prompt, if measured
};

struct Tokenised {
  std::vector<Sequence> sequences;      ///< ascending by row; every row has at least one
  std::vector<std::uint32_t> counts;    ///< tokens of all sequences of a row
  std::vector<std::uint8_t> truncated;  ///< 1 where tokens were dropped

  std::vector<PackedIds> chunks;                   // storage of whole texts
  std::deque<std::vector<std::uint32_t>> windows;  // storage of windows
};

/// Tokenises by the threads of `pool`. Errors: bad_input for a long text when LongText::error, with
/// its row.
Tokenised tokenise(const Tokenizer& tokenizer, const InputRules& rules, const InputRequest& request,
                   std::span<const std::string_view> texts, ThreadPool& pool);

/// sentence-transformers' prompt length: the tokens of the prompt alone, template included, without
/// a special token at its end.
std::uint32_t prompt_token_count(const Tokenizer& tokenizer, const InputRules& rules,
                                 const std::string& prompt);

/// A text as it enters the tokenizer: behind its prompt, in lower case where the rules say so.
std::string prepared(const InputRules& rules, const std::string& prompt, std::string_view text);

TokenizeOptions tokenize_options(const InputRules& rules);

}  // namespace kindred::encode
