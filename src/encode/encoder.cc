#include "kindred/encoder.h"

#include <algorithm>

#include "base/error.h"
#include "base/sha256.h"
#include "encode/batcher.h"
#include "encode/devices.h"
#include "encode/encoder_impl.h"
#include "encode/word_encoder.h"
#include "io/file.h"
#include "io/finite.h"
#include "kernels/row_sum.h"
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

}  // namespace

void encode::check_finite(const std::vector<float>& values, std::size_t width,
                          std::string_view what, std::uint64_t first, const std::string& model) {
  const std::size_t at = io::first_not_finite(values.data(), values.size());
  if (at == values.size()) return;
  fail(ErrorKind::corrupt,
       "{}: its vector of {} {} has NaN or infinity in it; the weights are damaged, or a "
       "conversion to a smaller type overflowed: fetch or convert the model anew",
       model, what, first + at / width);
}

std::string ModelEncoder::resolve_prompt(const EncodeOptions& call) const {
  if (call.prompt) return *call.prompt;
  const std::string& name =
      call.prompt_name.empty() ? directory_.info.default_prompt : call.prompt_name;
  if (name.empty()) return "";
  const auto it = directory_.info.prompts.find(name);
  if (it == directory_.info.prompts.end())
    fail(ErrorKind::not_found,
         "{} has no prompt named '{}' (it has: {}); give the prompt's text itself instead",
         directory_.info.path, name, names_of(directory_.info.prompts));
  return it->second;
}

ModelEncoder::Call ModelEncoder::resolve(const EncodeOptions& asked) const {
  Call call;
  call.input.prompt = resolve_prompt(asked);
  call.input.long_text = asked.long_text;
  call.input.first_row = asked.first_row;
  // sentence-transformers does not tell the prompt's tokens from others inside of a chat template.
  call.input.measure_prompt =
      !chat_ && (!directory_.pooling.include_prompt || bidirectional_prompt_);
  if (chat_ && asked.long_text == LongText::windows)
    fail(ErrorKind::unsupported,
         "{} wraps each text by its chat template, which windows cannot be; use --plain-text, or "
         "another way with long texts",
         directory_.info.path);
  call.finish.dimensions = asked.dimensions.value_or(dimensions_);
  call.finish.normalize = asked.normalize;
  call.finish.renormalize_truncated = asked.renormalize_truncated;
  if (call.finish.dimensions == 0 || call.finish.dimensions > head_->output_dimensions())
    fail(ErrorKind::bad_input, "{} dimensions: choose 1 to {}, which is what {} gives",
         call.finish.dimensions, head_->output_dimensions(), directory_.info.path);
  return call;
}

Embeddings ModelEncoder::encode(std::span<const std::string_view> texts,
                                const EncodeOptions& call_options) const {
  const Call call = resolve(call_options);
  encode::Tokenised input = encode::tokenise(tokenizer_, rules_, call.input, texts, pool_);
  encode::check_ids(input, tokenizer_, directory_.info.vocab_size, call.input.first_row);

  Embeddings result;
  result.rows = texts.size();
  result.dimensions = call.finish.dimensions;
  std::vector<float> pooled = one_row_a_text(input, pool_all(input), texts.size(), pooler_.width());
  result.values = head_->finish(std::move(pooled), texts.size(), call.finish, pool_);
  encode::check_finite(result.values, result.dimensions, "row", call.input.first_row,
                       directory_.info.path);
  result.token_counts = std::move(input.counts);
  result.truncated = std::move(input.truncated);
  return result;
}

