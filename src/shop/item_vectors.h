// Vectors of items that were learned from sequences of them, from a file of word vectors whose
// words are the ids. Tested by item_vectors_test.cc.
#pragma once

#include <memory>
#include <string>

#include "search/history.h"

namespace kindred::shop {

/// Reads what `kindred vectors train` writes, or any file of word vectors
/// (static_vectors/read.h). Where it has an output vector of each item (fastText's `.bin`, trained
/// by negative sampling), an item's score is its product with the history's vector, as in training:
/// how likely the item is near those. Else it is the cosine of input vectors, which says what is
/// used alike rather than what comes next. threads: that read and that search; 0: one a core.
/// Errors: those of read_static_model; bad_input for a supervised model or one without items.
std::shared_ptr<const search::ItemVectors> open_item_vectors(const std::string& path, int threads);

}  // namespace kindred::shop
