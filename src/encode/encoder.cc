#include "kindred/encoder.h"

#include <algorithm>

#include "base/error.h"
#include "base/sha256.h"
#include "encode/batcher.h"
#include "encode/encoder_impl.h"
#include "io/file.h"
#include "io/finite.h"
#include "model/fingerprint.h"

namespace kindred {
namespace {

std::string names_of(const std::map<std::string, std::string>& prompts) {
  if (prompts.empty()) return "none";
  std::string names;
  for (const auto& [name, text] : prompts) names += (names.empty() ? "" : ", ") + name;
  return names;
}

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "";
}

const char* name_of(LongText long_text) {
  switch (long_text) {
    case LongText::truncate:
      return "truncate";
    case LongText::error:
      return "error";
    case LongText::windows:
      return "windows";
  }
  return "";
}

// Windows of one text become their mean, weighted by tokens, in the row of the text.
std::vector<float> one_row_a_text(const encode::Tokenised& input, std::vector<float> pooled,
                                  std::size_t rows, std::size_t width) {
  if (input.sequences.size() == rows) return pooled;
  std::vector<float> out(rows * width);
  for (std::size_t s = 0; s < input.sequences.size(); ++s) {
    const encode::Sequence& sequence = input.sequences[s];
    const float share = static_cast<float>(sequence.ids.size()) /
                        static_cast<float>(std::max<std::uint32_t>(input.counts[sequence.row], 1));
    for (std::size_t d = 0; d < width; ++d)
      out[sequence.row * width + d] += share * pooled[s * width + d];
  }
  return out;
}

// NaN in a vector would spoil every comparison with it, and every later search.
void check_finite(const std::vector<float>& values, std::size_t width, std::string_view what,
                  std::uint64_t first, const std::string& model) {
  const std::size_t at = io::first_not_finite(values.data(), values.size());
  if (at == values.size()) return;
  fail(ErrorKind::corrupt,
       "{}: its vector of {} {} has NaN or infinity in it; the weights are damaged, or a "
       "conversion to a smaller type overflowed: fetch or convert the model anew",
       model, what, first + at / width);
}

}  // namespace

std::string Encoder::Impl::resolve_prompt(const EncodeOptions& call) const {
  if (call.prompt) return *call.prompt;
  const std::string& name =
      call.prompt_name.empty() ? directory.info.default_prompt : call.prompt_name;
  if (name.empty()) return "";
  const auto it = directory.info.prompts.find(name);
  if (it == directory.info.prompts.end())
    fail(ErrorKind::not_found,
         "{} has no prompt named '{}' (it has: {}); give the prompt's text itself instead",
         directory.info.path, name, names_of(directory.info.prompts));
  return it->second;
}

Encoder::Impl::Call Encoder::Impl::resolve(const EncodeOptions& options_) const {
  Call call;
  call.input.prompt = resolve_prompt(options_);
  call.input.long_text = options_.long_text;
  call.input.first_row = options_.first_row;
  // sentence-transformers does not tell the prompt's tokens from others inside of a chat template.
  call.input.measure_prompt = !chat && (!directory.pooling.include_prompt || bidirectional_prompt);
  if (chat && options_.long_text == LongText::windows)
    fail(ErrorKind::unsupported,
         "{} wraps each text by its chat template, which windows cannot be; use --plain-text, or "
         "another way with long texts",
         directory.info.path);
  call.finish.dimensions = options_.dimensions.value_or(dimensions);
  call.finish.normalize = options_.normalize;
  call.finish.renormalize_truncated = options_.renormalize_truncated;
  if (call.finish.dimensions == 0 || call.finish.dimensions > head->output_dimensions())
    fail(ErrorKind::bad_input, "{} dimensions: choose 1 to {}, which is what {} gives",
         call.finish.dimensions, head->output_dimensions(), directory.info.path);
  return call;
}

