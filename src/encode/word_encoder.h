// Word vectors as an encoder of texts. Tested by word_encoder_test.cc.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "encode/encoder_impl.h"
#include "static_vectors/classifier.h"
#include "static_vectors/word_finder.h"

namespace kindred::encode {

/// True where the path is a file that a model directory's encoder would not open. (Directories with
/// static embeddings have a tokenizer and are models.)
bool names_word_vectors(const std::string& path);

/// The tokenizer of whatever Encoder::open takes. `words`: EncoderOptions::words. Errors: as there.
Tokenizer open_tokenizer(const std::string& path, const std::string& words = "");

/// What `inspect` says of word vectors, with their fingerprint.
ModelInfo describe_word_vectors(const std::string& path);

/// A text's vector is the weighted mean of its words' vectors, and zeros where it has none:
///   mean: each word weighs 1;
///   idf:  what the file of token weights says, a word that is known by its n-grams alone the most;
///   sif:  a / (a + p), p the word's share of all counts, a = 1e-3 (Arora, Liang and Ma, 2017),
///         without their removal of the common component.
/// Of fastText's own files each word's vector is divided by its length first, as fastText's
/// print-sentence-vectors does; of a supervised one a text is what its classifier sees, the mean of
/// all rows of words, n-grams and the end of the sentence.
class WordEncoder final : public Encoder::Impl {
 public:
  WordEncoder(const std::string& path, const EncoderOptions& options);

  Embeddings encode(std::span<const std::string_view> texts,
                    const EncodeOptions& options) const override;
  WindowEmbeddings encode_windows(std::span<const std::string_view> texts,
                                  const WindowOptions& windows,
                                  const EncodeOptions& options) const override;
  TokenVectors encode_tokens(std::string_view text, const EncodeOptions& options,
                             bool with_context) const override;
  std::string fingerprint(const EncodeOptions& options) const override;
  std::string vector_space(const EncodeOptions& options) const override;
  std::size_t dimensions() const override { return model_->dimensions(); }
  std::size_t max_length() const override { return options_.max_length.value_or(0); }
  std::size_t weight_bytes() const override {
    return model_->input->bytes() + composed_.size() * sizeof(float);
  }
  int threads() const override { return pool_.threads(); }
  const ModelInfo& info() const override { return info_; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }

 private:
  struct Scratch;

  /// The options of one call with the defaults filled in.
  struct Call {
    std::string prompt;
    std::size_t dimensions = 0;
    bool normalize = false;
    LongText long_text = LongText::truncate;
    std::uint64_t first_row = 0;
  };

  Call resolve(const EncodeOptions& options) const;
  void choose_pooling();
  void compose();
  void encode_part(std::span<const std::string_view> texts, const Call& call, std::size_t first,
                   Embeddings& result) const;
  void classify_part(std::span<const std::string_view> texts, const Call& call, std::size_t first,
                     Embeddings& result) const;
  void prefetch(std::span<const static_vectors::FoundWord> words) const;
  void pool_words(std::span<const static_vectors::FoundWord> words, Scratch& scratch,
                  float* out) const;
  void finish_row(const Call& call, const float* pooled, float* out) const;
  bool unknown_vector(std::string_view word, float* out) const;
  float weight_of(std::uint32_t id) const { return id < weights_.size() ? weights_[id] : 1.0F; }
  std::string choices() const;

  EncoderOptions options_;
  Isa isa_;
  mutable ThreadPool pool_;
  std::shared_ptr<const static_vectors::StaticModel> model_;
  static_vectors::WordChoice choice_;
  Tokenizer tokenizer_;
  ModelInfo info_;
  std::optional<static_vectors::TextClassifier> classifier_;  ///< of a supervised model
  bool unit_words_ = false;
  std::vector<float> composed_;    ///< words × d where the file's own rows are not their vectors
  const float* values_ = nullptr;  ///< words × d; null: the table's rows, one at a time
  std::vector<float> weights_;     ///< by word; empty: all 1
  float unknown_weight_ = 1.0F;

  mutable std::once_flag hash_once_;
  mutable std::string hash_;
};

}  // namespace kindred::encode
