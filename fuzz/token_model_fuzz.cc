// A tokenizer.json's `model` object and a text, with a NUL between them: no crash, and all ways of
// tokenizing agree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "kindred/error.h"
#include "text/token_model.h"

namespace {

using kindred::text::Token;

void check(const std::vector<Token>& tokens, const std::vector<std::uint32_t>& ids,
           std::size_t size) {
  if (tokens.size() != ids.size()) std::abort();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (tokens[i].id != ids[i] || tokens[i].begin > tokens[i].end || tokens[i].end > size)
      std::abort();
  }
}

void tokenize(std::string_view json, std::string_view text) {
  const auto model = kindred::text::make_token_model(json, "fuzz");
  std::vector<Token> tokens;
  std::vector<std::uint32_t> ids;
  if (model->accepts_raw_bytes()) {
    model->tokenize_raw(text, tokens);
    model->tokenize_raw_ids(text, ids);
    check(tokens, ids, text.size());
    tokens.clear();
    ids.clear();
  }
  model->tokenize(text, tokens);
  model->tokenize_ids(text, ids);
  check(tokens, ids, text.size());
  for (const Token& token : tokens) model->id_to_token(token.id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  if (end == std::string_view::npos) return 0;
  try {
    tokenize(input.substr(0, end), input.substr(end + 1));
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
