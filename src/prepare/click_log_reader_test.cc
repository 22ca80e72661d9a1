#include "prepare/click_log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<ReadLog> read_all(std::string_view text, io::TableFormat format,
                              ClickLogOptions options = {}) {
  options.format = format;
  ClickLogReader reader = ClickLogReader::from_memory(text, "log", options);
  std::vector<ReadLog> all;
  for (ReadLog read; reader.next(read);) all.push_back(read);
  return all;
}
LogLine only(std::string_view text, io::TableFormat format = io::TableFormat::jsonl,
             const ClickLogOptions& options = {}) {
  std::string line(text);
  if (format == io::TableFormat::jsonl) std::erase(line, '\n');  // of the test's layout
  const auto all = read_all(line, format, options);
  EXPECT_EQ(all.size(), 1U);
  if (all.size() != 1) return {};
  EXPECT_FALSE(all[0].reject) << all[0].reject->reason;
  return all[0].line;
}
std::string reason(std::string_view line) {
  const auto all = read_all(line, io::TableFormat::jsonl);
  return all.size() == 1 && all[0].reject ? all[0].reject->reason : "no reject";
}
std::vector<std::string> ids(const LogLine& line) {
  std::vector<std::string> list;
  for (const LogItem& item : line.items) list.push_back(item.id);
  return list;
}

TEST(ClickLogReader, ReadsAListWithItsClicksHoweverTheyAreWritten) {
  const auto expect = [](const LogLine& line) {
    EXPECT_EQ(line.type, LogType::list);
    EXPECT_EQ(line.query, "red shoes");
    EXPECT_EQ(line.language, "en");
    EXPECT_EQ(format_time(line.time), "2026-01-31T12:00:00Z");
    ASSERT_THAT(ids(line), ElementsAre("a", "b", "c"));
    EXPECT_EQ(line.items[2].position, 3);
    EXPECT_FALSE(line.items[0].clicked);
    EXPECT_TRUE(line.items[1].clicked);
    EXPECT_TRUE(line.items[1].ordered);
  };
  expect(only(R"({"query":"red shoes","time":1769860800,"lang":"en-US","items":["a","b","c"],
      "clicks":["b"],"orders":["b"]})"));
  expect(only(R"({"q":"red shoes","timestamp":"2026-01-31T12:00:00Z","locale":"en","results":[
      {"id":"a"},{"id":"b","clicked":true,"purchased":1},{"id":"c","position":3}]})"));
  expect(
      only("time;query;language;shown;clicked;ordered\n"
           "2026-01-31 12:00:00;red shoes;en;a|b|c;0|1|0;b\n",
           io::TableFormat::csv));
  expect(
      only("Time\tSearch Term\tLanguage\tItems\tClicks\tOrders\n"
           "1769860800000\tred shoes\tEN\t[\"a\",\"b\",\"c\"]\t[\"b\"]\t[0,1,0]\n",
           io::TableFormat::tsv));
}

TEST(ClickLogReader, ReadsARowAnItem) {
  const auto all = read_all(
      "query,item,position,clicked,time,user\nshoes,a,1,0,1769860800,u\nshoes,b,2,1,1769860800,u\n",
      io::TableFormat::csv);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].line.type, LogType::impression);
  EXPECT_FALSE(all[0].line.items.at(0).clicked);
  EXPECT_TRUE(all[1].line.items.at(0).clicked);
  EXPECT_EQ(all[1].line.items.at(0).position, 2);
  EXPECT_NE(all[1].line.user, 0U);
}

TEST(ClickLogReader, ALineOfOneItemWithoutATypeIsAClick) {
  EXPECT_EQ(only(R"({"query":"shoes","sku":17,"time":1769860800})").type, LogType::click);
  EXPECT_EQ(only(R"({"query":"shoes","sku":17,"time":1769860800})").items.at(0).id, "17");
}

