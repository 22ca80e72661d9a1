// What an Encoder holds: a model directory's encoder, or one over word vectors (word_encoder.h).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "encode/head.h"
#include "encode/pooler.h"
#include "encode/tokenised.h"
#include "encode/windowed_text.h"
#include "kindred/encoder.h"
#include "model/directory.h"
#include "model/executor.h"

namespace kindred {

/// Each method is that of Encoder. Threads: immutable; const methods may run concurrently.
struct Encoder::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  virtual ~Impl() = default;

  virtual Embeddings encode(std::span<const std::string_view> texts,
                            const EncodeOptions& options) const = 0;
  virtual WindowEmbeddings encode_windows(std::span<const std::string_view> texts,
                                          const WindowOptions& windows,
                                          const EncodeOptions& options) const = 0;
  virtual TokenVectors encode_tokens(std::string_view text, const EncodeOptions& options,
                                     bool with_context) const = 0;
  virtual std::string fingerprint(const EncodeOptions& options) const = 0;
  virtual std::string vector_space(const EncodeOptions& options) const = 0;
  virtual std::size_t dimensions() const = 0;
  virtual std::size_t max_length() const = 0;
  virtual std::size_t weight_bytes() const = 0;
  virtual int threads() const = 0;
  virtual const ModelInfo& info() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
};

namespace encode {

/// NaN in a vector would spoil every comparison with it, and every later search. `what` is "row" or
/// "token", `first` the number of the first. Errors: corrupt.
void check_finite(const std::vector<float>& values, std::size_t width, std::string_view what,
                  std::uint64_t first, const std::string& model);

/// The highest set there is, `name` at most ("" is no limit). Errors: bad_input.
Isa chosen_isa(const std::string& name);
/// The options, checked. Errors: bad_input.
EncoderOptions validated(const EncoderOptions& options);

}  // namespace encode

/// A model directory or GGUF file.
class ModelEncoder final : public Encoder::Impl {
 public:
  ModelEncoder(const std::string& path, const EncoderOptions& options);

  Embeddings encode(std::span<const std::string_view> texts,
                    const EncodeOptions& options) const override;
  WindowEmbeddings encode_windows(std::span<const std::string_view> texts,
                                  const WindowOptions& windows,
                                  const EncodeOptions& options) const override;
  TokenVectors encode_tokens(std::string_view text, const EncodeOptions& options,
                             bool with_context) const override;
  /// One row a sequence of ids, those of the template included, which may be of no text: of a
  /// vocabulary's single tokens. Prompt and length rules do not apply. Errors: bad_input for an id
  /// that the embeddings have no row for; as `encode`.
  Embeddings encode_ids(const PackedIds& input, const EncodeOptions& options) const;
  std::string fingerprint(const EncodeOptions& options) const override;
  std::string vector_space(const EncodeOptions& options) const override;
  std::size_t dimensions() const override { return dimensions_; }
  std::size_t max_length() const override { return rules_.max_length.value_or(0); }
  std::size_t weight_bytes() const override { return executor_ ? executor_->weight_bytes() : 0; }
  int threads() const override { return pool_.threads(); }
  const ModelInfo& info() const override { return directory_.info; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }

 private:
  /// The options of one call with the model's defaults filled in.
  struct Call {
    encode::InputRequest input;
    encode::FinishOptions finish;
  };
  Call resolve(const EncodeOptions& options) const;
  /// What the encoder was opened with, as fingerprints spell it.
  struct Choices {
    std::string layers, directions, weights;
  };
  Choices choices() const;
  std::string resolve_prompt(const EncodeOptions& options) const;
  void choose_pooling();
  void choose_layers();
  void choose_length();
  void choose_directions();
  void check_head_fits() const;
  void choose_wrapping();

  /// One row of the pooler's width a sequence. Zeros for a sequence without tokens.
  std::vector<float> pool_all(const encode::Tokenised& input) const;
  void run_batch(const encode::Tokenised& input, std::span<const std::uint32_t> batch,
                 ThreadPool& threads, float* pooled) const;
  /// The text's own tokens of each text, and what stands around them.
  std::vector<encode::WindowedText> cut(std::span<const std::string_view> texts, const Call& call,
                                        const WindowOptions& windows) const;
  /// Rows of the pooler's width, a window each.
  std::vector<float> pool_windows(const std::vector<encode::WindowedText>& texts) const;
  std::vector<float> pool_late(const std::vector<encode::WindowedText>& texts) const;
  void pool_late_group(std::span<const encode::WindowedText> texts, float* out) const;
  void check_late() const;

  void pool_static(const encode::Sequence& sequence, float* out) const;

  EncoderOptions options_;
  Isa isa_;
  mutable ThreadPool pool_;
  model::ModelDirectory directory_;
  Tokenizer tokenizer_;
  std::optional<text::ChatTemplate> chat_;  ///< wraps every text
  encode::InputRules rules_;
  encode::PoolerSpec pooler_;
  model::ForwardOptions forward_;
  bool bidirectional_prompt_ = false;         ///< the prompt is a UniLM prefix
  std::vector<float> token_weights_;          ///< by id, for pooling idf
  std::unique_ptr<const model::Executor> executor_;  ///< none for static embeddings
  std::optional<encode::Head> head_;
  std::size_t dimensions_ = 0;
  const float* static_floats_ = nullptr;  ///< static embeddings that are float32, as they lie

  mutable std::once_flag fingerprint_once_;
  mutable std::string model_fingerprint_;
};

}  // namespace kindred
