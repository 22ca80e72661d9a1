// Texts of a task to vectors, kept from one evaluation to the next. Tested by text_vectors_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "encode/prompt_role.h"
#include "eval/report.h"
#include "kindred/encoder.h"

namespace kindred::tasks {

/// Row-major `rows × dimensions`.
struct Vectors {
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  std::vector<float> values;

  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * dimensions, dimensions);
  }
};

/// How a model encodes the two sides of a task.
struct TextVectorsOptions {
  EncodeOptions encode;  ///< its prompt, where it has one, stands before both sides
  std::optional<std::string> query_prompt;  ///< as encode::prompt_text
  std::optional<std::string> passage_prompt;
  /// Passages by windows, whose vectors lie in rows of their own where they are not joined to one.
  /// They are not kept in the cache.
  std::optional<WindowOptions> windows;
  /// A directory for what was encoded, found again by the encoder's fingerprint and the texts; made
  /// where it is not there. Empty: nothing is kept.
  std::string cache;
  /// Called after each batch with the texts done in it.
  std::function<void(std::uint64_t texts)> on_progress;
  /// Asked after each batch; true ends the work by throwing Stopped.
  std::function<bool()> stop;
};

/// The caller asked to stop; what was encoded is in the cache.
struct Stopped {};

/// Threads: as Encoder.
class TextVectors {
 public:
  TextVectors(std::shared_ptr<const Encoder> encoder, TextVectorsOptions options);

  /// One vector a text, of length 1 (or of zeros). Errors: those of Encoder::encode.
  Vectors encode(std::span<const std::string> texts, encode::TextRole role) const;

  /// The same of passages, by windows where the options have them: `text_of_row` is each row's
  /// text, ascending, every text at least once.
  Vectors encode_passages(std::span<const std::string> texts,
                          std::vector<std::uint32_t>& text_of_row) const;

  const Encoder& encoder() const noexcept { return *encoder_; }
  std::string fingerprint() const { return encoder_->fingerprint(passages_); }
  std::string prompt(encode::TextRole role) const;
  std::size_t dimensions() const;
  /// Tokens that entered the encoder so far, and the seconds that took; what the cache had is not
  /// counted.
  std::uint64_t tokens() const noexcept { return tokens_; }
  double seconds() const noexcept { return seconds_; }
  std::uint64_t truncated() const noexcept { return truncated_; }

 private:
  Vectors encode_windows(std::span<const std::string> texts,
                         std::vector<std::uint32_t>& text_of_row) const;
  std::vector<float> encode_batch(std::span<const std::string> texts,
                                  const EncodeOptions& options) const;

  std::shared_ptr<const Encoder> encoder_;
  TextVectorsOptions options_;
  EncodeOptions queries_;
  EncodeOptions passages_;
  mutable std::uint64_t tokens_ = 0;
  mutable std::uint64_t truncated_ = 0;
  mutable double seconds_ = 0.0;
};

/// The table "encoding": tokens, tokens a second and truncated texts of each encoder; without rates
/// where everything was in the cache.
eval::Table encoding_table(std::span<const std::pair<std::string, const TextVectors*>> encoders);

}  // namespace kindred::tasks
