// A line of a click log from the values of its columns. Tested by click_log_reader_test.cc.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "prepare/click_log_reader.h"
#include "prepare/log_value.h"

namespace kindred::prepare {

/// Thrown for a line that cannot be used, inside of the reader alone.
struct RejectedLine {
  std::string reason;
};
[[noreturn]] inline void reject_line(std::string reason) {
  throw RejectedLine{std::move(reason)};
}

/// Takes the values of one line after another. Threads: one at a time.
class LineBuilder {
 public:
  explicit LineBuilder(const ClickLogOptions& options) : options_(options) {}

  void clear() {
    values_.fill({});
    ranks_.fill(~std::size_t{0});
  }
  // A column's value; `root` where its JSON is known, else `text`.
  void take(std::span<const ColumnTarget> targets, std::string_view text,
            const simdjson::dom::element* root) {
    for (const ColumnTarget& target : targets) {
      const auto role = static_cast<std::size_t>(target.role);
      if (target.rank >= ranks_[role]) continue;
      const LogValue value = root != nullptr        ? follow(*root, target.steps)
                             : target.steps.empty() ? LogValue::of_text(text)
                                                    : into(text, target);
      if (!value.there()) continue;
      values_[role] = value;
      ranks_[role] = target.rank;
    }
  }
  void build(LogLine& line);

 private:
  static constexpr std::int64_t kMostPosition = 100'000;

  const LogValue& value(ClickRole role) const { return values_[static_cast<std::size_t>(role)]; }
  bool has(ClickRole role) const { return value(role).there(); }

  // Into a table's cell that is JSON.
  LogValue into(std::string_view text, const ColumnTarget& target) {
    if (!text.starts_with('{') && !text.starts_with('[')) return {};
    simdjson::dom::element root;
    if (cell_parsers_[static_cast<std::size_t>(target.role)]
            .parse(text.data(), text.size())
            .get(root))
      return {};
    return follow(root, target.steps);
  }

  std::string_view text_of(ClickRole role, std::size_t most) {
    text_.clear();
    if (!append_text(value(role), text_))
      reject_line(fmt::format("the {} is a list or an object", to_string(role)));
    if (text_.size() > most)
      reject_line(fmt::format("the {} is longer than {} bytes", to_string(role), most));
    check_utf8(text_);
    return text_;
  }
  static void check_utf8(std::string_view text) {
    if (!simdjson::validate_utf8(text.data(), text.size())) reject_line("not UTF-8");
  }
  double number_of(const LogValue& given, std::string_view what) {
    number_.clear();
    double number = 0.0;
    const bool text = append_text(given, number_);
    const char* const end = number_.data() + number_.size();
    const auto [at, error] = std::from_chars(number_.data(), end, number);
    if (!text || error != std::errc() || at != end)
      reject_line(fmt::format("the {} is no number", what));
    return number;
  }
  std::int32_t position_of(const LogValue& given) {
    if (!given.there()) return kNoPosition;
    const double number = number_of(given, "position");
    if (!(number >= 0.0 && number <= static_cast<double>(kMostPosition)))
      reject_line(fmt::format("the position is not from 0 to {}", kMostPosition));
    return static_cast<std::int32_t>(number);
  }
  float dwell_of(const LogValue& given) {
    if (!given.there()) return kNoDwell;
    const double seconds = number_of(given, "dwell");
    return seconds >= 0.0 && seconds < 1e6 ? static_cast<float>(seconds) : kNoDwell;
  }
  std::uint64_t hash_of(ClickRole role);
  LogType type_of(const LogLine& line);
  void add_items(LogLine& line);
  void add_item(LogLine& line, const LogValue& given);
  void add_object(LogItem& item, simdjson::dom::object object);
  void set_id(LogItem& item, const LogValue& given);
  void mark(LogLine& line, ClickRole role, bool LogItem::*flag);
  void mark_id(LogLine& line, const LogValue& id, bool LogItem::*flag);
  void add_positions(LogLine& line);
  void place_in_order(LogLine& line);
  void add_page(LogLine& line);

  const ClickLogOptions& options_;
  std::array<LogValue, kClickRoles> values_;
  std::array<std::size_t, kClickRoles> ranks_{};
  std::array<simdjson::dom::parser, kClickRoles> cell_parsers_;
  std::array<simdjson::dom::parser, kClickRoles> list_parsers_;
  std::vector<LogValue> elements_;
  std::string text_;
  std::string number_;
  std::string last_agent_;
  bool last_bot_ = false;
};

}  // namespace kindred::prepare
