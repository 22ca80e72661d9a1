// Words with one vector each: Word2Vec, GloVe, fastText and their kin.
#pragma once

#include <cstddef>
#include <cstdint>
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

}  // namespace kindred
