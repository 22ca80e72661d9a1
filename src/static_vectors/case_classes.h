// Words of a vocabulary that questions may name, whatever their case. Tested by analogies_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "static_vectors/vocabulary.h"

namespace kindred::static_vectors {

/// Words that differ by case alone are one class, and its first word stands for it: gensim's
/// `case_insensitive`, which compares words in upper case.
///
/// Threads: immutable; const methods may run concurrently.
class CaseClasses {
 public:
  /// Of the first `limit` words (0: all). Without `fold`, each word is a class of its own.
  CaseClasses(const Vocabulary& vocabulary, std::size_t limit, bool fold);

  /// The first word of the class that `word` is in.
  std::optional<std::uint32_t> find(std::string_view word) const;
  /// The same of a word by its id, which is one of the first `size()`.
  std::uint32_t representative(std::uint32_t id) const {
    return fold_ ? representatives_[class_of_[id]] : id;
  }
  /// Words that are looked at.
  std::size_t size() const noexcept { return size_; }

 private:
  const Vocabulary& vocabulary_;
  std::size_t size_;
  bool fold_;
  Vocabulary upper_;                            // in upper case; ids are classes
  std::vector<std::uint32_t> class_of_;         // by word
  std::vector<std::uint32_t> representatives_;  // by class
};

}  // namespace kindred::static_vectors
