// Which words a file gets, and as what. Tested by write_test.cc.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "static_vectors/vector_format.h"
#include "static_vectors/vocabulary.h"
#include "static_vectors/write.h"

namespace kindred::static_vectors {

struct WordToWrite {
  std::uint32_t id = 0;
  std::string_view text;  ///< of the vocabulary, or of `replacements`
};

/// Those of `vocabulary` in its order. `replacements` keeps the texts that are not the
/// vocabulary's. Warns of words left out. Errors: bad_input where `unwritable` says refuse.
std::vector<WordToWrite> words_to_write(const Vocabulary& vocabulary, VectorFormat format,
                                        Unwritable unwritable, const std::string& path,
                                        std::deque<std::string>& replacements);

}  // namespace kindred::static_vectors
