// Any bytes as a log of writes: an Error, or records that lie in the file, in sequence; and any
// record's payload as changes.
#include <cstdint>
#include <cstdlib>

#include "index/mutation.h"
#include "index/write_ahead_log.h"
#include "kindred/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto changes = [](std::string_view payload) {
    try {
      kindred::index::decode_mutations(payload, 3, "input", [](const kindred::index::Mutation& m) {
        if (m.key > kindred::index::kMaxKey) std::abort();
      });
    } catch (const kindred::Error& error) {
      if (error.kind() == kindred::ErrorKind::internal) std::abort();
    }
  };
  changes(bytes);  // checksums would keep a fuzzer out
  try {
    std::uint64_t next = 0;
    const auto log = kindred::index::read_log(
        bytes, "input", [&](std::uint64_t sequence, std::string_view payload) {
          if (next != 0 && sequence != next) std::abort();
          next = sequence + 1;
          changes(payload);
        });
    if (log.end > size) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