Embeddings ModelEncoder::encode_ids(const PackedIds& packed,
                                    const EncodeOptions& call_options) const {
  const Call call = resolve(call_options);
  encode::Tokenised input;
  const std::size_t rows = packed.offsets.size() - 1;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t count = packed.offsets[r + 1] - packed.offsets[r];
    input.sequences.push_back(
        {static_cast<std::uint32_t>(r), std::span(packed.ids).subspan(packed.offsets[r], count)});
    input.counts.push_back(static_cast<std::uint32_t>(count));
  }
  encode::check_ids(input, tokenizer_, directory_.info.vocab_size, call.input.first_row);
  Embeddings result;
  result.rows = rows;
  result.dimensions = call.finish.dimensions;
  result.values = head_->finish(pool_all(input), rows, call.finish, pool_);
  encode::check_finite(result.values, result.dimensions, "row", call.input.first_row,
                       directory_.info.path);
  result.token_counts = std::move(input.counts);
  result.truncated.assign(rows, 0);
  return result;
}

std::vector<float> ModelEncoder::pool_all(const encode::Tokenised& input) const {
  std::vector<float> pooled(input.sequences.size() * pooler_.width());
  if (directory_.is_static) {
    constexpr std::size_t kPart = 256;
    pool_.run((input.sequences.size() + kPart - 1) / kPart, [&](std::size_t part, int) {
      const std::size_t end = std::min((part + 1) * kPart, input.sequences.size());
      for (std::size_t s = part * kPart; s < end; ++s)
        pool_static(input.sequences[s], pooled.data() + s * pooler_.width());
    });
    return pooled;
  }
  std::vector<std::uint32_t> lengths(input.sequences.size());
  for (std::size_t s = 0; s < lengths.size(); ++s)
    lengths[s] = static_cast<std::uint32_t>(input.sequences[s].ids.size());
  const bool native = encode::is_native(options_.device);
  const encode::BatchPlan plan =
      encode::plan_batches(lengths, native ? options_.batch_tokens : encode::kDeviceTokens,
                           native ? pool_.threads() : 1);
  if (plan.split_inside) {
    for (const auto& batch : plan.batches) run_batch(input, batch, pool_, pooled.data());
  } else {
    pool_.run(plan.batches.size(), [&](std::size_t b, int) {
      ThreadPool serial(1);
      run_batch(input, plan.batches[b], serial, pooled.data());
    });
  }
  return pooled;
}

void ModelEncoder::run_batch(const encode::Tokenised& input, std::span<const std::uint32_t> batch,
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
    if (!directory_.pooling.include_prompt) s.skip.push_back(sequence.prompt);
    if (bidirectional_prompt_)
      s.prefix.push_back(
          std::min(sequence.prompt, static_cast<std::uint32_t>(sequence.ids.size())));
  }
  if (s.rows.empty()) return;
  if (!token_weights_.empty())
    for (const std::uint32_t id : s.ids)
      s.weights.push_back(id < token_weights_.size() ? token_weights_[id] : 1.0F);

  executor_->forward({s.ids, s.offsets, s.prefix}, forward_, threads, s.states);
  s.out.assign(s.rows.size() * pooler_.width(), 0.0F);
  encode::pool_states(pooler_, {s.offsets, s.skip, s.weights}, s.states, s.out.data());
  for (std::size_t i = 0; i < s.rows.size(); ++i)
    std::copy_n(s.out.data() + i * pooler_.width(), pooler_.width(),
                pooled + s.rows[i] * pooler_.width());
}

void ModelEncoder::pool_static(const encode::Sequence& sequence, float* out) const {
  struct Scratch {
    std::vector<std::uint32_t> ids;
    std::vector<float> weights;
  };
  thread_local Scratch s;
  s.ids.clear();
  s.weights.clear();
  float total = 0.0F;
  for (const std::uint32_t id : sequence.ids) {
    const float weight = id < token_weights_.size() ? token_weights_[id] : 1.0F;
    if (!(weight > 0.0F)) continue;
    s.ids.push_back(id);
    s.weights.push_back(weight);
    total += weight;
  }
  if (total == 0.0F) {
    s.ids.assign(sequence.ids.begin(), sequence.ids.end());
    s.weights.assign(s.ids.size(), 1.0F);
    total = static_cast<float>(s.ids.size());
  }
  if (total == 0.0F) return;
  const io::TensorView& table = directory_.static_embeddings;
  if (static_floats_ != nullptr) {
    kernels::row_sum(static_floats_, pooler_.hidden, s.ids.data(), s.weights.data(), s.ids.size(),
                     out, isa_);
  } else {
    thread_local std::vector<float> row;
    row.resize(pooler_.hidden);
    for (std::size_t i = 0; i < s.ids.size(); ++i) {
      table.read_row(s.ids[i], row.data());
      for (std::size_t d = 0; d < pooler_.hidden; ++d) out[d] += s.weights[i] * row[d];
    }
  }
  for (std::size_t d = 0; d < pooler_.hidden; ++d) out[d] /= total;
}