Embeddings Encoder::Impl::encode(std::span<const std::string_view> texts,
                                 const EncodeOptions& call_options) const {
  const Call call = resolve(call_options);
  encode::Tokenised input = encode::tokenise(tokenizer, rules, call.input, texts, pool);
  encode::check_ids(input, tokenizer, directory.info.vocab_size, call.input.first_row);

  Embeddings result;
  result.rows = texts.size();
  result.dimensions = call.finish.dimensions;
  std::vector<float> pooled = one_row_a_text(input, pool_all(input), texts.size(), pooler.width());
  result.values = head->finish(std::move(pooled), texts.size(), call.finish, pool);
  check_finite(result.values, result.dimensions, "row", call.input.first_row, directory.info.path);
  result.token_counts = std::move(input.counts);
  result.truncated = std::move(input.truncated);
  return result;
}

std::vector<float> Encoder::Impl::pool_all(const encode::Tokenised& input) const {
  std::vector<float> pooled(input.sequences.size() * pooler.width());
  if (directory.is_static) {
    constexpr std::size_t kPart = 256;
    pool.run((input.sequences.size() + kPart - 1) / kPart, [&](std::size_t part, int) {
      const std::size_t end = std::min((part + 1) * kPart, input.sequences.size());
      for (std::size_t s = part * kPart; s < end; ++s)
        pool_static(input.sequences[s], pooled.data() + s * pooler.width());
    });
    return pooled;
  }
  std::vector<std::uint32_t> lengths(input.sequences.size());
  for (std::size_t s = 0; s < lengths.size(); ++s)
    lengths[s] = static_cast<std::uint32_t>(input.sequences[s].ids.size());
  const encode::BatchPlan plan =
      encode::plan_batches(lengths, options.batch_tokens, pool.threads());
  if (plan.split_inside) {
    for (const auto& batch : plan.batches) run_batch(input, batch, pool, pooled.data());
  } else {
    pool.run(plan.batches.size(), [&](std::size_t b, int) {
      ThreadPool serial(1);
      run_batch(input, plan.batches[b], serial, pooled.data());
    });
  }
  return pooled;
}

void Encoder::Impl::run_batch(const encode::Tokenised& input, std::span<const std::uint32_t> batch,
                              ThreadPool& threads, float* pooled) const {
  // Kept between calls: a micro-batch's hidden states are megabytes.
  struct Scratch {
    std::vector<std::uint32_t> ids, offsets, skip, prefix, rows;
    std::vector<float> weights, states, out;
  };
  thread_local Scratch s;
  s.ids.clear();
  s.offsets.assign(1, 0);
  s.skip.clear();
  s.prefix.clear();
  s.rows.clear();
  s.weights.clear();
  for (const std::uint32_t index : batch) {
    const encode::Sequence& sequence = input.sequences[index];
    if (sequence.ids.empty()) continue;  // its row stays zeros
    s.ids.insert(s.ids.end(), sequence.ids.begin(), sequence.ids.end());
    s.offsets.push_back(static_cast<std::uint32_t>(s.ids.size()));
    s.rows.push_back(index);
    if (!directory.pooling.include_prompt) s.skip.push_back(sequence.prompt);
    if (bidirectional_prompt)
      s.prefix.push_back(
          std::min(sequence.prompt, static_cast<std::uint32_t>(sequence.ids.size())));
  }
  if (s.rows.empty()) return;
  if (!token_weights.empty())
    for (const std::uint32_t id : s.ids)
      s.weights.push_back(id < token_weights.size() ? token_weights[id] : 1.0F);

  executor->forward({s.ids, s.offsets, s.prefix}, forward, threads, s.states);
  s.out.assign(s.rows.size() * pooler.width(), 0.0F);
  encode::pool_states(pooler, {s.offsets, s.skip, s.weights}, s.states, s.out.data());
  for (std::size_t i = 0; i < s.rows.size(); ++i)
    std::copy_n(s.out.data() + i * pooler.width(), pooler.width(),
                pooled + s.rows[i] * pooler.width());
}

