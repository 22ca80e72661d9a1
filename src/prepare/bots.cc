#include "prepare/bots.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <vector>

#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

constexpr std::array<std::string_view, kBotReasons> kNames = {
    "agent", "volume", "query_rate", "click_rate", "queries_a_day", "items_a_day"};

constexpr std::string_view kAgents[] = {
    "bot",           "crawl",       "spider",     "slurp",      "curl/",      "wget/",
    "python-",       "headless",    "phantomjs",  "scrapy",     "go-http",    "java/",
    "libwww",        "monitoring",  "pingdom",    "uptime",     "lighthouse", "facebookexternalhit",
    "mediapartners", "feedfetcher", "httpclient", "node-fetch", "axios/",     "selenium",
    "puppeteer",     "playwright",  "gptbot",     "bytespider", "synthetic"};

constexpr Microseconds kMinute = 60 * kSecond;
constexpr Microseconds kDay = 24 * 60 * kMinute;

// The most events in any window.
bool faster_than(const std::vector<Microseconds>& times, std::size_t most, Microseconds window) {
  for (std::size_t i = most; i < times.size(); ++i)
    if (times[i] - times[i - most] < window) return true;
  return false;
}

struct Seen {
  Microseconds time;
  std::uint64_t what;
};

// More than `most` different ones within a day of the first of them.
bool broader_than(const std::vector<Seen>& seen, std::size_t most) {
  if (seen.size() <= most) return false;
  std::unordered_set<std::uint64_t> different;
  Microseconds start = seen.front().time;
  for (const Seen& each : seen) {
    if (each.time - start >= kDay) {
      start = each.time;
      different.clear();
    }
    different.insert(each.what);
    if (different.size() > most) return true;
  }
  return false;
}

}  // namespace

bool is_bot_agent(std::string_view agent) {
  std::string lower;
  for (const char c : agent) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  if (lower.find("cubot") != std::string::npos) return false;  // a make of telephones
  return std::any_of(std::begin(kAgents), std::end(kAgents),
                     [&](std::string_view name) { return lower.find(name) != std::string::npos; });
}

std::string_view to_string(BotReason reason) noexcept {
  return kNames[static_cast<std::size_t>(reason)];
}

std::optional<BotReason> bot_reason(std::span<const LogLine> lines, const BotOptions& options) {
  if (options.keep) return std::nullopt;
  if (std::any_of(lines.begin(), lines.end(), [](const LogLine& line) { return line.bot; }))
    return BotReason::agent;
  if (lines.size() > options.events) return BotReason::volume;
  std::vector<Seen> queries, clicks;
  std::vector<Microseconds> query_times, click_times;
  std::uint64_t last_query = 0;
  Microseconds last_time = 0;
  for (const LogLine& line : lines) {
    if (!line.query.empty() && line.type <= LogType::impression) {
      const std::uint64_t query = hash_text(line.query);
      queries.push_back({line.time, query});
      // Impressions of one page are one query.
      const bool same = query == last_query && line.time - last_time < kMinute;
      if (line.type != LogType::impression || !same) query_times.push_back(line.time);
      last_query = query;
      last_time = line.time;
    }
    for (const LogItem& item : line.items) {
      if (line.type != LogType::click && !item.clicked) continue;
      clicks.push_back({line.time, hash_text(item.id)});
      click_times.push_back(line.time);
    }
  }
  if (faster_than(query_times, options.queries_a_minute, kMinute)) return BotReason::query_rate;
  if (faster_than(click_times, options.clicks_a_minute, kMinute)) return BotReason::click_rate;
  if (broader_than(queries, options.queries_a_day)) return BotReason::queries;
  if (broader_than(clicks, options.items_a_day)) return BotReason::items;
  return std::nullopt;
}

}  // namespace kindred::prepare
