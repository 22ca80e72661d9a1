#include "static_vectors/read.h"

#include "base/error.h"
#include "io/file.h"
#include "static_vectors/byte_input.h"
#include "static_vectors/directory_reader.h"
#include "static_vectors/fasttext_reader.h"
#include "static_vectors/word2vec_reader.h"

namespace kindred::static_vectors {
namespace {

StaticModel read_from(ByteInput& input, const ReadOptions& options) {
  constexpr std::size_t kHead = 4096;
  const std::string_view head = input.peek(kHead).substr(0, kHead);
  if (head.empty())
    fail(ErrorKind::bad_input, "{} is empty; a file of word vectors is wanted", input.name());
  if (begins_fasttext(head)) return read_fasttext(input, options);
  return read_word2vec(input, options);
}

}  // namespace

StaticModel read_static_model(const std::string& path, const ReadOptions& options) {
  if (io::is_directory(path)) return read_static_directory(path, options);
  ByteInput input(path);
  return read_from(input, options);
}

StaticModel read_static_model(std::string_view bytes, const std::string& name,
                              const ReadOptions& options) {
  ByteInput input(bytes, name);
  return read_from(input, options);
}

}  // namespace kindred::static_vectors
