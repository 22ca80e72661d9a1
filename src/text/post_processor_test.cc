#include "text/post_processor.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::text {
namespace {

Segment segment(std::vector<std::uint32_t> ids) {
  Segment out;
  out.encoding.type_ids.assign(ids.size(), 0);
  out.encoding.attention_mask.assign(ids.size(), 1);
  out.encoding.special_tokens_mask.assign(ids.size(), 0);
  out.encoding.offsets.assign(ids.size(), {});
  out.token_texts.resize(ids.size());
  out.encoding.ids = std::move(ids);
  return out;
}

std::vector<std::uint32_t> ids_of(const char* json, std::vector<Segment> segments, bool special) {
  const nlohmann::json parsed = nlohmann::json::parse(json);
  const auto processor = make_post_processor({parsed, "test"});
  processor->process(segments, special);
  std::vector<std::uint32_t> ids;
  for (const Segment& part : segments)
    ids.insert(ids.end(), part.encoding.ids.begin(), part.encoding.ids.end());
  return ids;
}

using Ids = std::vector<std::uint32_t>;

TEST(PostProcessor, PutsTemplatesAround) {
  const char* bert = R"({"type":"BertProcessing","cls":["C",1],"sep":["S",2]})";
  EXPECT_EQ(ids_of(bert, {segment({7, 8})}, true), (Ids{1, 7, 8, 2}));
  EXPECT_EQ(ids_of(bert, {segment({7}), segment({8})}, true), (Ids{1, 7, 2, 8, 2}));
  EXPECT_EQ(ids_of(bert, {segment({7})}, false), (Ids{7}));
  const char* roberta = R"({"type":"RobertaProcessing","cls":["C",1],"sep":["S",2],
                            "trim_offsets":true,"add_prefix_space":true})";
  EXPECT_EQ(ids_of(roberta, {segment({7}), segment({8})}, true), (Ids{1, 7, 2, 2, 8, 2}));
  const char* eos = R"({"type":"TemplateProcessing",
      "single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"E","type_id":0}}],
      "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
      "special_tokens":{"E":{"id":"E","ids":[5,6],"tokens":["E","F"]}}})";
  EXPECT_EQ(ids_of(eos, {segment({7})}, true), (Ids{7, 5, 6}));
  EXPECT_EQ(ids_of(eos, {segment({7}), segment({8})}, true), (Ids{7, 8}));
}

TEST(PostProcessor, TrimsOffsets) {
  const nlohmann::json json = nlohmann::json::parse(
      R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true})");
  std::vector<Segment> segments = {segment({1})};
  segments[0].encoding.offsets[0] = {3, 8};
  segments[0].token_texts[0] = "ĠĠabc";
  make_post_processor({json, "test"})->process(segments, true);
  EXPECT_EQ(segments[0].encoding.offsets[0], (CharSpan{5, 8}));
}

TEST(PostProcessor, Refuses) {
  const auto refused = [](const char* json) {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    EXPECT_THROW(make_post_processor({parsed, "test"}), Error) << json;
  };
  refused(R"({"type":"Unheard"})");
  refused(R"({"type":"BertProcessing","cls":["C",-1],"sep":["S",2]})");
  refused(R"({"type":"TemplateProcessing","pair":[],"special_tokens":{},
              "single":[{"SpecialToken":{"id":"E","type_id":0}}]})");
  refused(R"({"type":"TemplateProcessing","pair":[],"special_tokens":{},
              "single":[{"Sequence":{"id":"B","type_id":0}}]})");
}

}  // namespace
}  // namespace kindred::text
