#include "model/executor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kindred::model {
namespace {

void check_batch(const PackedTokens& tokens, const TransformerSpec& spec, std::size_t max_length) {
  require(!tokens.offsets.empty() && tokens.offsets.front() == 0 &&
              tokens.offsets.back() == tokens.ids.size(),
          "executor: offsets from 0 to the number of ids");
  require(tokens.prefix.empty() || tokens.prefix.size() + 1 == tokens.offsets.size(),
          "executor: a prefix for each sequence");
  for (std::size_t b = 0; b + 1 < tokens.offsets.size(); ++b) {
    require(tokens.offsets[b] <= tokens.offsets[b + 1], "executor: ascending offsets");
    const std::size_t length = tokens.offsets[b + 1] - tokens.offsets[b];
    if (max_length != 0 && length > max_length)
      fail(ErrorKind::bad_input,
           "text {} of the batch has {} tokens but the model takes at most {}: truncate it or cut "
           "it into windows",
           b, length, max_length);
  }
  for (std::size_t t = 0; t < tokens.ids.size(); ++t)
    if (tokens.ids[t] >= spec.vocab_size)
      fail(ErrorKind::bad_input,
           "token id {} is outside the model's vocabulary of {}: the tokenizer belongs to another "
           "model",
           tokens.ids[t], spec.vocab_size);
}

void check_options(const ForwardOptions& options, std::size_t layers) {
  require(std::is_sorted(options.layers.begin(), options.layers.end()),
          "executor: ascending layers");
  if (!options.layers.empty() && options.layers.back() > layers)
    fail(ErrorKind::bad_input, "hidden state {} was asked for but the model has {} layers",
         options.layers.back(), layers);
  if (!options.bidirectional.empty() && options.bidirectional.size() != layers)
    fail(ErrorKind::bad_input, "{} bidirectional settings for a model of {} layers",
         options.bidirectional.size(), layers);
}

}  // namespace

void check_forward(const PackedTokens& tokens, const ForwardOptions& options,
                   const TransformerSpec& spec, std::size_t max_length) {
  check_batch(tokens, spec, max_length);
  check_options(options, spec.layers.size());
}

void append_positions(std::span<const std::uint32_t> ids, std::size_t offset,
                      std::vector<std::uint32_t>& positions) {
  auto next = static_cast<std::uint32_t>(offset);
  for (const std::uint32_t id : ids) {
    const bool padding = offset > 0 && id == offset - 1;
    positions.push_back(padding ? id : next++);
  }
}

// In float32 as `transformers` has it, rounding at the buckets' borders included.
std::size_t relative_bucket(std::ptrdiff_t distance, std::size_t buckets,
                            std::size_t max_distance) {
  const std::size_t half = buckets / 2;
  const std::size_t exact = half / 2;
  const std::size_t later = distance > 0 ? half : 0;  // the key comes after the query
  const auto away = static_cast<std::size_t>(distance > 0 ? distance : -distance);
  if (away < exact) return later + away;
  const auto range =
      static_cast<float>(std::log(static_cast<double>(max_distance) / static_cast<double>(exact)));
  const float steps = std::log(static_cast<float>(away) / static_cast<float>(exact)) / range *
                      static_cast<float>(half - exact);
  return later + std::min(exact + static_cast<std::size_t>(steps), half - 1);
}

}  // namespace kindred::model