void Encoder::Impl::pool_static(const encode::Sequence& sequence, float* out) const {
  thread_local std::vector<float> row;
  row.resize(pooler.hidden);
  float total = 0.0F;
  const auto add = [&](std::uint32_t id, float weight) {
    directory.static_embeddings.read_row(id, row.data());
    for (std::size_t d = 0; d < pooler.hidden; ++d) out[d] += weight * row[d];
    total += weight;
  };
  const auto weight_of = [&](std::uint32_t id) {
    return id < token_weights.size() ? token_weights[id] : 1.0F;
  };
  for (const std::uint32_t id : sequence.ids) {
    if (const float weight = weight_of(id); weight > 0.0F) add(id, weight);
  }
  if (total == 0.0F)
    for (const std::uint32_t id : sequence.ids) add(id, 1.0F);
  if (total == 0.0F) return;
  for (std::size_t d = 0; d < pooler.hidden; ++d) out[d] /= total;
}

TokenVectors Encoder::Impl::encode_tokens(std::string_view text, const EncodeOptions& call_options,
                                          bool with_context) const {
  const Call call = resolve(call_options);
  const std::string whole = encode::prepared(rules, call.input.prompt, text);
  Encoding e = tokenizer.encode(whole, encode::tokenize_options(rules));
  const encode::TextPlace place = encode::find_text(rules, call.input.prompt, text, whole);

  TokenVectors result;
  result.ids = std::move(e.ids);
  result.ids.insert(result.ids.end(), rules.append_ids.begin(), rules.append_ids.end());
  const std::size_t tokens = result.ids.size();
  if (rules.chat != nullptr && rules.max_length && tokens >= *rules.max_length) {
    const std::vector<std::uint32_t> suffix =
        encode::chat_suffix(tokenizer, rules, call.input.prompt);
    const std::size_t kept = std::min(suffix.size(), tokens);
    std::copy(suffix.end() - static_cast<std::ptrdiff_t>(kept), suffix.end(),
              result.ids.end() - static_cast<std::ptrdiff_t>(kept));
    std::fill_n(e.offsets.end() - static_cast<std::ptrdiff_t>(kept), kept, CharSpan{});
    std::fill_n(e.special_tokens_mask.end() - static_cast<std::ptrdiff_t>(kept), kept, 1);
  }
  e.offsets.resize(tokens);
  e.special_tokens_mask.resize(tokens, 1);
  for (std::size_t t = 0; t < tokens; ++t) {
    result.tokens.push_back(tokenizer.id_to_token(result.ids[t]));
    const CharSpan span = e.offsets[t];
    const bool of_text = !e.special_tokens_mask[t] &&
                         (place.begin == 0 || span.end > place.begin) &&
                         (rules.chat == nullptr || span.begin < place.end);
    result.special.push_back(of_text ? 0 : 1);
    const auto in_text = [&](std::uint32_t at) {
      return std::max(at, place.begin) - place.begin + place.skipped;
    };
    const std::uint32_t end = rules.chat == nullptr ? span.end : std::min(span.end, place.end);
    result.offsets.push_back(of_text ? CharSpan{in_text(span.begin), in_text(end)} : CharSpan{});
  }

  if (!with_context || directory.is_static) {
    const io::TensorView& table =
        directory.is_static ? directory.static_embeddings : directory.weights.word_embeddings;
    result.dimensions = table.columns();
    result.values.resize(tokens * table.columns());
    for (std::size_t t = 0; t < tokens; ++t) {
      if (result.ids[t] >= table.rows())
        fail(ErrorKind::corrupt, "{}: the tokenizer gives id {}, the embeddings have {} rows",
             directory.info.path, result.ids[t], table.rows());
      table.read_row(result.ids[t], result.values.data() + t * table.columns());
    }
    check_finite(result.values, result.dimensions, "token", 0, directory.info.path);
    return result;
  }
  result.dimensions = pooler.token_width();
  if (tokens == 0) return result;
  const std::uint32_t offsets[] = {0, static_cast<std::uint32_t>(tokens)};
  std::vector<std::uint32_t> prefix;
  if (bidirectional_prompt)
    prefix.push_back(encode::prompt_token_count(tokenizer, rules, call.input.prompt));
  std::vector<float> states;
  executor->forward({result.ids, offsets, prefix}, forward, pool, states);
  result.values = encode::combine_layers(pooler, states);
  check_finite(result.values, result.dimensions, "token", 0, directory.info.path);
  return result;
}

