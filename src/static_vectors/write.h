// Word vectors to the files of other programs. Tested by write_test.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "static_vectors/static_model.h"
#include "static_vectors/vector_format.h"

namespace kindred::static_vectors {

/// What is done with a word that a format cannot hold: one with a blank, a line end or nothing in
/// it in word2vec's and GloVe's files, one with a zero byte in fastText's, one that is not UTF-8 in
/// a directory's JSON.
enum class Unwritable {
  refuse,
  replace,  ///< its blanks by "_", its bytes that are not UTF-8 by U+FFFD; left out where that is
            ///< another word already
  leave_out,
};

struct WriteOptions {
  Unwritable unwritable = Unwritable::refuse;
  /// Called with the words written so far; may throw.
  std::function<void(std::size_t words)> progress = {};
};

/// Writes the model, whole or not at all. The formats but fastText's hold a vector a word: n-grams
/// are summed into it, and what the model knows of other words is lost. A directory is new.
///
/// fastText's holds all that the model has. What it lacks is filled in: counts that fall by one a
/// word where none are known (gensim does the same), and an output matrix without rows where there
/// is none: fastText and gensim load it, but training cannot go on from it.
///
/// Errors: bad_input for a word that cannot be written, the first by name, and how many there are;
/// unsupported for what a format does not have; as io::AtomicFile and io::PartialDirectory.
void write_static_model(const StaticModel& model, const std::string& path, VectorFormat format,
                        const WriteOptions& options = {});

}  // namespace kindred::static_vectors
