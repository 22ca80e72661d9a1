// Any bytes behind a header as word2vec's binary format: an Error, or vectors whose bytes the input
// holds.
#include <cstdlib>
#include <string>

#include "kindred/error.h"
#include "kindred/machine.h"
#include "static_vectors/byte_input.h"
#include "static_vectors/word2vec_reader.h"

using namespace kindred::static_vectors;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (kindred::set_warning_handler([](std::string_view) {}), true);
  static_cast<void>(quiet);
  if (size < 3) return 0;
  std::string bytes = std::to_string(data[0]) + " " + std::to_string(data[1] % 20) + "\n";
  bytes.append(reinterpret_cast<const char*>(data) + 2, size - 2);
  try {
    ByteInput input(bytes, "input");
    const StaticModel model = read_word2vec(input, {});
    if (model.input->rows() != model.size()) std::abort();
    if (model.format == "word2vec binary" && model.input->bytes() > bytes.size()) std::abort();
    float sum = 0.0F;
    for (std::size_t row = 0; row < model.size(); ++row) sum += *(model.input->floats() + row);
    static_cast<void>(sum);
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