// The fields of ubi_queries and ubi_events (UBI 1.3), as elasticdump writes them.
TEST(ClickLogReader, ReadsUserBehaviorInsights) {
  const LogLine query = only(
      R"({"_index":"ubi_queries","_source":{"timestamp":"2026-01-31T12:00:00.000Z","query_id":"q-1",
      "client_id":"c-1","user_query":"laptop","query_response_hit_ids":["1","2"]}})");
  EXPECT_EQ(query.query, "laptop");
  EXPECT_THAT(ids(query), ElementsAre("1", "2"));
  EXPECT_EQ(query.items[1].position, 2);
  const LogLine click = only(
      R"({"action_name":"item_click","query_id":"q-1","client_id":"c-1","timestamp":1769860800123,
      "event_attributes":{"object":{"object_id":"2","object_id_field":"sku"},
      "position":{"ordinal":2},"session_id":"s"}})");
  EXPECT_EQ(click.type, LogType::click);
  EXPECT_EQ(click.search, query.search);
  EXPECT_EQ(click.user, query.user);
  EXPECT_NE(click.session, 0U);
  EXPECT_THAT(ids(click), ElementsAre("2"));
  EXPECT_EQ(click.items[0].position, 2);
}

// A row of events_YYYYMMDD, as BigQuery exports it: integers are strings.
TEST(ClickLogReader, ReadsAnalyticsExport) {
  const LogLine shown = only(
      R"({"event_name":"view_item_list","event_timestamp":"1769860800123456","user_pseudo_id":"1.2",
      "event_params":[{"key":"search_term","value":{"string_value":"laptop"}},
      {"key":"ga_session_id","value":{"int_value":"1769860000","string_value":null}}],
      "device":{"language":"en-us"},
      "items":[{"item_id":"a","item_list_index":"0"},{"item_id":"b","item_list_index":"1"}]})");
  EXPECT_EQ(shown.type, LogType::impression);
  EXPECT_EQ(shown.query, "laptop");
  EXPECT_EQ(shown.language, "en");
  EXPECT_EQ(shown.time, 1'769'860'800'123'456);
  EXPECT_NE(shown.session, 0U);
  EXPECT_THAT(ids(shown), ElementsAre("a", "b"));
  EXPECT_EQ(shown.items[0].position, 0);
  const LogLine bought = only(
      R"json({"event_name":"purchase","event_timestamp":1769860900000000,"user_pseudo_id":"1.2",
      "items":[{"item_id":"a","item_list_index":"(not set)"}]})json");
  EXPECT_EQ(bought.type, LogType::order);
  EXPECT_EQ(bought.user, shown.user);
  EXPECT_EQ(bought.items.at(0).position, kNoPosition);
}

TEST(ClickLogReader, CountsLaterPagesOn) {
  const LogLine line =
      only(R"({"query":"x","time":1769860800,"page":3,"page_size":10,"items":["a","b"]})");
  EXPECT_EQ(line.items[1].position, 22);
  const LogLine absolute = only(
      R"({"query":"x","time":1769860800,"page":3,"page_size":10,"items":[{"id":"a","position":21}]})");
  EXPECT_EQ(absolute.items[0].position, 21);
}

TEST(ClickLogReader, NamesTakeThePlaceOfUsualOnes) {
  ClickLogOptions options;
  options.columns.name("query=ctx.words");
  options.columns.name("item=wares");
  options.columns.name_type("click=getippt");
  const LogLine line = only(
      R"({"query":"no","ctx":{"words":"schuhe"},"type":"Getippt","wares":"a","time":1769860800})",
      io::TableFormat::jsonl, options);
  EXPECT_EQ(line.query, "schuhe");
  EXPECT_EQ(line.type, LogType::click);
  EXPECT_KINDRED_ERROR(options.columns.name("colour=x"), ErrorKind::bad_input, "session");
  EXPECT_KINDRED_ERROR(options.columns.name("query"), ErrorKind::bad_input, "query=COLUMN");
  EXPECT_KINDRED_ERROR(options.columns.name_type("tap=x"), ErrorKind::bad_input, "click");
}

