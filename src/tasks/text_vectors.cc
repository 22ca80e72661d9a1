#include "tasks/text_vectors.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/sha256.h"
#include "io/npy.h"

namespace kindred::tasks {
namespace {

// Texts that are encoded, kept and reported together: some seconds of work.
constexpr std::size_t kBatch = 1024;

EncodeOptions with_prompt(const TextVectorsOptions& options, const ModelInfo& info,
                          encode::TextRole role, const std::optional<std::string>& name) {
  EncodeOptions result = options.encode;
  if (result.prompt) return result;
  result.prompt_name.clear();
  result.prompt = encode::prompt_text(info, role, name);
  return result;
}

void normalise(std::span<float> row) {
  double sum = 0.0;
  for (const float value : row) sum += double{value} * value;
  if (sum == 0.0) return;
  const auto factor = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : row) value *= factor;
}

// Lengths keep "a" + "b" and "ab" apart.
std::string cache_name(const std::string& fingerprint, std::span<const std::string> texts) {
  Sha256 hash;
  hash.update(fingerprint);
  for (const std::string& text : texts) {
    hash.update(fmt::format("\n{}\n", text.size()));
    hash.update(text);
  }
  return hash.finish() + ".npy";
}

// Null where the file is not there or not what was written: it is made anew.
bool read_cached(const std::string& path, std::size_t rows, std::size_t dimensions,
                 std::vector<float>& values) {
  if (!std::filesystem::exists(path)) return false;
  try {
    const io::NpyArray array = io::read_npy(path);
    if (array.tensor.dtype != io::DType::f32 ||
        array.tensor.shape != std::vector<std::size_t>{rows, dimensions})
      return false;
    values.resize(rows * dimensions);
    std::memcpy(values.data(), array.tensor.data, values.size() * sizeof(float));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TextVectors::TextVectors(std::shared_ptr<const Encoder> encoder, TextVectorsOptions options)
    : encoder_(std::move(encoder)), options_(std::move(options)) {
  using encode::TextRole;
  queries_ = with_prompt(options_, encoder_->info(), TextRole::query, options_.query_prompt);
  passages_ = with_prompt(options_, encoder_->info(), TextRole::passage, options_.passage_prompt);
  if (!options_.cache.empty()) std::filesystem::create_directories(options_.cache);
}

std::string TextVectors::prompt(encode::TextRole role) const {
  return (role == encode::TextRole::query ? queries_ : passages_).prompt.value_or("");
}

std::size_t TextVectors::dimensions() const {
  return options_.encode.dimensions.value_or(encoder_->dimensions());
}

std::vector<float> TextVectors::encode_batch(std::span<const std::string> texts,
                                             const EncodeOptions& options) const {
  const auto start = std::chrono::steady_clock::now();
  Embeddings embeddings = encoder_->encode(texts, options);
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const std::uint32_t count : embeddings.token_counts) tokens_ += count;
  for (const std::uint8_t cut : embeddings.truncated) truncated_ += cut;
  return std::move(embeddings.values);
}

Vectors TextVectors::encode(std::span<const std::string> texts, encode::TextRole role) const {
  const EncodeOptions& options = role == encode::TextRole::query ? queries_ : passages_;
  const std::string fingerprint = encoder_->fingerprint(options);
  Vectors vectors{texts.size(), dimensions(), {}};
  vectors.values.reserve(vectors.rows * vectors.dimensions);
  for (std::size_t begin = 0; begin < texts.size(); begin += kBatch) {
    if (options_.stop && options_.stop()) throw Stopped{};
    const auto batch = texts.subspan(begin, std::min(kBatch, texts.size() - begin));
    const std::string path =
        options_.cache.empty()
            ? std::string()
            : (std::filesystem::path(options_.cache) / cache_name(fingerprint, batch)).string();
    std::vector<float> values;
    if (path.empty() || !read_cached(path, batch.size(), vectors.dimensions, values)) {
      values = encode_batch(batch, options);
      const std::size_t shape[] = {batch.size(), vectors.dimensions};
      if (!path.empty())
        io::write_npy(path, io::DType::f32, shape, std::as_bytes(std::span(values)));
    }
    vectors.values.insert(vectors.values.end(), values.begin(), values.end());
    if (options_.on_progress) options_.on_progress(batch.size());
  }
  for (std::size_t i = 0; i < vectors.rows; ++i)
    normalise(std::span(vectors.values).subspan(i * vectors.dimensions, vectors.dimensions));
  return vectors;
}

Vectors TextVectors::encode_passages(std::span<const std::string> texts,
                                     std::vector<std::uint32_t>& text_of_row) const {
  if (options_.windows) return encode_windows(texts, text_of_row);
  text_of_row.resize(texts.size());
  std::iota(text_of_row.begin(), text_of_row.end(), std::uint32_t{0});
  return encode(texts, encode::TextRole::passage);
}

Vectors TextVectors::encode_windows(std::span<const std::string> texts,
                                    std::vector<std::uint32_t>& text_of_row) const {
  constexpr std::size_t kLongTexts = 128;  // texts at once: they are longer than others
  Vectors vectors{0, dimensions(), {}};
  for (std::size_t begin = 0; begin < texts.size(); begin += kLongTexts) {
    if (options_.stop && options_.stop()) throw Stopped{};
    const auto batch = texts.subspan(begin, std::min(kLongTexts, texts.size() - begin));
    const std::vector<std::string_view> views(batch.begin(), batch.end());
    const auto start = std::chrono::steady_clock::now();
    const WindowEmbeddings found = encoder_->encode_windows(views, *options_.windows, passages_);
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const std::uint32_t count : found.vectors.token_counts) tokens_ += count;
    if (options_.windows->one_vector())
      for (std::size_t i = 0; i < batch.size(); ++i)
        text_of_row.push_back(static_cast<std::uint32_t>(begin + i));
    else
      for (const WindowPlace& place : found.places)
        text_of_row.push_back(static_cast<std::uint32_t>(begin + place.text));
    vectors.values.insert(vectors.values.end(), found.vectors.values.begin(),
                          found.vectors.values.end());
    if (options_.on_progress) options_.on_progress(batch.size());
  }
  vectors.rows = text_of_row.size();
  for (std::size_t i = 0; i < vectors.rows; ++i)
    normalise(std::span(vectors.values).subspan(i * vectors.dimensions, vectors.dimensions));
  return vectors;
}

eval::Table encoding_table(std::span<const std::pair<std::string, const TextVectors*>> encoders) {
  eval::Table table;
  table.key = "encoding";
  table.title = "Encoding";
  table.columns = {"tokens", "tokens/s", "truncated texts"};
  for (const auto& [name, encoder] : encoders) {
    const auto tokens = static_cast<double>(encoder->tokens());
    const eval::Cell rate{encoder->tokens() > 0 ? std::optional(tokens / encoder->seconds())
                                                : std::nullopt};
    table.rows.push_back({name, {{tokens}, rate, {static_cast<double>(encoder->truncated())}}, 0});
  }
  return table;
}

}  // namespace kindred::tasks
