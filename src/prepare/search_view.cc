#include "prepare/search_view.h"

#include "prepare/varint.h"

namespace kindred::prepare {

namespace {
enum Bits : std::uint8_t { kClicked = 1, kLong = 2, kInCart = 4, kOrdered = 8 };
}

void encode(const SearchView& view, std::string& bytes) {
  put_text(bytes, view.query);
  put_text(bytes, view.language);
  put_fixed(bytes, view.time);
  put_fixed(bytes, view.session_start);
  put_fixed(bytes, view.user);
  put_number(bytes, view.items.size());
  for (const ViewedItem& item : view.items) {
    bytes += static_cast<char>((item.clicked ? kClicked : 0) | (item.long_click ? kLong : 0) |
                               (item.in_cart ? kInCart : 0) | (item.ordered ? kOrdered : 0));
    put_number(bytes, item.position);
    put_text(bytes, item.id);
  }
}

void decode(std::string_view bytes, SearchView& view) {
  VarintReader reader(bytes);
  view.query = reader.text();
  view.language = reader.text();
  view.time = reader.fixed<Microseconds>();
  view.session_start = reader.fixed<Microseconds>();
  view.user = reader.fixed<std::uint64_t>();
  const std::uint64_t items = reader.number();
  if (items > reader.left()) fail(ErrorKind::corrupt, "a temporary file is damaged; start anew");
  view.items.resize(items);
  for (ViewedItem& item : view.items) {
    const auto bits = reader.fixed<std::uint8_t>();
    item.clicked = (bits & kClicked) != 0;
    item.long_click = (bits & kLong) != 0;
    item.in_cart = (bits & kInCart) != 0;
    item.ordered = (bits & kOrdered) != 0;
    item.position = static_cast<std::uint32_t>(reader.number());
    item.id = reader.text();
  }
}

}  // namespace kindred::prepare
