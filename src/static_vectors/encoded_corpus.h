// A corpus as numbers of words, on disk. Tested by encoded_corpus_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "static_vectors/corpus_source.h"
#include "static_vectors/vocabulary.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {

struct EncodeOptions {
  WordMode words = WordMode::spaces;
  bool lower = false;
  std::uint64_t min_count = 5;
  /// word2vec's phrases: so many passes, each of which joins pairs of words that stand together
  /// more often than chance would have it; see join_phrases.
  std::size_t phrase_passes = 0;
  double phrase_threshold = 100.0;
  int threads = 1;
};

/// Words that are known, in the order of the text, with kSentenceEnd behind each sentence. Text is
/// read once: words get numbers as they come, which are then exchanged for those of the final
/// vocabulary. So an epoch reads 4 bytes a word, whatever splitting a text costs.
///
/// Files, in a directory of its own: "tokens", 32 bits each; "words", the vocabulary and where the
/// pieces of the text lie in "tokens".
///
/// Threads: immutable once made; every const method may run concurrently.
class EncodedCorpus {
 public:
  /// A sentence of more words is cut, as gensim cuts it.
  static constexpr std::size_t kLongestSentence = 10'000;

  /// Reads `source` into `directory`, which exists. `progress` is given bytes read and all bytes,
  /// and may throw. Errors: bad_input where no word is left; exhausted; as `source` and
  /// io::AtomicFile.
  static EncodedCorpus encode(
      CorpusSource& source, const EncodeOptions& options, const std::string& directory,
      const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});
  /// What `encode` left. Errors: not_found; corrupt.
  static EncodedCorpus open(const std::string& directory);

  /// The most frequent words first; of equal counts in the order of their bytes.
  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  std::uint64_t tokens() const noexcept { return vocabulary_.total(); }

  /// Whole sentences, 256 to 16,384 tokens by the size of the corpus: what a thread takes at a
  /// time.
  struct Chunk {
    std::span<const std::uint32_t> tokens;
    std::uint64_t before = 0;  ///< words in the chunks before
  };
  const std::vector<Chunk>& chunks() const noexcept { return chunks_; }

 private:
  struct Piece {
    std::uint64_t number = 0;
    std::uint64_t begin = 0;  // in "tokens"
    std::uint64_t count = 0;
    std::uint32_t thread = 0;
  };
  class Builder;

  void cut_chunks(const std::vector<Piece>& pieces);

  Vocabulary vocabulary_;
  std::shared_ptr<const io::MappedFile> file_;
  std::vector<Chunk> chunks_;
};

}  // namespace kindred::static_vectors
