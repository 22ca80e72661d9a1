// Any bytes as a pickle: an Error, or values that refer to one another only.
#include <cstdlib>
#include <string>

#include "io/pickle.h"
#include "kindred/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kindred::io::Pickle;
  using kindred::io::PickleValue;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const Pickle pickle = Pickle::read(bytes, "file", [](std::string_view global) {
      if (global.find('.') == std::string_view::npos) std::abort();
      return global.starts_with("torch.") || global.starts_with("collections.");
    });
    const std::size_t count = pickle.values().size();
    if (pickle.size() > size || count > size || &pickle.root() < pickle.values().data()) {
      std::abort();
    }
    volatile char last = 0;
    for (const PickleValue& value : pickle.values()) {
      if (value.callable >= count || value.arguments >= count) std::abort();
      for (const auto item : value.items) {
        if (item >= count) std::abort();
      }
      if (!value.text.empty()) last = value.text.back();
    }
    static_cast<void>(last);
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
