// Fuzzes tokenizers: a tokenizer.json, a byte 1, and a text. Whatever both are, an error is the
// worst that may come of them, and the fast path must give the ids of the slow one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "kindred/error.h"
#include "kindred/tokenizer.h"

namespace {

void check(const kindred::Tokenizer& tokenizer, std::string_view text,
           const kindred::TokenizeOptions& options) {
  const kindred::Encoding slow = tokenizer.encode(text, options);
  const std::size_t size = slow.ids.size();
  if (slow.offsets.size() != size || slow.type_ids.size() != size ||
      slow.special_tokens_mask.size() != size || slow.attention_mask.size() != size)
    std::abort();
  kindred::PackedIds packed;
  tokenizer.encode_packed({&text, 1}, options, packed);
  if (packed.ids != slow.ids || (packed.truncated[0] != 0) != slow.truncated) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\1'), size);
  const std::string_view text = input.substr(std::min(end + 1, size));
  try {
    const auto tokenizer = kindred::Tokenizer::from_json(input.substr(0, end), "input");
    kindred::TokenizeOptions options;
    options.max_length = kindred::TokenizeOptions::kNoTruncation;
    check(tokenizer, text, options);
    options.add_special_tokens = false;
    options.max_length = 3;
    options.side = kindred::TruncationSide::left;
    check(tokenizer, text, options);
    (void)tokenizer.encode_pair(text, text.substr(0, text.size() / 2));
  } catch (const kindred::Error&) {
  }
  return 0;
}