TokenVectors ModelEncoder::encode_tokens(std::string_view text, const EncodeOptions& call_options,
                                         bool with_context) const {
  const Call call = resolve(call_options);
  const std::string whole = encode::prepared(rules_, call.input.prompt, text);
  Encoding e = tokenizer_.encode(whole, encode::tokenize_options(rules_));
  const encode::TextPlace place = encode::find_text(rules_, call.input.prompt, text, whole);

  TokenVectors result;
  result.ids = std::move(e.ids);
  result.ids.insert(result.ids.end(), rules_.append_ids.begin(), rules_.append_ids.end());
  const std::size_t tokens = result.ids.size();
  if (rules_.chat != nullptr && rules_.max_length && tokens >= *rules_.max_length) {
    const std::vector<std::uint32_t> suffix =
        encode::chat_suffix(tokenizer_, rules_, call.input.prompt);
    const std::size_t kept = std::min(suffix.size(), tokens);
    std::copy(suffix.end() - static_cast<std::ptrdiff_t>(kept), suffix.end(),
              result.ids.end() - static_cast<std::ptrdiff_t>(kept));
    std::fill_n(e.offsets.end() - static_cast<std::ptrdiff_t>(kept), kept, CharSpan{});
    std::fill_n(e.special_tokens_mask.end() - static_cast<std::ptrdiff_t>(kept), kept, 1);
  }
  e.offsets.resize(tokens);
  e.special_tokens_mask.resize(tokens, 1);
  for (std::size_t t = 0; t < tokens; ++t) {
    result.tokens.push_back(tokenizer_.id_to_token(result.ids[t]));
    const CharSpan span = e.offsets[t];
    const bool of_text = !e.special_tokens_mask[t] &&
                         (place.begin == 0 || span.end > place.begin) &&
                         (rules_.chat == nullptr || span.begin < place.end);
    result.special.push_back(of_text ? 0 : 1);
    const auto in_text = [&](std::uint32_t at) {
      return std::max(at, place.begin) - place.begin + place.skipped;
    };
    const std::uint32_t end = rules_.chat == nullptr ? span.end : std::min(span.end, place.end);
    result.offsets.push_back(of_text ? CharSpan{in_text(span.begin), in_text(end)} : CharSpan{});
  }

  if (!with_context || directory_.is_static) {
    const io::TensorView& table =
        directory_.is_static ? directory_.static_embeddings : directory_.weights.word_embeddings;
    result.dimensions = table.columns();
    result.values.resize(tokens * table.columns());
    for (std::size_t t = 0; t < tokens; ++t) {
      if (result.ids[t] >= table.rows())
        fail(ErrorKind::corrupt, "{}: the tokenizer gives id {}, the embeddings have {} rows",
             directory_.info.path, result.ids[t], table.rows());
      table.read_row(result.ids[t], result.values.data() + t * table.columns());
    }
    encode::check_finite(result.values, result.dimensions, "token", 0, directory_.info.path);
    return result;
  }
  result.dimensions = pooler_.token_width();
  if (tokens == 0) return result;
  const std::uint32_t offsets[] = {0, static_cast<std::uint32_t>(tokens)};
  std::vector<std::uint32_t> prefix;
  if (bidirectional_prompt_)
    prefix.push_back(encode::prompt_token_count(tokenizer_, rules_, call.input.prompt));
  std::vector<float> states;
  executor_->forward({result.ids, offsets, prefix}, forward_, pool_, states);
  result.values = encode::combine_layers(pooler_, states);
  encode::check_finite(result.values, result.dimensions, "token", 0, directory_.info.path);
  return result;
}

