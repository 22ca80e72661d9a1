// The writers behind write_static_model, one a kind of file.
#pragma once

#include <cstddef>
#include <string>

#include "static_vectors/static_model.h"
#include "static_vectors/write.h"

namespace kindred::static_vectors {

inline constexpr std::size_t kProgressWords = 4096;  ///< between two calls of `progress`

void write_vector_file(const StaticModel& model, const std::string& path, VectorFormat format,
                       const WriteOptions& options);
void write_fasttext(const StaticModel& model, const std::string& path, const WriteOptions& options);
void write_vector_directory(const StaticModel& model, const std::string& path, VectorFormat format,
                            const WriteOptions& options);

}  // namespace kindred::static_vectors
