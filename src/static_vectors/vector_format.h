// The file formats of word vectors, by name and by ending. Tested by vector_format_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kindred::static_vectors {

enum class VectorFormat {
  word2vec_binary,
  word2vec_text,     ///< with a header: fastText's `.vec` too
  glove_text,        ///< without one
  fasttext,          ///< fastText's model, `.bin` or `.ftz`
  static_embedding,  ///< a directory of sentence-transformers
  model2vec,         ///< a directory of model2vec, int8 with a scale a row
};

/// "word2vec", "text", "glove", "fasttext", "static-embedding", "model2vec".
std::string_view to_string(VectorFormat format) noexcept;
/// All names, for help.
std::vector<std::string> vector_format_names();
/// Errors: bad_input, listing the names.
VectorFormat parse_vector_format(std::string_view name);

/// By the ending of `path`: `.ftz` is fastText's; `.bin` is fastText's where `has_model`, which
/// says that there are n-grams or labels to keep, else word2vec's binary format, as `.w2v` is;
/// `.vec` is word2vec's text, and `.txt` too unless "glove" is in the name; without an ending it is
/// a StaticEmbedding directory. Errors: bad_input for any other.
VectorFormat format_of_path(std::string_view path, bool has_model);

}  // namespace kindred::static_vectors
