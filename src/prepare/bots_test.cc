#include "prepare/bots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

constexpr Microseconds kStart = 1'769'860'800 * kSecond;

std::vector<LogLine> lines(LogType type, std::size_t count, double every_seconds, bool different) {
  std::vector<LogLine> all;
  for (std::size_t i = 0; i < count; ++i) {
    LogLine line;
    line.type = type;
    line.time = kStart + static_cast<Microseconds>(static_cast<double>(i) * every_seconds * 1e6);
    const std::string which = different ? std::to_string(i) : "x";
    if (type <= LogType::impression) line.query = which;
    if (type == LogType::click) line.items.push_back({.id = which});
    all.push_back(line);
  }
  return all;
}

TEST(Bots, NameThemselves) {
  for (const char* agent :
       {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/8.1",
        "python-requests/2.32", "Mozilla/5.0 HeadlessChrome/120", "Bytespider", "UptimeRobot/2.0"})
    EXPECT_TRUE(is_bot_agent(agent)) << agent;
  for (const char* agent :
       {"Mozilla/5.0 (Linux; Android 12; CUBOT X70) Chrome/120", "okhttp/4.12", "",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"})
    EXPECT_FALSE(is_bot_agent(agent)) << agent;
}

TEST(Bots, AreFasterAndBroaderThanPeople) {
  const BotOptions options;
  EXPECT_EQ(bot_reason(lines(LogType::list, 21, 2.0, true), options), BotReason::query_rate);
  EXPECT_EQ(bot_reason(lines(LogType::list, 21, 3.1, true), options), std::nullopt);
  EXPECT_EQ(bot_reason(lines(LogType::click, 31, 1.0, false), options), BotReason::click_rate);
  EXPECT_EQ(bot_reason(lines(LogType::list, 301, 10.0, true), options), BotReason::queries);
  EXPECT_EQ(bot_reason(lines(LogType::list, 301, 10.0, false), options), std::nullopt);
  EXPECT_EQ(bot_reason(lines(LogType::list, 301, 600.0, true), options), std::nullopt)
      << "two days";
  EXPECT_EQ(bot_reason(lines(LogType::click, 501, 10.0, true), options), BotReason::items);
  EXPECT_EQ(bot_reason(lines(LogType::other, 50'001, 100.0, true), options), BotReason::volume);
}

TEST(Bots, ImpressionsOfOnePageAreOneQuery) {
  EXPECT_EQ(bot_reason(lines(LogType::impression, 100, 0.0, false), BotOptions()), std::nullopt);
}

TEST(Bots, OneLineOfABotIsEnoughUnlessTheyAreKept) {
  auto all = lines(LogType::list, 3, 60.0, true);
  all[1].bot = true;
  EXPECT_EQ(bot_reason(all, BotOptions()), BotReason::agent);
  BotOptions keep;
  keep.keep = true;
  EXPECT_EQ(bot_reason(all, keep), std::nullopt);
}

}  // namespace
}  // namespace kindred::prepare
