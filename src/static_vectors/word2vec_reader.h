// word2vec's binary and text format, GloVe's text and fastText's `.vec`. Tested by
// word2vec_reader_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "static_vectors/byte_input.h"
#include "static_vectors/read.h"
#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

inline constexpr std::size_t kMostDimensions = 1U << 16;
inline constexpr std::size_t kMostWordBytes = 1U << 20;

/// The first line of word2vec's formats: "3000000 300".
struct VectorHeader {
  std::uint64_t words = 0;
  std::size_t dimensions = 0;
};

/// Errors: as read_static_model.
StaticModel read_word2vec(ByteInput& input, const ReadOptions& options);

/// Rows of text, a word and its numbers each; `header` is what the file's first line said, where it
/// has one and the input is behind it. Errors: as read_static_model.
StaticModel read_vector_text(ByteInput& input, const std::optional<VectorHeader>& header,
                             const ReadOptions& options);

/// Whether a line is one of numbers behind a word. `line` is without its end.
bool is_vector_line(std::string_view line);

/// Words as they are read, of which those that come again are left out.
class WordCollector {
 public:
  WordCollector(std::string origin, std::size_t limit)
      : origin_(std::move(origin)), limit_(limit) {}
  Vocabulary& words() noexcept { return words_; }
  /// No more than the limit, where there is one.
  std::uint64_t at_most(std::uint64_t rows) const noexcept;
  bool full() const noexcept { return limit_ != 0 && words_.size() >= limit_; }
  /// False where the word is known.
  bool add(std::string_view word);
  /// Says what was left out.
  void warn_of_repeats() const;

 private:
  std::string origin_;
  std::size_t limit_;
  Vocabulary words_;
  std::string first_repeated_;
  std::size_t repeated_ = 0;
};

}  // namespace kindred::static_vectors