Encoder::Impl::Choices Encoder::Impl::choices() const {
  std::call_once(fingerprint_once_, [&] { model_fingerprint_ = model::fingerprint(directory); });
  // In words of their own, so that two spellings of the same choice are the same maker.
  Choices c;
  c.layers = fmt::format("{}{}", fmt::join(forward.layers, ","),
                         pooler.concatenate_layers ? ":concat" : "");
  c.directions =
      bidirectional_prompt ? "prompt" : fmt::format("{}", fmt::join(forward.bidirectional, ""));
  if (!options.token_weights.empty()) c.weights = sha256(io::read_text_file(options.token_weights));
  return c;
}

std::string Encoder::Impl::fingerprint(const EncodeOptions& call_options) const {
  const Choices c = choices();
  const Call call = resolve(call_options);
  return sha256(fmt::format(
      "kindred encoder 1\nmodel={}\nprecision={}\npooling={}\nlayers={}\nbidirectional={}\n"
      "token_weights={}\nmax_length={}\nlong={}\ndimensions={}\nnormalize={}\nrenormalize={}\n"
      "prompt={}\n",
      model_fingerprint_, name_of(options.precision), to_string(directory.pooling), c.layers,
      c.directions, c.weights, rules.max_length.value_or(0), name_of(call.input.long_text),
      call.finish.dimensions, call.finish.normalize.value_or(head->normalizes()),
      call.finish.renormalize_truncated, call.input.prompt));
}

std::string Encoder::Impl::vector_space(const EncodeOptions& call_options) const {
  const Choices c = choices();
  const Call call = resolve(call_options);
  return sha256(
      fmt::format("kindred vector space 1\nmodel={}\npooling={}\nlayers={}\nbidirectional={}\n"
                  "token_weights={}\ndimensions={}\n",
                  model_fingerprint_, to_string(directory.pooling), c.layers, c.directions,
                  c.weights, call.finish.dimensions));
}

Encoder::Encoder(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

Encoder Encoder::open(const std::string& path, const EncoderOptions& options) {
  return Encoder(std::make_unique<const Impl>(path, options));
}

Embeddings Encoder::encode(std::span<const std::string_view> texts,
                           const EncodeOptions& options) const {
  return impl_->encode(texts, options);
}

Embeddings Encoder::encode(std::span<const std::string> texts, const EncodeOptions& options) const {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return impl_->encode(views, options);
}

TokenVectors Encoder::encode_tokens(std::string_view text, const EncodeOptions& options) const {
  return impl_->encode_tokens(text, options, /*with_context=*/true);
}

TokenVectors Encoder::static_token_vectors(std::string_view text,
                                           const EncodeOptions& options) const {
  return impl_->encode_tokens(text, options, /*with_context=*/false);
}

std::size_t Encoder::dimensions() const {
  return impl_->dimensions;
}
std::size_t Encoder::max_length() const {
  return impl_->rules.max_length.value_or(0);
}
std::size_t Encoder::weight_bytes() const {
  return impl_->executor ? impl_->executor->weight_bytes() : 0;
}
int Encoder::threads() const {
  return impl_->pool.threads();
}
const ModelInfo& Encoder::info() const {
  return impl_->directory.info;
}
const Tokenizer& Encoder::tokenizer() const {
  return impl_->tokenizer;
}
std::string Encoder::fingerprint(const EncodeOptions& options) const {
  return impl_->fingerprint(options);
}
std::string Encoder::vector_space(const EncodeOptions& options) const {
  return impl_->vector_space(options);
}

}  // namespace kindred
