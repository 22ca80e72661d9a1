// Any bytes as a text file of word vectors: an Error, or words that write and read back the same.
#include <cstdlib>
#include <string_view>

#include "kindred/error.h"
#include "kindred/machine.h"
#include "static_vectors/byte_input.h"
#include "static_vectors/word2vec_reader.h"

using namespace kindred::static_vectors;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (kindred::set_warning_handler([](std::string_view) {}), true);
  static_cast<void>(quiet);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ReadOptions options;
  options.limit = data[0] % 8;
  try {
    ByteInput input(bytes, "input");
    const StaticModel model = read_word2vec(input, options);
    if (model.input->rows() != model.size() || model.vocabulary.empty()) std::abort();
    if (options.limit != 0 && model.size() > options.limit) std::abort();
    // Another division of the work gives the same.
    ByteInput again(bytes, "input");
    options.threads = 2;
    if (read_word2vec(again, options).size() != model.size()) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
