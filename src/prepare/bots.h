// Who is no person. Tested by bots_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "prepare/click_log.h"

namespace kindred::prepare {

/// True for agents that name themselves: crawlers, monitors, libraries and browsers without a
/// window. An application's own library (okhttp, CFNetwork) is a customer's telephone.
bool is_bot_agent(std::string_view agent);

enum class BotReason : std::uint8_t { agent, volume, query_rate, click_rate, queries, items };
inline constexpr std::size_t kBotReasons = 6;
std::string_view to_string(BotReason reason) noexcept;

struct BotOptions {
  bool keep = false;                  ///< nobody is a bot
  std::size_t queries_a_minute = 20;  ///< more in any 60 seconds
  std::size_t clicks_a_minute = 30;   ///< likewise
  std::size_t queries_a_day = 300;    ///< more different ones in 24 hours from the first
  std::size_t items_a_day = 500;      ///< more different ones clicked, likewise
  std::size_t events = 50'000;        ///< more in the whole log

  bool operator==(const BotOptions&) const = default;
};

/// Why the one whose lines these are, by time, is no person; nothing for a person. A line of which
/// a page of results consists counts as one query, however many items it has.
std::optional<BotReason> bot_reason(std::span<const LogLine> lines, const BotOptions& options);

}  // namespace kindred::prepare
