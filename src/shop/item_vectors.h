// Vectors of items that were learned from sequences of them, from a file of word vectors whose
// words are the ids. Tested by item_vectors_test.cc.
#pragma once

#include <memory>
#include <string>

#include "search/history.h"

namespace kindred::shop {

/// Reads what `kindred vectors train --items` writes, or any file of word vectors
/// (static_vectors/read.h). Items are compared by the cosine of their input vectors. threads: that
/// read, and that each call of `nearest` uses.
/// Errors: those of read_static_model; bad_input for a supervised model or one without items.
std::shared_ptr<const search::ItemVectors> open_item_vectors(const std::string& path, int threads);

}  // namespace kindred::shop
