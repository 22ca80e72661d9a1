// What a line of a click log says. Tested by click_log_reader_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/log_time.h"

namespace kindred::prepare {

enum class LogType : std::uint8_t {
  list,        ///< a query with what was shown, and perhaps what became of it, on one line
  search,      ///< a query was sent; with items where the log says what was found
  impression,  ///< items were shown
  click,
  view,   ///< a product's page was seen
  cart,   ///< put into the basket
  order,  ///< bought
  other,  ///< whatever else: it tells how long somebody stayed
};
inline constexpr std::size_t kLogTypes = 8;
std::string_view to_string(LogType type) noexcept;

/// Where an item was shown, from 0 or 1 as the log has it.
inline constexpr std::int32_t kNoPosition = -1;
inline constexpr float kNoDwell = -1.0F;

struct LogItem {
  std::string id;
  std::int32_t position = kNoPosition;
  bool clicked = false;
  bool in_cart = false;
  bool ordered = false;
  float dwell = kNoDwell;  ///< seconds

  bool operator==(const LogItem&) const = default;
};

struct LogLine {
  LogType type = LogType::other;
  Microseconds time = 0;
  std::uint64_t user = 0;     ///< a hash; 0: the log does not say
  std::uint64_t session = 0;  ///< likewise
  std::uint64_t search = 0;   ///< of one query sent, which other lines name; likewise
  bool bot = false;           ///< by its agent
  bool counted = false;       ///< the log gave no positions: they are the items' order, from 1
  std::string query;          ///< as it was typed
  std::string language;
  std::vector<LogItem> items;
  std::uint64_t sequence = 0;  ///< of the line among all that were read

  bool operator==(const LogLine&) const = default;
};

/// A line as bytes, without its user, time and sequence, which its sort key has.
void encode(const LogLine& line, std::string& bytes);
/// Errors: corrupt.
void decode(std::string_view bytes, LogLine& line);

}  // namespace kindred::prepare
