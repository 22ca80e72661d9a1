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
#include "text/chat_template.h"

namespace kindred::encode {

/// What a model asks of its input.
struct InputRules {
  bool add_special_tokens = true;         ///< false for static embeddings
  std::vector<std::uint32_t> append_ids;  ///< after the tokenizer's own template
  std::optional<std::size_t>
      max_length;  ///< tokens, template and appended ones included; unset: no limit
  const text::ChatTemplate* chat = nullptr;  ///< wraps each text
  /// What the chat template puts behind a text is written over the last tokens of one that was cut.
  bool restore_suffix = false;
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

/// A text as it enters the tokenizer: behind its prompt, or wrapped with it.
std::string prepared(const InputRules& rules, const std::string& prompt, std::string_view text);

/// Where a text lies in what `prepared` made of it, in characters.
struct TextPlace {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t skipped = 0;  ///< characters that the chat template took from the text's beginning
};
/// Errors: unsupported where a chat template rewrites the text.
TextPlace find_text(const InputRules& rules, const std::string& prompt, std::string_view text,
                    std::string_view whole);

/// The tokens that the chat template puts behind every text: the longest common end of two texts
/// that share no token, as sentence-transformers finds it. Empty where nothing is restored.
std::vector<std::uint32_t> chat_suffix(const Tokenizer& tokenizer, const InputRules& rules,
                                       const std::string& prompt);

/// Says that the tokenizer has tokens which the embeddings, of `rows` rows, have none for; empty
/// where there are none.
std::string describe_foreign_tokens(const Tokenizer& tokenizer, std::size_t rows);

/// Errors: bad_input for an id of `rows` or more, with the row of its text and the token.
void check_ids(const Tokenised& input, const Tokenizer& tokenizer, std::size_t rows,
               std::uint64_t first_row);

TokenizeOptions tokenize_options(const InputRules& rules);

}  // namespace kindred::encode
