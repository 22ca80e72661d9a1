// Any bytes as a fastText model: an Error, or a model that answers and predicts.
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "kindred/error.h"
#include "kindred/machine.h"
#include "static_vectors/byte_input.h"
#include "static_vectors/classifier.h"
#include "static_vectors/fasttext_reader.h"

using namespace kindred::static_vectors;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (kindred::set_warning_handler([](std::string_view) {}), true);
  static_cast<void>(quiet);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!begins_fasttext(bytes)) return 0;
  ReadOptions options;
  options.limit = data[0] % 4;
  if (data[0] & 4) options.output = (data[0] & 8) != 0;
  try {
    ByteInput input(bytes, "input");
    const auto model = std::make_shared<const StaticModel>(read_fasttext(input, options));
    std::vector<float> vector(model->dimensions());
    model->vector_of("unknown \xE8\x8B\xB9\xFF", vector.data());
    for (std::uint32_t id = 0; id < model->size(); ++id) model->vector_of(id, vector.data());
    if (model->labels.empty()) return 0;
    const TextClassifier classifier(model);
    classifier.predict("a text with some words", 0);
    classifier.predict("a text with some words", 2, 0.1F);
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
