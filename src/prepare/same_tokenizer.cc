#include "prepare/same_tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kindred/tokenizer.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kShown = 60;  // bytes of a text in a message

/// Texts that tokenizers differ on, and some tokens of the vocabulary in lower and upper case.
std::vector<std::string> sample_texts(const Tokenizer& tokenizer) {
  constexpr std::size_t kTokens = 64;
  std::vector<std::string> texts = {
      "Hello World, it's 3.50 € today", "ÀÉ  naïve\tcafé\n",           "红色跑鞋 女款", "",
      "x</s>[SEP]<|endoftext|>",        "don't UPPER lower İstanbul ﬁ"};
  const std::size_t tokens = tokenizer.vocab_size();
  const std::size_t step = std::max<std::size_t>(1, tokens / kTokens);
  std::string words;
  for (std::size_t id = 0; id < tokens; id += step)
    words += tokenizer.id_to_token(static_cast<std::uint32_t>(id)) + ' ';
  std::string upper = words;
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  texts.push_back(std::move(words));
  texts.push_back(std::move(upper));
  return texts;
}

}  // namespace

void check_same_tokenizer(const model::ModelDirectory& a, const model::ModelDirectory& b) {
  if (a.tokenizer_path.empty() && b.tokenizer_path.empty()) return;
  const auto first = Tokenizer::open(a.require_tokenizer());
  const auto second = Tokenizer::open(b.require_tokenizer());
  const auto refuse = [&](const std::string& difference) {
    fail(ErrorKind::bad_input,
         "the tokenizers of {} and {} differ: {}; rows of their tables do not belong to the same "
         "tokens, so that a merged model would be noise",
         a.info.path, b.info.path, difference);
  };
  if (first.vocab_size() != second.vocab_size())
    refuse(fmt::format("{} and {} tokens", first.vocab_size(), second.vocab_size()));
  const std::size_t ids = std::max(first.vocab_size(), a.info.vocab_size);
  for (std::uint32_t id = 0; id < ids; ++id)
    if (first.id_to_token(id) != second.id_to_token(id))
      refuse(fmt::format("token {} is '{}' and '{}'", id, first.id_to_token(id),
                         second.id_to_token(id)));
  // Of normalisers, splitting and templates: what they do shows in texts.
  for (const std::string& text : sample_texts(first))
    if (first.encode(text).ids != second.encode(text).ids)
      refuse(fmt::format("they cut '{}' differently", text.substr(0, kShown)));
}

}  // namespace kindred::prepare
