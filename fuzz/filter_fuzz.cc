// Any text as a filter expression (and, behind '{', as JSON): an Error, or a filter whose text
// reads back as a filter that finds the same rows.
#include <cstdlib>
#include <string_view>

#include "index/filter.h"
#include "index/mutable_fields.h"
#include "kindred/error.h"

namespace {

using namespace kindred::index;

const MutableFields& products() {
  static const MutableFields fields = [] {
    MutableFields made;
    for (int i = 0; i < 70; ++i) {
      made.append(
          {{{"a", std::to_string(i % 3)}, {"b", i % 2 == 0 ? "x > y" : "x"}}, {{"n", i / 4.0}}});
    }
    return made;
  }();
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool json = text.starts_with('{');
  try {
    const Filter filter = json ? parse_filter_json(text) : parse_filter(text);
    if (json && size > kMaxFilterBytes / 8) return 0;  // its text may be too long
    const Filter again = parse_filter(to_string(filter));
    if (!json && again != filter) std::abort();
    if (evaluate(again, products()) != evaluate(filter, products())) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() != kindred::ErrorKind::bad_input) std::abort();
  }
  return 0;
}
