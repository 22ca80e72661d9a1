// Fuzzes the reading of config.json, modules.json and the modules' settings. The first byte
// chooses.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/architecture.h"
#include "model/layer_selection.h"
#include "model/modules.h"

namespace {

void read(std::uint8_t kind, std::string_view text) {
  using namespace kindred::model;
  const std::string origin = "input";
  switch (kind % 8) {
    case 0:
      (void)read_architecture(Config::parse(text, origin));
      return;
    case 1:
      (void)read_modules(text, origin);
      return;
    case 2:
      (void)read_pooling(Config::parse(text, origin));
      return;
    case 3:
      (void)read_dense(Config::parse(text, origin));
      return;
    case 4: {
      const Config config = Config::parse(text, origin);
      (void)resolve_max_length(read_transformer_settings(config), config, 512);
      return;
    }
    case 5:
      (void)read_model_settings(Config::parse(text, origin));
      return;
    case 6:
      (void)to_string(parse_layers(text, 12));
      (void)parse_bidirectional(text, 12);
      return;
    default:
      (void)parse_pooling(std::string(text));
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    read(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  } catch (const kindred::Error& error) {
    // The only exception that may come out; a bug of ours is one all the same.
    if (error.kind() == kindred::ErrorKind::internal) __builtin_trap();
  }
  return 0;
}
