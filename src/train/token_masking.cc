#include "train/token_masking.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "train/token_loss.h"

namespace kindred::train {
namespace {

bool is_special(const MaskingOptions& options, std::uint32_t id) {
  return std::binary_search(options.special.begin(), options.special.end(), id);
}

std::uint32_t ordinary_token(const MaskingOptions& options, Random& random) {
  for (;;) {
    const auto id = static_cast<std::uint32_t>(random.below(options.vocabulary));
    if (!is_special(options, id)) return id;
  }
}

/// Places that may be chosen, ascending.
std::vector<std::size_t> candidates(const model::PackedTokens& tokens,
                                    const MaskingOptions& options) {
  std::vector<std::size_t> places;
  for (std::size_t b = 0; b + 1 < tokens.offsets.size(); ++b)
    for (std::size_t t = tokens.offsets[b] + (options.from_before ? 1 : 0);
         t < tokens.offsets[b + 1]; ++t)
      if (!is_special(options, tokens.ids[t])) places.push_back(t);
  return places;
}

MaskedTokens unchanged(const model::PackedTokens& tokens) {
  return {{tokens.ids.begin(), tokens.ids.end()},
          std::vector<std::int64_t>(tokens.ids.size(), kNoTarget),
          0};
}

}  // namespace

void validate(const MaskingOptions& options) {
  if (!(options.share > 0.0) || !(options.share < 1.0))
    fail(ErrorKind::bad_input, "masking: a share of {}; it must lie between 0 and 1, 0.15 is usual",
         options.share);
  if (!(options.masked >= 0.0) || !(options.random >= 0.0) ||
      !(options.masked + options.random <= 1.0))
    fail(ErrorKind::bad_input,
         "masking: {} masked and {} replaced of the chosen tokens; together they are 1 at most",
         options.masked, options.random);
  if (!std::is_sorted(options.special.begin(), options.special.end()))
    fail(ErrorKind::bad_input, "masking: the special ids are not ascending");
  if (options.mask_token >= options.vocabulary || options.special.size() >= options.vocabulary / 2)
    fail(ErrorKind::bad_input,
         "masking: a vocabulary of {} with {} special tokens and mask id {}; the tokenizer is not "
         "that of the model",
         options.vocabulary, options.special.size(), options.mask_token);
}

MaskedTokens mask_tokens(const model::PackedTokens& tokens, const MaskingOptions& options,
                         std::uint64_t seed) {
  validate(options);
  MaskedTokens result = unchanged(tokens);
  Random random(seed);
  const std::vector<std::size_t> places = candidates(tokens, options);
  std::vector<std::size_t> chosen;
  for (const std::size_t place : places)
    if (random.uniform() < options.share) chosen.push_back(place);
  if (chosen.empty() && !places.empty()) chosen.push_back(places[random.below(places.size())]);
  for (const std::size_t place : chosen) {
    result.targets[options.from_before ? place - 1 : place] = tokens.ids[place];
    const double fate = random.uniform();
    if (fate < options.masked)
      result.ids[place] = options.mask_token;
    else if (fate < options.masked + options.random)
      result.ids[place] = ordinary_token(options, random);
  }
  result.count = chosen.size();
  return result;
}

MaskedTokens next_tokens(const model::PackedTokens& tokens) {
  MaskedTokens result = unchanged(tokens);
  for (std::size_t b = 0; b + 1 < tokens.offsets.size(); ++b)
    for (std::size_t t = tokens.offsets[b]; t + 1 < tokens.offsets[b + 1]; ++t) {
      result.targets[t] = tokens.ids[t + 1];
      ++result.count;
    }
  return result;
}

}  // namespace kindred::train
