#include "prepare/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

constexpr Microseconds kStart = 1'769'860'800 * kSecond;

class Sessions : public testing::Test {
 protected:
  LogLine& add(LogType type, double seconds, const std::string& query,
               std::vector<std::pair<std::string, int>> items = {}) {
    LogLine line;
    line.type = type;
    line.time = kStart + static_cast<Microseconds>(seconds * 1e6);
    line.user = 7;
    line.query = query;
    line.sequence = lines_.size();
    for (const auto& [id, position] : items) line.items.push_back({.id = id, .position = position});
    return lines_.emplace_back(line);
  }
  void build() {
    SessionBuilder builder(options_,
                           [&](const SearchView& view, std::uint64_t) { views_.push_back(view); });
    builder.add_user(lines_);
    counts_ = builder.counts();
  }
  const ViewedItem& item(std::size_t view, const std::string& id) {
    for (const ViewedItem& item : views_.at(view).items)
      if (item.id == id) return item;
    ADD_FAILURE() << "no item " << id;
    static const ViewedItem none;
    return none;
  }

  SessionOptions options_;
  std::vector<LogLine> lines_;
  std::vector<SearchView> views_;
  SessionCounts counts_;
};

TEST_F(Sessions, PutImpressionsAndClicksTogether) {
  add(LogType::impression, 0, " Red  shoes ", {{"a", 1}});
  add(LogType::impression, 0, "red shoes", {{"b", 2}});
  add(LogType::click, 5, "RED SHOES", {{"b", 2}});
  add(LogType::view, 6, "", {{"b", -1}});
  add(LogType::cart, 50, "", {{"b", -1}});
  build();
  ASSERT_EQ(views_.size(), 1U);
  EXPECT_EQ(views_[0].query, "Red shoes");
  EXPECT_FALSE(item(0, "a").clicked);
  EXPECT_TRUE(item(0, "b").clicked);
  EXPECT_TRUE(item(0, "b").long_click) << "45 seconds: its own page is no sign of having left";
  EXPECT_TRUE(item(0, "b").in_cart);
  EXPECT_EQ(counts_.sessions, 1U);
}

TEST_F(Sessions, EndAfterASilenceAndTheOrderStillComesHome) {
  add(LogType::list, 0, "shoes", {{"a", 1}, {"b", 2}}).items[1].clicked = true;
  add(LogType::order, 3 * 86400, "", {{"b", -1}});
  add(LogType::order, 9 * 86400, "", {{"a", -1}});
  build();
  EXPECT_EQ(counts_.sessions, 3U);
  EXPECT_TRUE(item(0, "b").ordered);
  EXPECT_FALSE(item(0, "a").ordered) << "never clicked, and too late";
  EXPECT_EQ(counts_.late_orders, 1U);
  EXPECT_EQ(counts_.unattributed, 1U);
}

TEST_F(Sessions, KeepThoseWithAnIdTogetherWhateverLiesBetween) {
  add(LogType::list, 0, "shoes", {{"a", 1}}).session = 1;
  add(LogType::list, 10, "hats", {{"x", 1}}).session = 2;
  add(LogType::click, 4000, "", {{"a", 1}}).session = 1;
  build();
  EXPECT_EQ(counts_.sessions, 2U);
  EXPECT_TRUE(item(0, "a").clicked);
}

TEST_F(Sessions, APageLoadedAgainIsSeenOnceAndTheNextPageExtendsIt) {
  add(LogType::list, 0, "shoes", {{"a", 1}, {"b", 2}});
  add(LogType::list, 60, "shoes", {{"a", 1}, {"b", 2}});
  add(LogType::list, 90, "shoes", {{"c", 3}, {"d", 4}});
  add(LogType::list, 120, "shoes", {{"b", 1}, {"a", 2}});
  build();
  ASSERT_EQ(views_.size(), 2U) << "another order is another view";
  EXPECT_EQ(views_[0].items.size(), 4U);
  EXPECT_EQ(views_[1].items.size(), 2U);
  EXPECT_EQ(counts_.refreshes, 1U);
}

TEST_F(Sessions, CountLinesAndClicksOnce) {
  add(LogType::list, 0, "shoes", {{"a", 1}});
  add(LogType::click, 5, "shoes", {{"a", 1}});
  add(LogType::click, 5, "shoes", {{"a", 1}});
  add(LogType::click, 9, "shoes", {{"a", 1}});
  build();
  EXPECT_EQ(counts_.duplicates, 1U);
  EXPECT_EQ(counts_.repeat_clicks, 1U);
  EXPECT_EQ(counts_.clicks, 1U);
}

TEST_F(Sessions, ClicksWithoutAnImpressionHaveNoPlace) {
  add(LogType::click, 0, "shoes", {{"a", 3}});
  add(LogType::click, 5, "", {{"z", 1}});
  build();
  ASSERT_EQ(views_.size(), 1U);
  EXPECT_EQ(item(0, "a").position, 0U);
  EXPECT_EQ(counts_.unseen_clicks, 1U);
  EXPECT_EQ(counts_.unattributed, 1U);
}

TEST_F(Sessions, CountPositionsFromZeroWhereTheLogDoes) {
  options_.first_position = 0;
  add(LogType::list, 0, "shoes", {{"a", 0}, {"b", 1}});
  add(LogType::list, 5000, "hats", {{"x", 1}}).counted = true;
  build();
  EXPECT_EQ(item(0, "a").position, 1U);
  EXPECT_EQ(item(0, "b").position, 2U);
  EXPECT_EQ(item(1, "x").position, 1U) << "counted here, from 1";
}

TEST_F(Sessions, LeaveBrowsingOut) {
  add(LogType::list, 0, "  ", {{"a", 1}});
  build();
  EXPECT_TRUE(views_.empty());
  EXPECT_EQ(counts_.browsing, 1U);
}

TEST_F(Sessions, NoticeAnotherQueryThatHelped) {
  add(LogType::list, 0, "shoos", {{"a", 1}});
  add(LogType::list, 10, "shoes", {{"b", 1}}).items[0].clicked = true;
  build();
  EXPECT_EQ(counts_.reformulations, 1U);
}

TEST_F(Sessions, AClickGoesToTheSearchThatItNames) {
  add(LogType::search, 0, "shoes", {{"a", 1}, {"b", 2}}).search = 11;
  add(LogType::search, 5, "boots", {{"b", 1}}).search = 22;
  add(LogType::click, 9, "", {{"b", -1}}).search = 11;
  build();
  ASSERT_EQ(views_.size(), 2U);
  EXPECT_TRUE(item(0, "b").clicked);
  EXPECT_FALSE(item(1, "b").clicked);
}

TEST_F(Sessions, FindItemsOfLongListsToo) {
  LogLine& line = add(LogType::list, 0, "shoes");
  for (int i = 1; i <= 200; ++i)
    line.items.push_back({.id = "i" + std::to_string(i), .position = i});
  add(LogType::click, 5, "shoes", {{"i150", 150}});
  add(LogType::list, 9, "shoes", {{"i1", 1}, {"i200", 200}});
  build();
  ASSERT_EQ(views_.size(), 1U);
  EXPECT_TRUE(item(0, "i150").clicked);
  EXPECT_EQ(counts_.refreshes, 1U);
}

TEST_F(Sessions, AreTheSameFromBytes) {
  add(LogType::list, 0, "shoes", {{"a", 1}, {"b", 2}}).items[1].clicked = true;
  build();
  std::string bytes;
  encode(views_[0], bytes);
  SearchView again;
  decode(bytes, again);
  EXPECT_EQ(again, views_[0]);
}

}  // namespace
}  // namespace kindred::prepare
