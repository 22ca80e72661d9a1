// The flags that commands on word vectors share.
#pragma once

#include <string>

#include "cli/command.h"
#include "kindred/static_vectors.h"

namespace kindred::cli {

struct VectorFlags {
  std::string path;
  WordVectorOptions options;

  /// The argument FILE, first of the command's.
  void add_argument(Command& command);
  /// --limit and --threads.
  void add_flags(Command& command);
  WordVectors open() const;
};

/// Of arguments and flags that name word vectors.
inline constexpr const char* kVectorsHelp =
    "word vectors: word2vec binary or text, GloVe, fastText .bin, .ftz or .vec, or a directory "
    "with a StaticEmbedding or model2vec model";

}  // namespace kindred::cli
