// Any bytes as the payload of a stored item (a length, u16, and so many bytes) and as the record of
// a write that was cut off (the rest, its checksum made right): an Error, or items that are read.
#include <cstdlib>
#include <cstring>
#include <string>

#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file_system.h"
#include "io/temp_directory.h"
#include "kindred/error.h"
#include "search/embedded_backend.h"

namespace {

using namespace kindred;

index::UseOptions options() {
  index::UseOptions use;
  use.background = false;
  use.threads = 1;
  return use;
}

// One item, "a", with the payload.
void make(const std::string& directory, std::string_view payload) {
  search::EmbeddedOptions made;
  made.vectors.dimension = 1;
  const auto backend = search::EmbeddedBackend::create(directory, made, options());
  const float vector = 1.0F;
  const index::NewRow row{std::nullopt, "a", payload, {}, &vector};
  backend->vectors().insert(std::span(&row, 1));
}

void read(const std::string& directory) {
  const auto backend = search::EmbeddedBackend::open(directory, options());
  const auto key = backend->find_id("a");
  if (!key) std::abort();
  backend->find_words({.text = "a"});
  if (backend->fetch(std::span(&*key, 1), /*vectors=*/true).size() != 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint16_t length = 0;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + sizeof length,
                               size - sizeof length);
  const std::string_view payload = bytes.substr(0, length);
  io::ByteWriter crc;
  crc.number(io::crc32c(io::as_bytes(bytes.substr(payload.size()))));
  static const io::TempDirectory temp;
  const std::string directory = temp.file("items");
  io::remove_tree(io::system_files(), directory);
  make(directory, payload);
  temp.write("items/UNFINISHED", std::string(bytes.substr(payload.size())) + crc.take());
  try {
    read(directory);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) std::abort();
  }
  return 0;
}
