#include "io/jsonl_record.h"

#include "io/expect_error.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;

std::vector<std::string> read(std::vector<std::string> columns, std::string_view line) {
  JsonlRecord record(std::move(columns));
  const auto values = record.values(line, "file", 3);
  return {values.begin(), values.end()};
}

TEST(JsonlRecord, Columns) {
  EXPECT_THAT(read({"b", "a"}, R"({"a":"one","x":[1],"b":"two"})"), ElementsAre("two", "one"));
  EXPECT_THAT(read({"a"}, R"({"a":"tab\t\"é\u82f9\ud83d\ude00"})"),
              ElementsAre("tab\t\"é苹\U0001F600"));
  EXPECT_THAT(read({"a"}, "{\"a\":\"x\\u0000y\"}"), ElementsAre(std::string("x\0y", 3)));
  EXPECT_THAT(read({"a"}, R"({"a":"first","a":"last"})"), ElementsAre("last"));
}

TEST(JsonlRecord, OtherValuesAreTheirText) {
  EXPECT_THAT(read({"i", "f", "t", "n"}, R"({"i":-12,"f":2.5,"t":true,"n":null})"),
              ElementsAre("-12", "2.5", "true", ""));
  EXPECT_KINDRED_ERROR(read({"a"}, R"({"a":[1]})"), ErrorKind::bad_input,
                       "file, line 3: column a holds an array");
  EXPECT_KINDRED_ERROR(read({"a"}, R"({"a":{}})"), ErrorKind::bad_input, "an object");
}

TEST(JsonlRecord, Strings) {
  EXPECT_THAT(read({}, R"("a text")"), ElementsAre("a text"));
  EXPECT_KINDRED_ERROR(read({}, R"({"title":"a","id":1})"), ErrorKind::bad_input,
                       "name the column to read, one of: title, id");
  EXPECT_KINDRED_ERROR(read({}, "5"), ErrorKind::bad_input, "neither");
}

TEST(JsonlRecord, LoneSurrogatesReadAsReplacements) {
  EXPECT_THAT(read({}, R"("a\ud83d")"), ElementsAre("a\uFFFD"));
  EXPECT_THAT(read({}, R"("\ude00b \ud83d\ud83d\ude00")"), ElementsAre("\uFFFDb \uFFFD\U0001F600"));
  EXPECT_THAT(read({}, R"("\ud83d\n\\ud83d")"), ElementsAre("\uFFFD\n\\ud83d"));
  EXPECT_THAT(read({"a"}, R"({"x":"\uD83D","a":"ok"})"), ElementsAre("ok"));
}

TEST(JsonlRecord, ErrorsNameTheLine) {
  EXPECT_KINDRED_ERROR(read({"a"}, R"({"b":"x","c":1})"), ErrorKind::not_found,
                       "file, line 3: no column a; the columns are: b, c");
  EXPECT_KINDRED_ERROR(read({"a"}, "[1]"), ErrorKind::bad_input, "not a JSON object");
  EXPECT_KINDRED_ERROR(read({"a"}, R"({"a":"x")"), ErrorKind::corrupt, "file, line 3: not JSON");
  EXPECT_KINDRED_ERROR(read({"a"}, R"({"a":"x"} extra)"), ErrorKind::corrupt, "not JSON");
  EXPECT_KINDRED_ERROR(read({"a"}, "{\"a\":\"\xFF\"}"), ErrorKind::corrupt, "not JSON");
  EXPECT_KINDRED_ERROR(read({}, R"("\ud83")"), ErrorKind::corrupt, "not JSON");
}

TEST(JsonlFields, GivesEveryKeyWithItsValue) {
  JsonlFields reader;
  const auto fields =
      reader.fields(R"({"id": 7, "t": "a\u0041\ud800", "n": null, "l": [1, {"x": 2.5}]})", "f", 3);
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[0].value, "7");
  EXPECT_EQ(fields[1].value, "aA\uFFFD");
  EXPECT_EQ(fields[2].value, "");
  EXPECT_EQ(fields[3].value, R"([1,{"x":2.5}])");
  EXPECT_TRUE(fields[3].nested);
  EXPECT_FALSE(fields[0].nested);
  EXPECT_TRUE(fields[0].number);
  for (const std::size_t other : {1U, 2U, 3U}) EXPECT_FALSE(fields[other].number);
  EXPECT_KINDRED_ERROR(reader.fields("[1]", "f", 3), ErrorKind::bad_input,
                       "f, line 3: not a JSON object");
  EXPECT_KINDRED_ERROR(reader.fields("{", "f", 3), ErrorKind::corrupt, "f, line 3: not JSON");
}

}  // namespace
}  // namespace kindred::io
