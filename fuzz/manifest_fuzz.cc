// Any bytes as the manifest of a collection: an Error, or one that reads the same when written.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "index/manifest.h"
#include "kindred/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto manifest = kindred::index::decode_manifest(bytes, "input");
    // Of an older version other bytes are written, which say the same.
    const std::string written = kindred::index::encode_manifest(manifest);
    if (!(kindred::index::decode_manifest(written, "written") == manifest)) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
