// How a tokenizer's vocabulary serves languages. Tested by vocabulary_report_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "encode/text_chunks.h"
#include "kindred/tokenizer.h"

namespace kindred::prepare {

/// Texts of one language, or of whatever is to be told apart.
struct LabelledTexts {
  std::string label;
  encode::TextSource source;
};

struct LanguagePieces {
  std::string label;
  std::uint64_t texts = 0;
  std::uint64_t words = 0;  ///< of UAX #29, with ICU's dictionaries (Chinese, Japanese, Thai …)
  std::uint64_t characters = 0;  ///< code points that are no white space
  std::uint64_t pieces = 0;
  std::uint64_t unknown = 0;   ///< of them, the unknown token
  std::uint64_t distinct = 0;  ///< pieces that occur
  std::uint64_t rare = 0;      ///< of them, those that occur once
  std::uint64_t for_99 = 0;    ///< the fewest pieces that make up 99% of all that occur

  double pieces_a_word() const { return ratio(pieces, words); }  ///< fertility
  double characters_a_piece() const { return ratio(characters, pieces); }
  double unknown_rate() const { return ratio(unknown, pieces); }

  static double ratio(std::uint64_t a, std::uint64_t b) {
    return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
  }
};

/// Of two languages, by their places in the report.
struct SharedPieces {
  std::size_t a = 0, b = 0;
  std::uint64_t shared = 0;  ///< pieces that both use
  double share_of_a = 0.0;   ///< of a's occurrences, those of shared pieces
  double share_of_b = 0.0;
};

struct VocabularyReport {
  std::size_t tokens = 0;  ///< of the tokenizer
  std::uint64_t used = 0;  ///< by any text
  std::vector<LanguagePieces> languages;
  std::vector<SharedPieces> shared;  ///< every pair
};

/// Texts without template tokens, never cut. The texts of one label may come from several files.
/// `progress` is given the texts done.
VocabularyReport report_vocabulary(const Tokenizer& tokenizer,
                                   const std::vector<LabelledTexts>& texts, ThreadPool& pool,
                                   const std::function<void(std::uint64_t texts)>& progress = {});

}  // namespace kindred::prepare
