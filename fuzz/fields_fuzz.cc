// Any bytes as a file of fields: an Error, or a table whose answers are in bounds. Checksums are
// made right first, so that the checks behind them are reached.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "index/field_format.h"
#include "index/field_table.h"
#include "io/crc32c.h"
#include "kindred/error.h"
#include "memory_file.h"

namespace {

using namespace kindred::index;

template <typename T>
T load(const std::vector<std::byte>& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

// What lies where the header and the directory say, as far as that is inside the file.
void mend(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(FieldHeader)) return;
  auto header = load<FieldHeader>(bytes, 0);
  header.directory_bytes = bytes.size() - header.directory_offset;
  if (header.directory_offset <= bytes.size()) {
    const std::size_t terms = header.directory_offset + header.fields * sizeof(FieldRecord);
    for (std::size_t t = 0; t < header.terms; ++t) {
      const std::size_t at = terms + t * sizeof(TermRecord);
      if (at > bytes.size() || bytes.size() - at < sizeof(TermRecord)) break;
      auto term = load<TermRecord>(bytes, at);
      if (term.posting_offset > bytes.size() ||
          term.posting_bytes > bytes.size() - term.posting_offset) {
        continue;
      }
      term.posting_crc =
          kindred::io::crc32c(std::span(bytes).subspan(term.posting_offset, term.posting_bytes));
      std::memcpy(bytes.data() + at, &term, sizeof(term));
    }
    header.directory_crc = kindred::io::crc32c(std::span(bytes).subspan(header.directory_offset));
  }
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.header_crc =
      kindred::io::crc32c(std::span(bytes).first(offsetof(FieldHeader, header_crc)));
  std::memcpy(bytes.data(), &header, sizeof(header));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  mend(bytes);
  const MemoryFile file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    const auto table = FieldTable::open(file.path());
    if (table->rows() > 1 << 20) return 0;  // sets of rows would be all that is tested
    const RowSet all(table->rows(), true);
    for (const std::string& name : table->names()) {
      try {
        RowSet found(table->rows());
        table->select_tag(name, "x", found);
        table->select_numbers(name, {.low = 0, .high = 100}, found);
        FacetCounts counts;
        table->count_values(name, all, counts);
        NumberSummary summary;
        table->summarize(name, all, summary);
      } catch (const kindred::Error& error) {
        if (error.kind() != kindred::ErrorKind::corrupt) std::abort();
      }
    }
    table->verify();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
