// Any bytes as what a stopped training of word vectors left, under right checksums: an Error, or a
// corpus whose tokens are words of its vocabulary.
#include <cstdlib>
#include <cstring>
#include <string>

#include "io/crc32c.h"
#include "io/temp_directory.h"
#include "kindred/error.h"
#include "static_vectors/encoded_corpus.h"
#include "static_vectors/training_state.h"
#include "static_vectors/window.h"

using namespace kindred;
using namespace kindred::static_vectors;

namespace {

std::uint32_t crc_of(const std::string& bytes) {
  return io::crc32c(std::as_bytes(std::span(bytes)));
}

void open_corpus(const io::TempDirectory& directory, const std::string& bytes) {
  const std::string tokens = bytes.substr(0, bytes.size() / 2);
  const std::string words = bytes.substr(bytes.size() / 2);
  const std::uint32_t crc = crc_of(words);
  directory.write("tokens", tokens);
  directory.write("words",
                  "KNDCORP1" + std::string(reinterpret_cast<const char*>(&crc), 4) + words);
  const EncodedCorpus corpus = EncodedCorpus::open(directory.path());
  for (const auto& chunk : corpus.chunks())
    for (const std::uint32_t token : chunk.tokens)
      if (token != kSentenceEnd && token >= corpus.vocabulary().size()) std::abort();
}

void load_state(const io::TempDirectory& directory, const std::string& bytes) {
  const std::string key(64, 'k');
  std::string file = "KNDTRST1" + key + bytes;
  const std::uint32_t crc = crc_of(file);
  file.append(reinterpret_cast<const char*>(&crc), 4);
  directory.write("state", file);
  Parameters input(2, 3), output(1, 3);
  TrainingState state;
  state.epochs.resize(2);
  (void)load_training(directory.file("state"), key, state, input, output);
  if (state.epochs.size() != 2) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const io::TempDirectory directory;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    data[0] % 2 == 0 ? open_corpus(directory, bytes) : load_state(directory, bytes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
