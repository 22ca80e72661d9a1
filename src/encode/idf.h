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

/// Counts in how many documents each token occurs.
///
/// The weight is the smoothed inverse document frequency ln((1 + N) / (1 + n)) + 1 of N documents
/// of which n hold the token (the form of scikit-learn's TfidfTransformer, after Spärck Jones
/// 1972): a token of every document weighs 1, one never seen weighs most. Special tokens weigh 0.
///
/// Threads: one at a time.
class IdfCounter {
 public:
  explicit IdfCounter(const Tokenizer& tokenizer);

  /// Counts texts, each a document, tokenised without template tokens by the threads of `pool`.
  void add(std::span<const std::string_view> texts, ThreadPool& pool);
  std::uint64_t documents() const noexcept { return documents_; }
  /// One weight a token id.
  std::vector<float> weights() const;
  /// Writes "token<TAB>weight" lines for the whole vocabulary, atomically. A token that holds a
  /// line end is left out.
  void save(const std::string& path) const;

 private:
  const Tokenizer& tokenizer_;
  std::uint64_t documents_ = 0;
  std::vector<std::uint64_t> counts_;     // by id
  std::vector<std::uint64_t> last_seen_;  // by id: 1 + the document that counted it last
};

/// Reads a file of "token<TAB>weight" lines (the last tab divides them) to one weight a token id.
/// Tokens that the file does not list weigh 1, special ones 0. Errors: not_found; bad_input, with
/// the line, for a token that the tokenizer does not have or a weight that is not a number of 0 or
/// more.
std::vector<float> load_token_weights(const std::string& path, const Tokenizer& tokenizer);

}  // namespace kindred::encode