TEST(ClickLogReader, SaysWhyALineIsNotUsedAndGoesOn) {
  EXPECT_EQ(reason("{\"query\":\"x\","), "not JSON");
  EXPECT_EQ(reason("17"), "not a JSON object");
  EXPECT_EQ(reason(R"({"query":"x","item":"a"})"), "no time");
  EXPECT_THAT(reason(R"({"query":"x","item":"a","time":"soon"})"), HasSubstr("cannot be read"));
  EXPECT_THAT(reason(R"({"type":"click","query":"x","time":1769860800})"),
              HasSubstr("without an item"));
  EXPECT_THAT(reason(R"({"item":"a","position":-3,"query":"x","time":1769860800})"),
              HasSubstr("position"));
  EXPECT_THAT(reason(R"({"item":"a","position":"top","query":"x","time":1769860800})"),
              HasSubstr("no number"));
  EXPECT_THAT(reason(R"({"query":"x","time":1769860800,"items":{"a":1}})"), HasSubstr("no list"));
  EXPECT_THAT(reason(R"({"query":{"a":1},"time":1769860800})"), HasSubstr("a list or an object"));
  EXPECT_THAT(reason(R"({"item":"a\tb","query":"x","time":1769860800})"), HasSubstr("control"));
  EXPECT_THAT(reason("{\"query\":\"" + std::string(2000, 'x') + "\",\"time\":1769860800}"),
              HasSubstr("longer than 1024"));
  const auto all =
      read_all("time,query,item\n1769860800,a,b,c\n1769860800,\"x\"y,z\n1769860800,q,i\n",
               io::TableFormat::csv);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].reject->reason, "a malformed row");
  EXPECT_EQ(all[1].reject->reason, "a malformed row");
  EXPECT_EQ(all[2].line.query, "q");
}

TEST(ClickLogReader, KnowsNobodyBySuchNames) {
  for (const char* user : {"\"\"", "null", "\"0\"", "0", "\"(not set)\"", "\"guest\""})
    EXPECT_EQ(
        only(fmt::format(R"({{"user":{},"query":"x","time":1769860800,"item":"a"}})", user)).user,
        0U)
        << user;
}

TEST(ClickLogReader, SaltChangesUsers) {
  const char* text = R"({"user":"u1","query":"x","time":1769860800,"item":"a"})";
  ClickLogOptions options;
  options.salt = "secret";
  const std::uint64_t salted = only(text, io::TableFormat::jsonl, options).user;
  EXPECT_NE(salted, only(text).user);
  EXPECT_EQ(salted, only(text, io::TableFormat::jsonl, options).user);
  options.salt = "other";
  EXPECT_NE(salted, only(text, io::TableFormat::jsonl, options).user);
}

TEST(ClickLogReader, TakesTheUserThatThereIs) {
  EXPECT_EQ(only(R"({"user_pseudo_id":"p","user_id":null,"time":1769860800,"item":"a"})").user,
            hash_text("p") | 1);
  EXPECT_EQ(only(R"({"user_pseudo_id":"p","user_id":"u","time":1769860800,"item":"a"})").user,
            hash_text("u") | 1);
}

TEST(ClickLogReader, ATableNeedsATime) {
  EXPECT_KINDRED_ERROR(read_all("query,item\na,b\n", io::TableFormat::csv), ErrorKind::bad_input,
                       "--column time=NAME");
}

TEST(ClickLogReader, SkipsWhatWasRead) {
  std::string text = "time,query,item\n1769860800,\"bad\"x,y\n";
  for (int i = 0; i < 10; ++i) text += fmt::format("1769860800,q{},i\n", i);
  ClickLogOptions options;
  options.format = io::TableFormat::csv;
  ClickLogReader reader = ClickLogReader::from_memory(text, "log", options);
  ASSERT_TRUE(reader.skip(6));
  ReadLog read;
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.line.query, "q5");
  EXPECT_FALSE(reader.skip(100));
}

TEST(ClickLog, IsTheSameFromBytes) {
  LogLine line = only(R"({"query":"x","time":1769860800,"session":"s","items":[
      {"id":"a","position":7,"clicked":1,"dwell":2.5},{"id":"b"}]})");
  line.bot = true;
  std::string bytes;
  encode(line, bytes);
  LogLine again;
  again.time = line.time;
  decode(bytes, again);
  EXPECT_EQ(again, line);
  EXPECT_KINDRED_ERROR(decode(std::string_view(bytes).substr(0, bytes.size() - 1), again),
                       ErrorKind::corrupt, "damaged");
}

}  // namespace
}  // namespace kindred::prepare
