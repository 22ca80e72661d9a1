#include "encode/marked_text.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::encode {
namespace {

// SentencePiece's mark of a word's beginning. Before Chinese it is a token of its own at the start
// of a text, which has the first character's offsets but says nothing of the word.
constexpr std::string_view kWordStart = "\u2581";

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

MarkedText parse_marked(std::string_view text) {
  MarkedText marked;
  const std::size_t open = text.find("[[");
  if (open == std::string_view::npos) {
    marked.text = text;
    return marked;
  }
  const std::size_t close = text.find("]]", open + 2);
  if (close == std::string_view::npos)
    fail(ErrorKind::bad_input, "'{}': the mark [[ is not closed by ]]", text);
  if (text.find("[[", open + 2) != std::string_view::npos)
    fail(ErrorKind::bad_input, "'{}': mark one word a text", text);
  const std::string_view word = text.substr(open + 2, close - open - 2);
  if (word.empty()) fail(ErrorKind::bad_input, "'{}': nothing stands between [[ and ]]", text);
  marked.word = word;
  marked.text.append(text.substr(0, open)).append(word).append(text.substr(close + 2));
  const std::uint32_t begin = characters(text.substr(0, open));
  marked.span = CharSpan{begin, begin + characters(word)};
  return marked;
}

std::vector<float> word_vector(const TokenVectors& tokens, const CharSpan& span) {
  std::vector<std::size_t> covering;
  for (std::size_t t = 0; t < tokens.ids.size(); ++t)
    if (!tokens.special[t] && tokens.offsets[t].end > span.begin &&
        tokens.offsets[t].begin < span.end && tokens.tokens[t] != kWordStart)
      covering.push_back(t);
  if (covering.empty())
    fail(ErrorKind::bad_input,
         "no token covers characters {} to {}; the text is longer than the model takes", span.begin,
         span.end);
  std::vector<float> sum(tokens.dimensions);
  for (const std::size_t t : covering)
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += tokens.values[t * sum.size() + d];
  for (float& value : sum) value /= static_cast<float>(covering.size());
  return sum;
}

}  // namespace kindred::encode