ModelEncoder::Choices ModelEncoder::choices() const {
  std::call_once(fingerprint_once_, [&] { model_fingerprint_ = model::fingerprint(directory_); });
  // In words of their own, so that two spellings of the same choice are the same maker.
  Choices c;
  c.layers = fmt::format("{}{}", fmt::join(forward_.layers, ","),
                         pooler_.concatenate_layers ? ":concat" : "");
  c.directions =
      bidirectional_prompt_ ? "prompt" : fmt::format("{}", fmt::join(forward_.bidirectional, ""));
  if (!options_.token_weights.empty())
    c.weights = sha256(io::read_text_file(options_.token_weights));
  return c;
}

std::string ModelEncoder::fingerprint(const EncodeOptions& call_options) const {
  const Choices c = choices();
  const Call call = resolve(call_options);
  return sha256(fmt::format(
      "kindred encoder 1\nmodel={}\nprecision={}\npooling={}\nlayers={}\nbidirectional={}\n"
      "token_weights={}\nmax_length={}\nlong={}\ndimensions={}\nnormalize={}\nrenormalize={}\n"
      "prompt={}\n",
      model_fingerprint_, name_of(options_.precision), to_string(directory_.pooling), c.layers,
      c.directions, c.weights, rules_.max_length.value_or(0), name_of(call.input.long_text),
      call.finish.dimensions, call.finish.normalize.value_or(head_->normalizes()),
      call.finish.renormalize_truncated, call.input.prompt));
}

std::string ModelEncoder::vector_space(const EncodeOptions& call_options) const {
  const Choices c = choices();
  const Call call = resolve(call_options);
  return sha256(
      fmt::format("kindred vector space 1\nmodel={}\npooling={}\nlayers={}\nbidirectional={}\n"
                  "token_weights={}\ndimensions={}\n",
                  model_fingerprint_, to_string(directory_.pooling), c.layers, c.directions,
                  c.weights, call.finish.dimensions));
}

Encoder::Encoder(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

Encoder Encoder::open(const std::string& path, const EncoderOptions& options) {
  if (encode::names_word_vectors(path))
    return Encoder(std::make_unique<const encode::WordEncoder>(path, options));
  return Encoder(std::make_unique<const ModelEncoder>(path, options));
}

Embeddings Encoder::encode(std::span<const std::string_view> texts,
                           const EncodeOptions& options) const {
  return impl_->encode(texts, options);
}

Embeddings Encoder::encode(std::span<const std::string> texts, const EncodeOptions& options) const {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return impl_->encode(views, options);
}

WindowEmbeddings Encoder::encode_windows(std::span<const std::string_view> texts,
                                         const WindowOptions& windows,
                                         const EncodeOptions& options) const {
  return impl_->encode_windows(texts, windows, options);
}

TokenVectors Encoder::encode_tokens(std::string_view text, const EncodeOptions& options) const {
  return impl_->encode_tokens(text, options, /*with_context=*/true);
}

TokenVectors Encoder::static_token_vectors(std::string_view text,
                                           const EncodeOptions& options) const {
  return impl_->encode_tokens(text, options, /*with_context=*/false);
}

std::size_t Encoder::dimensions() const {
  return impl_->dimensions();
}
std::size_t Encoder::max_length() const {
  return impl_->max_length();
}
std::size_t Encoder::weight_bytes() const {
  return impl_->weight_bytes();
}
int Encoder::threads() const {
  return impl_->threads();
}
const ModelInfo& Encoder::info() const {
  return impl_->info();
}
const Tokenizer& Encoder::tokenizer() const {
  return impl_->tokenizer();
}
std::string Encoder::fingerprint(const EncodeOptions& options) const {
  return impl_->fingerprint(options);
}
std::string Encoder::vector_space(const EncodeOptions& options) const {
  return impl_->vector_space(options);
}

}  // namespace kindred
