#include "static_vectors/write.h"

#include "static_vectors/writers.h"

namespace kindred::static_vectors {

void write_static_model(const StaticModel& model, const std::string& path, VectorFormat format,
                        const WriteOptions& options) {
  switch (format) {
    case VectorFormat::fasttext:
      return write_fasttext(model, path, options);
    case VectorFormat::static_embedding:
    case VectorFormat::model2vec:
      return write_vector_directory(model, path, format, options);
    default:
      return write_vector_file(model, path, format, options);
  }
}

}  // namespace kindred::static_vectors
