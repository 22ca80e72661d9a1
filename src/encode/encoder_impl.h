// What an Encoder holds.
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
#include "kindred/encoder.h"
#include "model/directory.h"
#include "native/executor.h"

namespace kindred {

struct Encoder::Impl {
  Impl(const std::string& path, const EncoderOptions& options);

  Embeddings encode(std::span<const std::string_view> texts, const EncodeOptions& options) const;
  TokenVectors encode_tokens(std::string_view text, const EncodeOptions& options,
                             bool with_context) const;
  std::string fingerprint(const EncodeOptions& options) const;
  std::string vector_space(const EncodeOptions& options) const;

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
  void pool_static(const encode::Sequence& sequence, float* out) const;

 public:
  EncoderOptions options;
  Isa isa;
  mutable ThreadPool pool;
  model::ModelDirectory directory;
  Tokenizer tokenizer;
  std::optional<text::ChatTemplate> chat;  ///< wraps every text
  encode::InputRules rules;
  encode::PoolerSpec pooler;
  native::ForwardOptions forward;
  bool bidirectional_prompt = false;         ///< the prompt is a UniLM prefix
  std::vector<float> token_weights;          ///< by id, for pooling idf
  std::optional<native::Executor> executor;  ///< none for static embeddings
  std::optional<encode::Head> head;
  std::size_t dimensions = 0;

 private:
  mutable std::once_flag fingerprint_once_;
  mutable std::string model_fingerprint_;
};

}  // namespace kindred
