// Texts to vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/model.h"
#include "kindred/tokenizer.h"

namespace kindred {

/// How weights are held and multiplied. int8: one scale an output channel, activations quantised
/// a token; everything between the matrix products stays float32.
enum class Precision { fp32, bf16, int8 };

/// What to do with a text longer than the model's maximum.
enum class LongText {
  truncate,  ///< keep the first tokens and report it
  error,     ///< bad_input, naming the row
  windows,   ///< encode consecutive windows and average their vectors by token count
};

/// Fixed when an encoder is opened.
struct EncoderOptions {
  Precision precision = Precision::fp32;
  int threads = 0;  ///< 0: one a physical core that the process may use
  /// Where the transformer runs: cpu, by Kindred's own kernels; cuda or cuda:N, and torch (the CPU
  /// again), by LibTorch in programs that are built with it.
  std::string device = "cpu";
  std::string pooling;  ///< "" = the model's own; cls, mean, max, sqrt, weighted, last, idf;
                        ///< "cls+mean" concatenates; sif, of word vectors with counts
  std::string layers;   ///< "" = last; "16,24" averaged; "0.5,0.75" of depth; "last4" averaged;
                        ///< "last4:concat"; "first-last"
  /// "" = the model's own; "all", "none", "0-11,20": the layers that see both directions; "prompt":
  /// the prompt's tokens see each other in both directions, the text stays causal (UniLM prefix).
  std::string bidirectional;
  /// The base model of a PEFT adapter; "" = the one that the adapter names.
  std::string base;
  std::string token_weights;              ///< file of "token<TAB>weight" lines for pooling "idf"
  std::optional<std::size_t> max_length;  ///< tokens; unset: the model's
  /// Word vectors: "" = the file's own way from a text to words; auto, spaces, unicode.
  std::string words;
  bool plain_text = false;  ///< do not wrap texts by the model's chat template, where it has one
  std::size_t batch_tokens = 512;  ///< most tokens a thread takes through the layers at once
  std::string
      isa;  ///< highest instruction set: scalar, avx2, avx512, avx512bf16, amx; "" = the best here
  void validate() const;  ///< Errors: bad_input
};

/// May differ from call to call.
struct EncodeOptions {
  std::string prompt_name;  ///< a name from the model's prompts; "" = its default prompt, if any
  std::optional<std::string> prompt;  ///< the prompt's text itself; wins over the name
  std::optional<std::size_t>
      dimensions;                 ///< keep the first dimensions (Matryoshka) and renormalise
  std::optional<bool> normalize;  ///< unset: as the model's modules say
  bool renormalize_truncated =
      true;  ///< false: sentence-transformers' order (truncated vectors are not unit)
  LongText long_text = LongText::truncate;
  std::uint64_t first_row = 0;  ///< the number of the first text, as messages should count it
};

struct Embeddings {
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  std::vector<float> values;                ///< rows × dimensions, row-major
  std::vector<std::uint32_t> token_counts;  ///< tokens that entered the encoder, a row
  std::vector<std::uint8_t> truncated;      ///< 1 where tokens were dropped
};

/// What becomes of the windows of a text.
enum class WindowJoin {
  mean,      ///< one vector a text: the mean of its windows'
  weighted,  ///< the same, each window counting by its tokens
  /// A vector a window: the whole text goes through the model (as far as it takes at once, then
  /// the next part), and the tokens' vectors are pooled by window, so that each knows what stands
  /// around it. The first window has the template's tokens in front, the last those behind.
  late,
  rows,  ///< a vector a window, each through the model by itself
};

/// How texts are cut into windows. Every window but those of `late` carries the template and the
/// prompt.
struct WindowOptions {
  std::size_t window = 256;  ///< tokens of the text; template and prompt come on top
  std::size_t stride = 0;    ///< tokens from one window's begin to the next one's; 0: `window`
  WindowJoin join = WindowJoin::rows;

  std::size_t step() const noexcept { return stride == 0 ? window : stride; }
  bool one_vector() const noexcept {
    return join == WindowJoin::mean || join == WindowJoin::weighted;
  }
  void validate() const;  ///< Errors: bad_input for no window, or a stride that leaves tokens out
};

/// Where a window lies in its text.
struct WindowPlace {
  std::uint32_t text = 0;         ///< which, from 0
  std::uint32_t window = 0;       ///< of that text, from 0
  std::uint32_t token_begin = 0;  ///< of the text's own tokens
  std::uint32_t token_end = 0;
  CharSpan characters;  ///< in the text without its prompt
};

struct WindowEmbeddings {
  Embeddings vectors;               ///< a row a window, or a text; token_counts are a row's
  std::vector<WindowPlace> places;  ///< a window each, ascending, whatever the join
};

/// Vectors of single tokens of one text.
struct TokenVectors {
  std::size_t dimensions = 0;
  std::vector<std::uint32_t> ids;
  std::vector<std::string> tokens;
  std::vector<CharSpan>
      offsets;  ///< in the text without its prompt; (0,0) for template and prompt tokens
  std::vector<std::uint8_t> special;  ///< 1 for template and prompt tokens
  std::vector<float> values;  ///< tokens × dimensions, row-major, before pooling, not normalised
};

/// A model ready to encode.
///
/// Threads: immutable after `open`; `encode` may be called concurrently (calls share the encoder's
/// threads). Same input, same bits: a text's vector does not depend on the rest of its batch, on
/// the thread count or on concurrent calls.
class Encoder {
 public:
  /// `path`: a sentence-transformers or Hugging Face directory, a GGUF file, or a file of word
  /// vectors (see static_vectors.h), a text's vector then being the mean of its words'.
  static Encoder open(const std::string& path, const EncoderOptions& options = {});
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;
  ~Encoder();

  /// One row for each text, an empty text included. Errors: corrupt where a damaged model gives
  /// NaN or infinity.
  Embeddings encode(std::span<const std::string_view> texts,
                    const EncodeOptions& options = {}) const;
  Embeddings encode(std::span<const std::string> texts, const EncodeOptions& options = {}) const;

  /// Texts of any length by windows; an empty text has one. A text that one window holds has the
  /// vector that `encode` gives it. Errors: as `encode`; bad_input where a window with template and
  /// prompt is longer than the model's maximum, naming the longest; unsupported for word vectors,
  /// for chat templates, and for `late` with another pooling than mean.
  WindowEmbeddings encode_windows(std::span<const std::string_view> texts,
                                  const WindowOptions& windows,
                                  const EncodeOptions& options = {}) const;

  /// Vectors of the tokens in their context: the hidden states that `layers` chose.
  TokenVectors encode_tokens(std::string_view text, const EncodeOptions& options = {}) const;
  /// The same tokens with their rows of the word-embedding table: what a token is without context.
  TokenVectors static_token_vectors(std::string_view text, const EncodeOptions& options = {}) const;

  std::size_t dimensions() const;    ///< of a vector when `EncodeOptions::dimensions` is unset
  std::size_t max_length() const;    ///< tokens, template tokens included; 0: no limit
  std::size_t weight_bytes() const;  ///< of the packed copy in memory; mapped tables not counted
  int threads() const;
  const ModelInfo& info() const;
  const Tokenizer& tokenizer() const;
  /// The model's fingerprint with pooling, layers, prompt, dimension and precision as used.
  std::string fingerprint(const EncodeOptions& options = {}) const;
  /// A hash of what two vectors must share to be compared: the model, pooling, layers and
  /// dimension, but not the prompt, precision or length, which queries may have of their own.
  std::string vector_space(const EncodeOptions& options = {}) const;

  struct Impl;

 private:
  explicit Encoder(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace kindred
