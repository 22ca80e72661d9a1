// Any bytes as a click log: lines within bounds, rejects with a reason, or an Error that is not
// ours to make.
#include <cstdlib>
#include <string>
#include <string_view>

#include "kindred/error.h"
#include "prepare/click_log_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kindred;
  if (size == 0) return 0;
  constexpr io::TableFormat kFormats[] = {io::TableFormat::jsonl, io::TableFormat::csv,
                                          io::TableFormat::tsv};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  prepare::ClickLogOptions options;
  options.format = kFormats[data[0] % 3];
  try {
    auto reader = prepare::ClickLogReader::from_memory(text, "fuzz", options);
    std::string bytes;
    for (prepare::ReadLog read; reader.next(read);) {
      if (read.reject) {
        if (read.reject->reason.empty()) std::abort();
        continue;
      }
      bytes.clear();
      prepare::encode(read.line, bytes);
      prepare::LogLine again;
      again.time = read.line.time;
      again.user = read.line.user;
      again.sequence = read.line.sequence;
      prepare::decode(bytes, again);
      if (!(again == read.line)) std::abort();
    }
    prepare::LogLine line;
    prepare::decode(text, line);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
