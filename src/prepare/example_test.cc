#include "prepare/example.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::prepare {
namespace {

std::vector<Example> read(std::string_view text) {
  ExampleReader reader = ExampleReader::from_memory(text, "pairs.jsonl");
  std::vector<Example> examples;
  for (Example example; reader.next(example);) examples.push_back(example);
  return examples;
}

Example full() {
  Example example;
  example.anchor = {.text = "red \"shoe\"\n", .id = "q1", .language = "en"};
  example.positives = {{.text = "红色鞋子", .id = "p1", .language = "zh", .score = 0.1},
                       {.text = "zapato rojo", .category = "Clothes > Shoes"}};
  example.negatives = {{.text = "sombrero", .score = -3.5}};
  example.graded = {{.text = "shoe", .score = 0.0}};
  example.label = "shoes";
  example.spans = {{0, 3, "colour"}, {4, 10, "kind"}};
  example.anchor_prompt = {.text = "query: "};
  example.passage_prompt = {.name = "document"};
  example.group = "9007199254740993";
  example.source = "clicks";
  return example;
}

TEST(Example, WhatIsWrittenIsReadBack) {
  const Example example = full();
  const std::string lines = to_json(example) + '\n' + to_json({.anchor = {.text = "alone"}}) + '\n';
  const std::vector<Example> back = read(lines);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0], example);
  EXPECT_EQ(back[1].anchor.text, "alone");
}

TEST(Example, ATextThatIsAllThatIsKnownIsAString) {
  EXPECT_EQ(to_json({.anchor = {.text = "a"}, .positives = {{.text = "b"}}}),
            R"({"anchor":"a","positives":["b"]})");
}

TEST(Example, ReadsIdsAboveTwoToThe53AsTheyAreWritten) {
  const auto examples = read(R"({"anchor":{"text":"a","id":9007199254740993},"group":7})");
  EXPECT_EQ(examples[0].anchor.id, "9007199254740993");
  EXPECT_EQ(examples[0].group, "7");
}

TEST(Example, PassesOverKeysOfOthersAndReadsOneArrayOfExamples) {
  const auto examples = read(R"([{"anchor":"a","extra":{"x":[1]}},{"anchor":"b","score":null}])");
  ASSERT_EQ(examples.size(), 2U);
  EXPECT_EQ(examples[1].anchor.text, "b");
}

TEST(Example, SaysTheLineOfWhatIsNoExample) {
  EXPECT_KINDRED_ERROR(read("{\"anchor\":\"a\"}\n{\"query\":\"b\"}\n"), ErrorKind::bad_input,
                       "pairs.jsonl, line 2: no anchor");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","positives":"b"})"), ErrorKind::bad_input,
                       "positives must be a list");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","positives":[null]})"), ErrorKind::bad_input,
                       "positives must be texts");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","positives":[{"id":"b"}]})"), ErrorKind::bad_input,
                       "has no text");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","graded":["b"]})"), ErrorKind::bad_input,
                       "without a score");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","graded":[{"text":"b","score":"1"}]})"),
                       ErrorKind::bad_input, "not a number");
  EXPECT_KINDRED_ERROR(read(R"({"anchor":"a","prompts":{"query":"b"}})"), ErrorKind::bad_input,
                       "\"anchor\" and \"passage\"");
  EXPECT_KINDRED_ERROR(read("{\"anchor\":\"a\",\n"), ErrorKind::corrupt, "line 1");
  EXPECT_KINDRED_ERROR(read("{\"anchor\":\"\xff\"}\n"), ErrorKind::corrupt, "UTF-8");
}

TEST(Example, SpansAreInCharactersAndInOrder) {
  const auto examples = read(
      R"({"spans":[{"begin":3,"end":5,"label":"kind"},{"begin":0,"end":2,"label":7}],"anchor":"红色 鞋子"})");
  EXPECT_EQ(examples[0].spans, (std::vector<Span>{{0, 6, "7"}, {7, 13, "kind"}}));
  EXPECT_EQ(
      to_json(examples[0]),
      R"({"anchor":"红色 鞋子","spans":[{"begin":0,"end":2,"label":"7"},{"begin":3,"end":5,"label":"kind"}]})");
  const auto refused = [](const std::string& spans, const char* part) {
    EXPECT_KINDRED_ERROR(read(R"({"anchor":"abc","spans":)" + spans + "}"), ErrorKind::bad_input,
                         part);
  };
  refused(R"([{"begin":0,"end":4,"label":"x"}])", "line 1: the span 0 to 4 is not in a text of 3");
  refused(R"([{"begin":1,"end":1,"label":"x"}])", "is not in a text");
  refused(R"([{"begin":0,"end":2,"label":"x"},{"begin":1,"end":3,"label":"x"}])", "begins before");
  refused(R"([{"begin":0,"end":2,"label":""}])", "without a label");
  refused(R"([{"begin":-1,"end":2,"label":"x"}])", "a number of characters");
  refused(R"([{"begin":0,"end":2}])", "begin, end and label");
  refused(R"({"begin":0})", "must be a list");
}

TEST(Example, ReadsAFileWithItsLines) {
  const io::TempDirectory directory;
  const std::string path = directory.write("a.jsonl", to_json(full()) + "\n\n" + to_json(full()));
  ExampleReader reader = ExampleReader::open(path);
  Example example;
  ASSERT_TRUE(reader.next(example));
  EXPECT_EQ(reader.line(), 1U);
  ASSERT_TRUE(reader.next(example));
  EXPECT_EQ(reader.line(), 3U);
  EXPECT_FALSE(reader.next(example));
}

}  // namespace
}  // namespace kindred::prepare
