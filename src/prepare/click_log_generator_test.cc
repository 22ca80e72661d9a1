#include "prepare/click_log_generator.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace kindred::prepare {
namespace {

struct Made {
  std::string log;
  std::map<std::pair<std::string, std::uint64_t>, int> truth;
};

Made generate(const ClickLogGeneratorOptions& options) {
  Made made;
  generate_click_log(
      options, [&](std::string_view line) { made.log += line; },
      [&](std::string_view query, std::uint64_t id, int grade, std::string_view) {
        made.truth[{std::string(query), id}] = grade;
      });
  return made;
}

ClickLogGeneratorOptions small() {
  ClickLogGeneratorOptions options;
  options.products.products = 200;
  options.searches = 300;
  return options;
}

TEST(ClickLogGenerator, IsTheSameForASeedAndGoesByTime) {
  const Made made = generate(small());
  EXPECT_EQ(made.log, generate(small()).log);
  ClickLogGeneratorOptions other = small();
  other.products.seed = 9;
  EXPECT_NE(made.log, generate(other).log);
  std::string before;
  std::size_t lines = 0, clicks = 0, judged = 0;
  std::set<std::string> languages;
  for (std::size_t begin = 0; begin < made.log.size(); ++lines) {
    const std::size_t end = made.log.find('\n', begin);
    const auto line = nlohmann::json::parse(made.log.substr(begin, end - begin));
    begin = end + 1;
    const std::string time = line["time"];
    EXPECT_LE(before, time);
    before = time;
    languages.insert(line["language"].get<std::string>());
    for (const auto& click : line["clicks"]) {
      ++clicks;
      judged += made.truth.count({line["query"], std::stoull(click["id"].get<std::string>())});
    }
  }
  EXPECT_GE(lines, 300U);
  EXPECT_EQ(languages.size(), 4U);
  EXPECT_GT(clicks, 100U);
  EXPECT_EQ(judged, clicks);  // what is clicked has a known grade
}

}  // namespace
}  // namespace kindred::prepare
