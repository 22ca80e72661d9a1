#include "prepare/implicit_judgements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

// A search of `user` that shows a, b and c, and what was done with one of them.
SearchView view(std::uint64_t user, const std::string& id = {}, bool stay = false,
                bool cart = false, bool order = false) {
  SearchView view;
  view.query = "Shoes";
  view.user = user;
  for (std::uint32_t i = 0; i < 3; ++i) {
    ViewedItem item;
    item.id = std::string(1, static_cast<char>('a' + i));
    item.position = i + 1;
    if (item.id == id) {
      item.clicked = true;
      item.long_click = stay;
      item.in_cart = cart;
      item.ordered = order;
    }
    view.items.push_back(item);
  }
  return view;
}

std::map<std::string, int> grades(const std::vector<SearchView>& views, bool only_clicks = false,
                                  JudgementOptions options = {}) {
  QueryEvidence evidence(options);
  for (const SearchView& each : views) evidence.add(each);
  ClickModel model;
  model.attraction.assign(kPositions, 0.1);
  std::map<std::string, int> grades;
  for (const Judgement& j : evidence.judge(model, {}, only_clicks)) grades[j.id] = j.grade;
  return grades;
}

std::vector<SearchView> plain(std::size_t count) {
  std::vector<SearchView> views;
  for (std::size_t user = 0; user < count; ++user) views.push_back(view(1000 + user));
  return views;
}

TEST(ImplicitJudgements, OrdersCountMoreThanBasketsThanStayingThanClicks) {
  std::vector<SearchView> views = plain(5);
  for (std::uint64_t user = 1; user <= 4; ++user) views.push_back(view(user, "a"));
  views.push_back(view(11, "b", false, true));
  views.push_back(view(12, "b", false, true));
  views.push_back(view(21, "c", false, false, true));
  views.push_back(view(22, "c", false, false, true));
  const auto got = grades(views);
  EXPECT_EQ(got.at("a"), 1);
  EXPECT_EQ(got.at("b"), 2);
  EXPECT_EQ(got.at("c"), 3);
}

TEST(ImplicitJudgements, OneOrderNeedsARelevanceBeside) {
  std::vector<SearchView> views = plain(20);
  for (std::uint64_t user = 1; user <= 15; ++user) views.push_back(view(user, "a"));
  views.push_back(view(21, "c", false, false, true));
  EXPECT_EQ(grades(views).at("c"), 2);
  views.push_back(view(22, "c", false, false, true));
  EXPECT_EQ(grades(views).at("c"), 3);
}

TEST(ImplicitJudgements, StayingMakesAClickWorthMore) {
  std::vector<SearchView> views = plain(5);
  views.push_back(view(1, "a", true));
  views.push_back(view(2, "a", true));
  views.push_back(view(3, "b"));
  views.push_back(view(4, "b"));
  const auto got = grades(views);
  EXPECT_EQ(got.at("a"), 2);
  EXPECT_EQ(got.at("b"), 1);
  EXPECT_EQ(grades(views, true).at("b"), 2) << "a log that knows of clicks alone";
}

TEST(ImplicitJudgements, NeedSupport) {
  std::vector<SearchView> views = plain(5);
  views.push_back(view(1, "a"));
  EXPECT_TRUE(grades(views).empty()) << "one person, and not looked at often";
  const auto got = [&] {
    auto more = views;
    for (const SearchView& each : plain(10)) more.push_back(each);
    more.push_back(view(2, "a"));
    return grades(more);
  }();
  EXPECT_EQ(got.at("a"), 1);
  EXPECT_EQ(got.at("b"), 0);
}

TEST(ImplicitJudgements, OnePersonDoesNotOutvoteOthers) {
  std::vector<SearchView> views;
  for (int i = 0; i < 50; ++i) views.push_back(view(1, "a"));
  QueryEvidence evidence{JudgementOptions()};
  std::size_t counted = 0;
  for (const SearchView& each : views) counted += evidence.add(each) ? 1 : 0;
  EXPECT_EQ(counted, 5U);
  EXPECT_TRUE(grades(views).empty());
}

TEST(ImplicitJudgements, WeighClicksByTheirPlaceUpToTheClip) {
  QueryEvidence evidence{JudgementOptions()};
  evidence.add(view(1, "c"));
  evidence.add(view(2, "c"));
  ClickModel model;
  model.attraction.assign(kPositions, 0.1);
  const std::vector<double> examination = {1.0, 0.5, 0.25};
  EXPECT_DOUBLE_EQ(evidence.judge(model, examination, false).at(0).weight, 8.0);
  EXPECT_DOUBLE_EQ(evidence.judge(model, std::vector<double>{1.0, 0.5, 0.001}, false).at(0).weight,
                   20.0);
}

TEST(ImplicitJudgements, TakeTheFormThatIsTypedMost) {
  QueryEvidence evidence{JudgementOptions()};
  SearchView other = view(1);
  other.query = "shoes";
  evidence.add(other);
  evidence.add(view(2));
  evidence.add(view(3));
  EXPECT_EQ(evidence.typed(), "Shoes");
}

}  // namespace
}  // namespace kindred::prepare
