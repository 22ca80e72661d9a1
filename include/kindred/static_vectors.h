// Words with one vector each: Word2Vec, GloVe, fastText and their kin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

/// Fixed when word vectors are opened.
struct WordVectorOptions {
  std::size_t limit = 0;  ///< only the first so many words of the file; 0: all
  int threads = 0;        ///< 0: one a physical core that the process may use
};

struct WordScore {
  std::string word;
  float score = 0.0F;  ///< the cosine, or the objective of 3CosMul
};

/// How an analogy's or a query's terms are put together.
enum class Combination {
  add,       ///< the mean of the unit vectors, negative ones subtracted (3CosAdd; Mikolov et al.,
             ///< 2013, whose answer is the nearest word to b - a + c)
  multiply,  ///< 3CosMul of Levy and Goldberg (2014): the product of the positive cosines, shifted
             ///< to 0 … 1, over that of the negative ones
};

/// What the nearest words are asked for.
struct WordQuery {
  std::vector<std::string> positive;
  std::vector<std::string> negative;
  std::size_t k = 10;
  std::size_t restrict = 0;  ///< search only the first so many words; 0: all
  Combination combination = Combination::add;
};

/// Word vectors that answer questions. An answer never holds a word of the question. A word that
/// the file does not have gets its vector from its n-grams where the file has those (fastText's
/// .bin), and is refused by not_found otherwise.
///
/// Threads: immutable; every const method may run concurrently (calls share the threads).
class WordVectors {
 public:
  /// Any format that Kindred reads: word2vec binary and text, GloVe, fastText .bin, .ftz and .vec,
  /// a directory with a StaticEmbedding or model2vec model. Errors: not_found, bad_input, corrupt,
  /// unsupported.
  static WordVectors open(const std::string& path, const WordVectorOptions& options = {});
  WordVectors(WordVectors&&) noexcept;
  WordVectors& operator=(WordVectors&&) noexcept;
  ~WordVectors();

  std::size_t size() const;
  std::size_t dimensions() const;
  /// "word2vec binary", "fastText", …
  const std::string& format() const;
  /// Of `id` < size(), in the file's order.
  std::string_view word(std::uint32_t id) const;
  std::uint64_t count(std::uint32_t id) const;  ///< 0 where the file has no counts
  std::optional<std::uint32_t> find(std::string_view word) const;

  /// dimensions() values. Unset for a word of which nothing is known.
  std::optional<std::vector<float>> vector_of(std::string_view word) const;
  std::vector<float> vector_of(std::uint32_t id) const;

  /// The nearest words, best first; of equal scores the lower id. Errors: not_found; bad_input
  /// without a positive word.
  std::vector<WordScore> nearest(const WordQuery& query) const;
  std::vector<WordScore> nearest(std::string_view word, std::size_t k = 10) const;
  /// To a vector of dimensions() values.
  std::vector<WordScore> nearest(std::span<const float> vector, std::size_t k = 10) const;

  /// What is to c as b is to a.
  std::vector<WordScore> analogy(const std::string& a, const std::string& b, const std::string& c,
                                 std::size_t k = 10,
                                 Combination combination = Combination::add) const;
  /// Each word's cosine with the mean of all their unit vectors, the lowest (the one that does not
  /// belong) first. Errors: not_found.
  std::vector<WordScore> odd_one_out(std::span<const std::string> words) const;
  /// The cosine; 0 where a vector is zero. Errors: not_found.
  float similarity(std::string_view a, std::string_view b) const;

  struct Impl;

 private:
  explicit WordVectors(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

/// How word vectors are learned. The defaults are word2vec's.
struct WordTrainingOptions {
  enum class Architecture {
    skip_gram,  ///< each word of a window from the word in its middle
    cbow,       ///< the word in the middle from the mean of its window
  };
  enum class Loss { negative_sampling, hierarchical_softmax };

  Architecture architecture = Architecture::skip_gram;
  Loss loss = Loss::negative_sampling;
  std::size_t dimensions = 100;
  std::size_t window = 5;        ///< words on either side, at most
  bool dynamic_window = true;    ///< each word draws its own from 1 to `window`
  std::size_t negatives = 5;     ///< for each pair
  double noise_exponent = 0.75;  ///< negatives are drawn by count^this
  double subsample = 1e-3;       ///< words of a larger share are thinned out; 0: none
  std::size_t min_count = 5;     ///< rarer words are dropped
  std::size_t epochs = 5;
  double rate = 0.0;  ///< at the start; falls to nothing. 0: 0.025, CBOW 0.05
  /// fastText's n-grams: characters, the marks < and > counted; `max_ngram` 0: none.
  std::size_t min_ngram = 3;
  std::size_t max_ngram = 0;
  std::size_t buckets = 2'000'000;  ///< rows that n-grams share by their hash
  std::size_t phrase_passes = 0;    ///< each may double a phrase's words ("new_york_times": 2)
  double phrase_threshold = 100.0;
  /// The last word of a line is in every window of it: the booked or bought item of a session, as
  /// in Airbnb's listing embeddings (Grbovic and Cheng, 2018). Skip-gram only.
  bool global_context = false;
  std::string words = "spaces";  ///< or "unicode": segmented by ICU, Chinese and Japanese too
  bool lower_case = false;
  int threads = 0;  ///< 0: one a physical core that the process may use
  std::uint64_t seed = 1;
  double checkpoint_minutes = 10.0;
  void validate() const;  ///< Errors: bad_input
};

struct WordTrainingProgress {
  enum class Stage { read, train, write } stage = Stage::read;
  std::uint64_t done = 0;  ///< bytes of the corpus, words of all epochs, or words written
  std::uint64_t total = 0;
  double loss = 0.0;  ///< of the present epoch so far, a pair; 0 where nothing is known
};

struct WordTrainingResult {
  bool finished = true;  ///< false: stopped, and can be gone on with
  std::uint64_t vocabulary = 0;
  std::uint64_t words = 0;        ///< of the corpus, rare ones not counted
  double read_seconds = 0.0;      ///< 0 where a former run had read it
  double train_seconds = 0.0;     ///< of this run
  double words_per_second = 0.0;  ///< of this run, over all epochs
  std::vector<double> losses;     ///< of each epoch, a pair
};

/// Learns word vectors from files of one sentence a line (plain, gzip or Zstandard), or item
/// vectors from lines of item ids, and writes them to `output` in the format of its ending (.bin:
/// fastText's with both matrices; .w2v: word2vec's binary; .vec and .txt: text; none: a
/// StaticEmbedding directory), or in `format`, one of `kindred vectors convert`.
///
/// While it runs, "<output>.training" holds the corpus as numbers (4 bytes a word) and, every
/// `checkpoint_minutes` and when stopped, all that is needed to go on: a later call with the same
/// corpus, output and options does. `progress` is called some ten times a second from the caller's
/// thread while training and from any while reading, and stops the work by returning false.
///
/// The same input gives the same bits on one thread, also when it was stopped between; with several
/// the vectors differ a little from run to run.
///
/// Errors: bad_input for options or a corpus without words; not_found; corrupt; exhausted.
WordTrainingResult train_word_vectors(
    const std::vector<std::string>& corpora, const std::string& output,
    const WordTrainingOptions& options = {}, const std::string& format = {},
    const std::function<bool(const WordTrainingProgress&)>& progress = {});

}  // namespace kindred
