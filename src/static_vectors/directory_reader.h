// A StaticEmbedding of sentence-transformers or a model2vec model as words with vectors. Tested by
// directory_reader_test.cc.
#pragma once

#include <string>

#include "static_vectors/read.h"
#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

/// The words are the tokens of its tokenizer, spelled as its vocabulary spells them, in the order
/// of their ids; rows that no token has are left out. Errors: as read_static_model; bad_input for a
/// model of another kind.
StaticModel read_static_directory(const std::string& path, const ReadOptions& options);

}  // namespace kindred::static_vectors
