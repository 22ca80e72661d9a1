// Fuzzes chat templates: a template, a byte 1, and a text. An error is the worst that may come of
// them, and a rendering is bounded whatever the template does.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kindred/error.h"
#include "text/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\1'), size);
  const std::string_view text = input.substr(std::min(end + 1, size));
  for (const bool structured : {false, true}) {
    try {
      kindred::text::ChatSource source;
      source.origin = "input";
      source.source = input.substr(0, end);
      source.structured = structured;
      source.variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
      const kindred::text::ChatTemplate chat(source);
      const std::string once = chat.wrap("find: ", text);
      if (!chat.reads_clock() && chat.wrap("find: ", text) != once) std::abort();
    } catch (const kindred::Error&) {
    }
  }
  return 0;
}
