#include "prepare/click_log.h"

#include <array>

#include "prepare/varint.h"

namespace kindred::prepare {
namespace {

constexpr std::array<std::string_view, kLogTypes> kNames = {
    "list", "search", "impression", "click", "view", "cart", "order", "other"};

enum ItemBits : std::uint8_t { kClicked = 1, kInCart = 2, kOrdered = 4, kHasDwell = 8 };

}  // namespace

std::string_view to_string(LogType type) noexcept {
  return kNames[static_cast<std::size_t>(type)];
}

void encode(const LogLine& line, std::string& bytes) {
  bytes += static_cast<char>(line.type);
  bytes += static_cast<char>((line.bot ? 1 : 0) | (line.counted ? 2 : 0));
  put_fixed(bytes, line.session);
  put_fixed(bytes, line.search);
  put_text(bytes, line.query);
  put_text(bytes, line.language);
  put_number(bytes, line.items.size());
  for (const LogItem& item : line.items) {
    const bool dwell = item.dwell >= 0.0F;
    bytes += static_cast<char>((item.clicked ? kClicked : 0) | (item.in_cart ? kInCart : 0) |
                               (item.ordered ? kOrdered : 0) | (dwell ? kHasDwell : 0));
    put_text(bytes, item.id);
    put_number(bytes, static_cast<std::uint64_t>(item.position + 1));
    if (dwell) put_fixed(bytes, item.dwell);
  }
}

void decode(std::string_view bytes, LogLine& line) {
  VarintReader reader(bytes);
  line.type = static_cast<LogType>(reader.fixed<std::uint8_t>());
  const auto bits_of_line = reader.fixed<std::uint8_t>();
  line.bot = (bits_of_line & 1) != 0;
  line.counted = (bits_of_line & 2) != 0;
  line.session = reader.fixed<std::uint64_t>();
  line.search = reader.fixed<std::uint64_t>();
  line.query = reader.text();
  line.language = reader.text();
  const std::uint64_t items = reader.number();
  if (items > reader.left() || static_cast<std::size_t>(line.type) >= kLogTypes)
    fail(ErrorKind::corrupt, "a temporary file is damaged; start anew");
  line.items.resize(items);
  for (LogItem& item : line.items) {
    const auto bits = reader.fixed<std::uint8_t>();
    item.clicked = (bits & kClicked) != 0;
    item.in_cart = (bits & kInCart) != 0;
    item.ordered = (bits & kOrdered) != 0;
    item.id = reader.text();
    item.position = static_cast<std::int32_t>(reader.number()) - 1;
    item.dwell = (bits & kHasDwell) != 0 ? reader.fixed<float>() : kNoDwell;
  }
}

}  // namespace kindred::prepare
