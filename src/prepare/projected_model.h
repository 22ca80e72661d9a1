// A model with a linear map behind it: whitened, shortened or centred vectors without training.
// Tested by projected_model_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "encode/text_chunks.h"
#include "estimators/moments.h"
#include "estimators/projection.h"
#include "kindred/encoder.h"

namespace kindred::prepare {

/// Mean and covariance of the texts' vectors, all dimensions of them, in bounded memory. `progress`
/// is given the texts done. Errors: as Encoder::encode.
estimators::Moments moments_of_texts(const Encoder& encoder, const encode::TextSource& source,
                                     const EncodeOptions& options, ThreadPool& pool,
                                     const std::function<void(std::uint64_t texts)>& progress);

/// The same of vectors in a file, made by `model`, all dimensions of them. Errors:
/// bad_input where their dimension is not the model's.
estimators::Moments moments_of_vectors(const std::string& model, const std::string& path,
                                       ThreadPool& pool,
                                       const std::function<void(std::uint64_t rows)>& progress);

/// Dimensions of the model's vectors before a `truncate_dim` of its settings.
std::size_t full_dimensions(const std::string& model);

/// Writes the model of `path` with `projection` behind its modules: a Dense module without an
/// activation, whose bias is -W µ, and a Normalize module, both in modules.json, which
/// sentence-transformers loads. `truncate_dim` of its settings is left out: the map has the say.
/// A Hugging Face directory gets a modules.json, a model2vec directory becomes a StaticEmbedding.
/// `output` is new and appears whole or not at all. Errors: bad_input; unsupported for GGUF, and
/// for a directory without modules.json whose texts a chat template wraps.
void write_projected(const std::string& path, const estimators::Projection& projection,
                     const std::string& output);

}  // namespace kindred::prepare
