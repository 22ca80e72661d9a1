#include "encode/tokenised.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace kindred::encode {
namespace {

// Texts a part: enough to pay for handing out the part, few enough to balance the threads.
constexpr std::size_t kSmallestPart = 16;
constexpr std::size_t kLargestPart = 512;
constexpr std::size_t kPartsAThread = 8;

// Python's str.lower().
std::string to_lower(std::string_view text) {
  icu::UnicodeString unicode =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::string lower;
  unicode.toLower(icu::Locale::getRoot()).toUTF8String(lower);
  return lower;
}

void append_to_each(const std::vector<std::uint32_t>& ids, PackedIds& packed) {
  PackedIds out;
  out.truncated = std::move(packed.truncated);
  out.offsets.push_back(0);
  for (std::size_t b = 0; b + 1 < packed.offsets.size(); ++b) {
    out.ids.insert(out.ids.end(), packed.ids.begin() + packed.offsets[b],
                   packed.ids.begin() + packed.offsets[b + 1]);
    out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    out.offsets.push_back(static_cast<std::uint32_t>(out.ids.size()));
  }
  packed = std::move(out);
}

void tokenise_part(const Tokenizer& tokenizer, const InputRules& rules, const std::string& prompt,
                   std::span<const std::string_view> texts, PackedIds& packed) {
  const TokenizeOptions options = tokenize_options(rules);
  if (prompt.empty() && !rules.lower_case) {
    tokenizer.encode_packed(texts, options, packed);
  } else {
    std::vector<std::string> strings;
    strings.reserve(texts.size());
    for (const std::string_view text : texts) strings.push_back(prepared(rules, prompt, text));
    const std::vector<std::string_view> views(strings.begin(), strings.end());
    tokenizer.encode_packed(views, options, packed);
  }
  if (!rules.append_ids.empty()) append_to_each(rules.append_ids, packed);
}

// Cuts a long text into windows that each carry the template and the prompt.
class Windows {
 public:
  Windows(const Tokenizer& tokenizer, const InputRules& rules, const InputRequest& request,
          std::uint32_t prompt_tokens, Tokenised& out)
      : tokenizer_(tokenizer),
        rules_(rules),
        request_(request),
        prompt_tokens_(prompt_tokens),
        out_(out) {}

  void add(std::uint32_t row, std::string_view text) {
    TokenizeOptions options = tokenize_options(rules_);
    options.max_length = TokenizeOptions::kNoTruncation;
    const Encoding e = tokenizer_.encode(prepared(rules_, request_.prompt, text), options);
    std::size_t begin = 0;
    std::size_t end = e.ids.size();
    while (begin < end && e.special_tokens_mask[begin]) ++begin;
    while (end > begin && e.special_tokens_mask[end - 1]) --end;

    const std::size_t added = begin + (e.ids.size() - end) + rules_.append_ids.size();
    const std::size_t room = *rules_.max_length > added ? *rules_.max_length - added : 1;
    std::size_t prompt = prompt_tokens_ > begin ? prompt_tokens_ - begin : 0;
    prompt = std::min(prompt, end - begin);
    if (prompt >= room) prompt = 0;  // no room for both: the prompt stays in the first window only
    const auto ids = e.ids.begin();
    for (std::size_t at = begin + prompt; at < end; at += room - prompt) {
      const std::size_t stop = std::min(at + room - prompt, end);
      std::vector<std::uint32_t>& window = out_.windows.emplace_back(ids, ids + begin + prompt);
      window.insert(window.end(), ids + at, ids + stop);
      window.insert(window.end(), ids + end, e.ids.end());
      window.insert(window.end(), rules_.append_ids.begin(), rules_.append_ids.end());
      const std::size_t measured = request_.measure_prompt && prompt > 0 ? begin + prompt : 0;
      out_.sequences.push_back({row, window, static_cast<std::uint32_t>(measured)});
      out_.counts[row] += static_cast<std::uint32_t>(window.size());
    }
  }

 private:
  const Tokenizer& tokenizer_;
  const InputRules& rules_;
  const InputRequest& request_;
  std::uint32_t prompt_tokens_;
  Tokenised& out_;
};

}  // namespace

TokenizeOptions tokenize_options(const InputRules& rules) {
  TokenizeOptions options;
  options.add_special_tokens = rules.add_special_tokens;
  if (rules.max_length) options.max_length = *rules.max_length - rules.append_ids.size();
  return options;
}

// The text as it enters the tokenizer.
std::string prepared(const InputRules& rules, const std::string& prompt, std::string_view text) {
  std::string whole;
  whole.reserve(prompt.size() + text.size());
  whole.append(prompt).append(text);
  return rules.lower_case ? to_lower(whole) : whole;
}

Tokenised tokenise(const Tokenizer& tokenizer, const InputRules& rules, const InputRequest& request,
                   std::span<const std::string_view> texts, ThreadPool& pool) {
  Tokenised out;
  const std::size_t part_size =
      std::clamp(texts.size() / (static_cast<std::size_t>(pool.threads()) * kPartsAThread),
                 kSmallestPart, kLargestPart);
  const std::size_t parts = (texts.size() + part_size - 1) / part_size;
  out.chunks.resize(parts);
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t begin = part * part_size;
    tokenise_part(tokenizer, rules, request.prompt,
                  texts.subspan(begin, std::min(part_size, texts.size() - begin)),
                  out.chunks[part]);
  });

  const bool windows_wanted = request.long_text == LongText::windows;
  const std::uint32_t prompt_tokens = request.measure_prompt || windows_wanted
                                          ? prompt_token_count(tokenizer, rules, request.prompt)
                                          : 0;
  const std::uint32_t measured = request.measure_prompt ? prompt_tokens : 0;

  out.counts.resize(texts.size());
  out.truncated.resize(texts.size());
  out.sequences.reserve(texts.size());
  Windows windows(tokenizer, rules, request, prompt_tokens, out);
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const PackedIds& packed = out.chunks[row / part_size];
    const std::size_t b = row % part_size;
    const bool too_long = packed.truncated[b] != 0;
    if (too_long && request.long_text == LongText::error)
      fail(ErrorKind::bad_input,
           "row {} is longer than {} tokens; truncate it or average its windows (--long)",
           request.first_row + row, rules.max_length.value_or(0));
    if (too_long && windows_wanted && rules.max_length) {
      windows.add(static_cast<std::uint32_t>(row), texts[row]);
      continue;
    }
    const std::uint32_t begin = packed.offsets[b];
    const std::uint32_t length = packed.offsets[b + 1] - begin;
    out.sequences.push_back(
        {static_cast<std::uint32_t>(row), std::span(packed.ids).subspan(begin, length), measured});
    out.counts[row] = length;
    out.truncated[row] = too_long ? 1 : 0;
  }
  return out;
}

std::uint32_t prompt_token_count(const Tokenizer& tokenizer, const InputRules& rules,
                                 const std::string& prompt) {
  if (prompt.empty()) return 0;
  const std::string text = prepared(rules, prompt, "");
  const std::string_view view = text;
  PackedIds packed;
  tokenizer.encode_packed({&view, 1}, tokenize_options(rules), packed);
  std::size_t count = packed.ids.size();
  if (count > 0 && tokenizer.is_special(packed.ids.back())) --count;
  return static_cast<std::uint32_t>(count);
}

}  // namespace kindred::encode
