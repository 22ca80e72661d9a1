#include "model/layer_selection.h"

#include <gtest/gtest.h>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using States = std::vector<std::uint32_t>;
using testing::expect_error;

TEST(LayerSelection, ReadsEveryForm) {
  EXPECT_EQ(parse_layers("", 12).states, States{12});
  EXPECT_EQ(parse_layers("last", 12).states, States{12});
  EXPECT_EQ(parse_layers("16,24", 24).states, (States{16, 24}));
  EXPECT_EQ(parse_layers("24,16", 24).states, (States{16, 24}));
  EXPECT_EQ(parse_layers("0.5,0.75", 24).states, (States{12, 18}));
  EXPECT_EQ(parse_layers("0.0,1.0", 6).states, (States{0, 6}));
  EXPECT_EQ(parse_layers("1", 6).states, States{1});
  EXPECT_EQ(parse_layers("last4", 12).states, (States{9, 10, 11, 12}));
  EXPECT_EQ(parse_layers("first-last", 12).states, (States{1, 12}));
  EXPECT_EQ(parse_layers("first-last", 1).states, States{1});
  EXPECT_EQ(parse_layers("0,12", 12).states, (States{0, 12}));
}

TEST(LayerSelection, Combines) {
  using Combine = LayerSelection::Combine;
  EXPECT_EQ(parse_layers("last4", 12).combine, Combine::average);
  EXPECT_EQ(parse_layers("last4:concat", 12).combine, Combine::concat);
  EXPECT_EQ(parse_layers("1,2:average", 12).combine, Combine::average);
  EXPECT_EQ(to_string(parse_layers("last2:concat", 12)), "11,12:concat");
  EXPECT_EQ(to_string(parse_layers("", 12)), "12");
}

TEST(LayerSelection, RefusesWhatTheModelLacks) {
  for (const char* text : {"13", "-1", "1.5", "last13", "last0", "lastx", "1,,2", "x", "1 ,2",
                           "12,12", "0.5,0.51", "nan.", "last4:sum", "last4:"}) {
    expect_error(ErrorKind::bad_input, {text}, [&] { parse_layers(text, 12); });
  }
}

TEST(Bidirectional, ReadsEveryForm) {
  using Flags = std::vector<std::uint8_t>;
  EXPECT_EQ(parse_bidirectional("", 3), Flags{});
  EXPECT_EQ(parse_bidirectional("all", 3), (Flags{1, 1, 1}));
  EXPECT_EQ(parse_bidirectional("none", 3), (Flags{0, 0, 0}));
  EXPECT_EQ(parse_bidirectional("0-1,3", 5), (Flags{1, 1, 0, 1, 0}));
  EXPECT_EQ(parse_bidirectional("4-4", 5), (Flags{0, 0, 0, 0, 1}));
  for (const char* text : {"5", "3-1", "0-5", "-1", "1-", "some", "0,", "99999999999"}) {
    expect_error(ErrorKind::bad_input, {text}, [&] { parse_bidirectional(text, 5); });
  }
}

}  // namespace
}  // namespace kindred::model
