// Token weights: how rare a token is in a corpus, for pooling "idf". Tested by idf_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "kindred/tokenizer.h"

namespace kindred::encode {

enum class TokenWeighting {
  idf,  ///< by the documents that hold a token
  sif,  ///< by its occurrences
};

/// Counts in how many documents each token occurs, and how often.
///
/// The weight idf is the smoothed inverse document frequency ln((1 + N) / (1 + n)) + 1 of N
/// documents of which n hold the token (the form of scikit-learn's TfidfTransformer, after Spärck
/// Jones 1972): a token of every document weighs 1, one never seen weighs most. The weight sif is a
/// / (a + p), a = 1e-3, p the token's share of all tokens (smooth inverse frequency; Arora, Liang
/// and Ma, 2017). Special tokens weigh 0.
///
/// Threads: one at a time.
class IdfCounter {
 public:
  explicit IdfCounter(const Tokenizer& tokenizer);

  /// Counts texts, each a document, tokenised without template tokens by the threads of `pool`.
  void add(std::span<const std::string_view> texts, ThreadPool& pool);
  std::uint64_t documents() const noexcept { return documents_; }
  /// One weight a token id.
  std::vector<float> weights(TokenWeighting weighting = TokenWeighting::idf) const;
  /// Writes "token<TAB>weight" lines for the whole vocabulary, atomically. A token that holds a
  /// line end is left out.
  void save(const std::string& path, TokenWeighting weighting = TokenWeighting::idf) const;

 private:
  const Tokenizer& tokenizer_;
  std::uint64_t documents_ = 0;
  std::uint64_t tokens_ = 0;
  std::vector<std::uint64_t> counts_;     // by id: documents
  std::vector<std::uint64_t> seen_;       // by id: occurrences
  std::vector<std::uint64_t> last_seen_;  // by id: 1 + the document that counted it last
};

/// Reads a file of "token<TAB>weight" lines (the last tab divides them) to one weight a token id.
/// Tokens that the file does not list weigh 1, special ones 0. Errors: not_found; bad_input, with
/// the line, for a token that the tokenizer does not have or a weight that is not a number of 0 or
/// more.
std::vector<float> load_token_weights(const std::string& path, const Tokenizer& tokenizer);

}  // namespace kindred::encode
