#include "encode/tokenised.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "kindred/error.h"

namespace kindred::encode {
namespace {

// Texts a part: enough to pay for handing out the part, few enough to balance the threads.
constexpr std::size_t kSmallestPart = 16;
constexpr std::size_t kLargestPart = 512;
constexpr std::size_t kPartsAThread = 8;

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

// Over the last tokens of every text that fills the room, whether it was cut or just fits.
void write_suffix(const std::vector<std::uint32_t>& suffix, std::size_t max_length,
                  PackedIds& packed) {
  for (std::size_t b = 0; b + 1 < packed.offsets.size(); ++b) {
    const std::size_t size = packed.offsets[b + 1] - packed.offsets[b];
    if (size < max_length) continue;
    const std::size_t kept = std::min(size, suffix.size());
    std::copy(suffix.end() - static_cast<std::ptrdiff_t>(kept), suffix.end(),
              packed.ids.begin() + packed.offsets[b + 1] - static_cast<std::ptrdiff_t>(kept));
  }
}

void tokenise_part(const Tokenizer& tokenizer, const InputRules& rules, const std::string& prompt,
                   std::span<const std::string_view> texts,
                   const std::vector<std::uint32_t>& suffix, PackedIds& packed) {
  const TokenizeOptions options = tokenize_options(rules);
  if (prompt.empty() && rules.chat == nullptr) {
    tokenizer.encode_packed(texts, options, packed);
  } else {
    std::vector<std::string> strings;
    strings.reserve(texts.size());
    for (const std::string_view text : texts) strings.push_back(prepared(rules, prompt, text));
    const std::vector<std::string_view> views(strings.begin(), strings.end());
    tokenizer.encode_packed(views, options, packed);
  }
  if (!rules.append_ids.empty()) append_to_each(rules.append_ids, packed);
  if (!suffix.empty()) write_suffix(suffix, *rules.max_length, packed);
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

std::string prepared(const InputRules& rules, const std::string& prompt, std::string_view text) {
  if (rules.chat != nullptr) return rules.chat->wrap(prompt, text);
  std::string whole;
  whole.reserve(prompt.size() + text.size());
  whole.append(prompt).append(text);
  return whole;
}

std::string describe_foreign_tokens(const Tokenizer& tokenizer, std::size_t rows) {
  std::size_t count = 0;
  std::uint32_t first = 0;
  // Ids have gaps: a little further than there are tokens.
  constexpr std::size_t kGap = 4096;
  for (std::size_t id = rows; id < tokenizer.vocab_size() + kGap; ++id) {
    if (tokenizer.id_to_token(static_cast<std::uint32_t>(id)).empty()) continue;
    if (count++ == 0) first = static_cast<std::uint32_t>(id);
  }
  if (count == 0) return "";
  return fmt::format(
      "{} of the tokenizer's tokens have no row in the model's embeddings of {} rows (the first is "
      "'{}', id {}): a text with such a token is refused",
      count, rows, tokenizer.id_to_token(first), first);
}

void check_ids(const Tokenised& input, const Tokenizer& tokenizer, std::size_t rows,
               std::uint64_t first_row) {
  for (const Sequence& sequence : input.sequences) {
    const auto wrong = std::find_if(sequence.ids.begin(), sequence.ids.end(),
                                    [&](std::uint32_t id) { return id >= rows; });
    if (wrong == sequence.ids.end()) continue;
    fail(ErrorKind::bad_input,
         "row {} has the token '{}' with id {}, and the model has {} rows of embeddings: the "
         "tokenizer has more tokens than the model; take it out of the text, or use the tokenizer "
         "that came with the model",
         first_row + sequence.row, tokenizer.id_to_token(*wrong), *wrong, rows);
  }
}

std::vector<std::uint32_t> chat_suffix(const Tokenizer& tokenizer, const InputRules& rules,
                                       const std::string& prompt) {
  if (rules.chat == nullptr || !rules.restore_suffix || !rules.max_length) return {};
  TokenizeOptions options;
  options.add_special_tokens = false;
  options.max_length = TokenizeOptions::kNoTruncation;
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> second;
  try {
    first = tokenizer.encode(rules.chat->wrap(prompt, "0"), options).ids;
    second = tokenizer.encode(rules.chat->wrap(prompt, "1 2 3 4"), options).ids;
  } catch (const Error&) {
    return {};  // a template that refuses these may take the texts themselves
  }
  const auto [left, right] =
      std::mismatch(first.rbegin(), first.rend(), second.rbegin(), second.rend());
  if (left == first.rend() || right == second.rend()) return {};
  return {left.base(), first.end()};
}

TextPlace find_text(const InputRules& rules, const std::string& prompt, std::string_view text,
                    std::string_view whole) {
  const auto count = [](std::string_view part) {
    return static_cast<std::uint32_t>(std::count_if(part.begin(), part.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  };
  if (rules.chat == nullptr) {
    const std::uint32_t begin = count(prompt);
    return {begin, begin + count(text), 0};
  }
  // Where a text that stands in no template would lie.
  constexpr std::string_view kMark = "\u2983\u29D7\u2984";
  const std::size_t begin = rules.chat->wrap(prompt, kMark).find(kMark);
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const std::size_t first = std::min(text.find_first_not_of(kSpaces), text.size());
  const std::size_t last = text.find_last_not_of(kSpaces) + 1;
  const std::string_view inner = first < text.size() ? text.substr(first, last - first) : "";
  if (begin < whole.size()) {
    const std::uint32_t before = count(whole.substr(0, begin));
    if (whole.substr(begin).starts_with(text)) return {before, before + count(text), 0};
    if (whole.substr(begin).starts_with(inner))
      return {before, before + count(inner), count(text.substr(0, first))};
  }
  fail(ErrorKind::unsupported,
       "the model's chat template rewrites the text, so that its tokens cannot be told from the "
       "template's; use --plain-text");
}

Tokenised tokenise(const Tokenizer& tokenizer, const InputRules& rules, const InputRequest& request,
                   std::span<const std::string_view> texts, ThreadPool& pool) {
  Tokenised out;
  const std::size_t part_size =
      std::clamp(texts.size() / (static_cast<std::size_t>(pool.threads()) * kPartsAThread),
                 kSmallestPart, kLargestPart);
  const std::size_t parts = (texts.size() + part_size - 1) / part_size;
  const std::vector<std::uint32_t> suffix = chat_suffix(tokenizer, rules, request.prompt);
  out.chunks.resize(parts);
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t begin = part * part_size;
    tokenise_part(tokenizer, rules, request.prompt,
                  texts.subspan(begin, std::min(part_size, texts.size() - begin)), suffix,
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
