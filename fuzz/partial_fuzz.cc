// Any bytes as the state and the rows of an interrupted run (the first two bytes say where the rows
// begin): an Error, or rows that lie in the file, and a file that can be finished.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "io/file.h"
#include "io/partial_file.h"
#include "io/temp_directory.h"
#include "kindred/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kindred;
  if (size < 2) return 0;
  static const io::TempDirectory directory;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = std::min<std::size_t>(data[0] | data[1] << 8, bytes.size());
  const std::string_view rows = bytes.substr(cut);
  directory.write("f.partial.key", bytes.substr(0, cut));
  directory.write("f.partial", rows);
  try {
    io::PartialFile file(directory.file("f"), "key");
    const std::uint64_t there = file.resume(4);
    if (there > 0 && there + 4 > rows.size()) std::abort();
    if (there == 0) file.write_header("head");
    file.append("row.");
    file.commit("head");
    const std::string whole = io::read_text_file(directory.file("f"));
    if (whole.size() != 4 + there + 4) std::abort();
    if (there > 0 && whole.substr(4, there) != rows.substr(4, there)) std::abort();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
