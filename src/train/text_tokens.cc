#include "train/text_tokens.h"

#include <map>
#include <string_view>

namespace kindred::train {

std::vector<TextTokens> tokenise(const Tokenizer& tokenizer, const encode::InputRules& rules,
                                 std::span<const recipe::BatchText* const> texts,
                                 ThreadPool& pool) {
  std::vector<TextTokens> result(texts.size());
  std::map<std::string_view, std::vector<std::size_t>> by_prompt;
  for (std::size_t i = 0; i < texts.size(); ++i) by_prompt[texts[i]->prompt].push_back(i);
  for (const auto& [prompt, places] : by_prompt) {
    std::vector<std::string_view> same;
    for (const std::size_t i : places) same.push_back(texts[i]->text);
    encode::InputRequest request;
    request.prompt = std::string(prompt);
    request.measure_prompt = true;
    const encode::Tokenised tokens = encode::tokenise(tokenizer, rules, request, same, pool);
    for (const encode::Sequence& sequence : tokens.sequences) {
      TextTokens& text = result[places[sequence.row]];
      text.ids.assign(sequence.ids.begin(), sequence.ids.end());
      text.prompt = sequence.prompt;
      text.truncated = tokens.truncated[sequence.row] != 0;
    }
  }
  return result;
}

}  // namespace kindred::train
