// Word vectors from the files of other programs. Tested by golden_test.cc and word2vec_reader_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

struct ReadOptions {
  /// The first so many words of the file (the most frequent ones, in most); 0: all.
  std::size_t limit = 0;
  /// Whether the output matrix is read where the file has one. Unset: of supervised models, which
  /// are nothing without it.
  std::optional<bool> output;
  int threads = 1;  ///< that parse text
};

/// Reads word vectors of any format that Kindred knows, told by what the file holds:
///
/// - word2vec's binary and text format, GloVe's text, fastText's `.vec`, as they are or compressed
///   by gzip or Zstandard;
/// - fastText's `.bin` and `.ftz`: versions 11 and 12 and the files from before it had versions;
/// - a directory with a StaticEmbedding of sentence-transformers or a model2vec model.
///
/// Words keep their bytes, whether these are UTF-8 or not. Of a word that comes twice the first
/// vector is kept, as gensim does (of fastText's own files the last, as fastText does), with a
/// warning. Memory: the vectors and a few MiB.
///
/// Errors: not_found; bad_input for a file of another kind; corrupt for one that ends early or
/// contradicts itself, saying how many whole words it has; unsupported.
StaticModel read_static_model(const std::string& path, const ReadOptions& options = {});

/// The same of a file's bytes; `name` stands for the path in messages.
StaticModel read_static_model(std::string_view bytes, const std::string& name,
                              const ReadOptions& options);

}  // namespace kindred::static_vectors
