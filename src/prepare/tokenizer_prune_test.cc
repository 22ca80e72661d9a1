#include "prepare/tokenizer_prune.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"
#include "kindred/tokenizer.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::json;

Json added(std::uint32_t id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

Json file(const Json& model, const Json& added_tokens) {
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens},
          {"normalizer", nullptr},
          {"pre_tokenizer", nullptr},
          {"post_processor", nullptr},
          {"decoder", nullptr},
          {"model", model}};
}

Json unigram() {
  Json vocabulary = Json::array({{"<s>", 0.0},
                                 {"<pad>", 0.0},
                                 {"</s>", 0.0},
                                 {"<unk>", 0.0},
                                 {"▁", -2.0},
                                 {"a", -3.0},
                                 {"b", -3.5},
                                 {"c", -4.0},
                                 {"ab", -4.5},
                                 {"▁a", -4.0},
                                 {"▁abc", -6.0},
                                 {"bc", -5.0},
                                 {"abc", -7.5},
                                 {"▁ab", -5.5},
                                 {"ca", -5.0},
                                 {"bca", -7.0},
                                 {"rare", -20.0},
                                 {"<mask>", 0.0}});
  Json json = file({{"type", "Unigram"}, {"unk_id", 3}, {"vocab", vocabulary}},
                   Json::array({added(0, "<s>"), added(1, "<pad>"), added(2, "</s>"),
                                added(3, "<unk>"), added(17, "<mask>")}));
  json["pre_tokenizer"] = {{"type", "Metaspace"}, {"replacement", "▁"}, {"add_prefix_space", true}};
  json["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", Json::array({{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                              {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                              {{"SpecialToken", {{"id", "<mask>"}, {"type_id", 0}}}}})},
      {"pair", Json::array({{{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                            {{"Sequence", {{"id", "B"}, {"type_id", 1}}}}})},
      {"special_tokens",
       {{"<s>", {{"id", "<s>"}, {"ids", {0}}, {"tokens", {"<s>"}}}},
        {"<mask>", {{"id", "<mask>"}, {"ids", {17}}, {"tokens", {"<mask>"}}}}}}};
  return json;
}

Json bpe() {
  // "abc" is made in two ways; "bcd" only of "bc".
  Json vocabulary;
  std::uint32_t id = 0;
  for (const char* piece :
       {"<unk>", "a", "b", "c", "d", "ab", "bc", "abc", "cd", "bcd", "dd", "abcd", "da"})
    vocabulary[piece] = id++;
  return file({{"type", "BPE"},
               {"dropout", nullptr},
               {"unk_token", "<unk>"},
               {"continuing_subword_prefix", nullptr},
               {"end_of_word_suffix", nullptr},
               {"fuse_unk", false},
               {"byte_fallback", false},
               {"vocab", vocabulary},
               {"merges", {"b c", "a b", "ab c", "a bc", "c d", "bc d", "d d", "abc d", "d a"}}},
              Json::array({added(0, "<unk>"), added(13, "<end>")}));
}

Json word_piece() {
  Json vocabulary;
  std::uint32_t id = 0;
  for (const char* piece : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##a", "##b", "##c",
                            "ab", "abc", "##bc", "##abc", "ca", "##ca", "[MASK]"})
    vocabulary[piece] = id++;
  Json json = file(
      {{"type", "WordPiece"},
       {"unk_token", "[UNK]"},
       {"continuing_subword_prefix", "##"},
       {"max_input_chars_per_word", 100},
       {"vocab", vocabulary}},
      Json::array({added(1, "[UNK]"), added(2, "[CLS]"), added(3, "[SEP]"), added(16, "[MASK]")}));
  json["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  json["post_processor"] = {
      {"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
  json["padding"] = {{"strategy", "BatchLongest"},
                     {"direction", "Right"},
                     {"pad_id", 0},
                     {"pad_type_id", 0},
                     {"pad_token", "[UNK]"}};
  return json;
}

std::vector<std::string> random_texts(const std::string& letters, std::size_t count) {
  Random random(letters.size());
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    for (std::size_t n = random.below(9); n > 0; --n) text += letters[random.below(letters.size())];
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> tokens_of(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<std::string> tokens;
  for (const std::uint32_t id : tokenizer.encode(text).ids)
    tokens.push_back(tokenizer.id_to_token(id));
  return tokens;
}

/// Prunes to some of the texts, and compares these, template included, for many choices of them.
void expect_same_tokens(const Json& json, const std::string& letters) {
  const auto before = Tokenizer::from_json(json.dump(), "before");
  std::size_t smaller = 0;
  for (std::uint64_t round = 0; round < 200; ++round) {
    auto texts = random_texts(letters + std::string(round % 5, 'a'), 1 + round % 6);
    std::set<std::uint32_t> used;
    for (const std::string& text : texts)
      for (const std::uint32_t id : before.encode(text).ids) used.insert(id);
    const Json pruned = prune_tokenizer(
        json, [&](std::uint32_t id) { return used.contains(id); }, KeptCharacters::used, "test");
    const auto after = Tokenizer::from_json(pruned.dump(), "after");
    smaller += after.vocab_size() < before.vocab_size();
    for (const std::string& text : texts)
      ASSERT_EQ(tokens_of(after, text), tokens_of(before, text)) << text;
    for (std::uint32_t id = 0; id < after.vocab_size(); ++id)
      ASSERT_EQ(after.token_to_id(after.id_to_token(id)), id);  // no holes
  }
  EXPECT_GT(smaller, 100U);
}

TEST(PruneTokenizer, LeavesCoveredTextsTheirUnigramPieces) {
  expect_same_tokens(unigram(), "aabbcc zr");
}

TEST(PruneTokenizer, LeavesCoveredTextsTheirMerges) {
  expect_same_tokens(bpe(), "aabbccddx");
  Json lists = bpe();
  for (Json& merge : lists["model"]["merges"]) {
    const auto text = merge.get<std::string>();
    merge = Json::array({text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)});
  }
  expect_same_tokens(lists, "aabbccddx");
}

TEST(PruneTokenizer, LeavesCoveredTextsTheirWordPieces) {
  expect_same_tokens(word_piece(), "aabbcc zx");
}

TEST(PruneTokenizer, KeepsTheLowestScoreThatUnknownOnesAreReckonedFrom) {
  const Json pruned = prune_tokenizer(
      unigram(), [](std::uint32_t) { return false; }, KeptCharacters::all, "test");
  const auto after = Tokenizer::from_json(pruned.dump(), "after");
  EXPECT_TRUE(after.token_to_id("rare"));
  EXPECT_FALSE(after.token_to_id("▁abc"));
  for (const char* piece : {"▁", "a", "b", "c", "▁a"})
    EXPECT_TRUE(after.token_to_id(piece)) << piece;
}

TEST(PruneTokenizer, KeepsSpecialTokensAndChangesTheirIds) {
  const Json pruned = prune_tokenizer(
      unigram(), [](std::uint32_t id) { return id == 5; }, KeptCharacters::used, "test");
  EXPECT_EQ(pruned["model"]["vocab"].size(), 7U);  // 4 special ones, a, rare, <mask>
  EXPECT_EQ(pruned["added_tokens"][4]["id"], 6);
  EXPECT_EQ(pruned["post_processor"]["special_tokens"]["<mask>"]["ids"], Json::array({6}));
  EXPECT_EQ(pruned["model"]["unk_id"], 3);
  const Json words = prune_tokenizer(
      word_piece(), [](std::uint32_t) { return false; }, KeptCharacters::used, "test");
  // [PAD] is no added token here, and no text uses it.
  EXPECT_EQ(words["model"]["vocab"],
            Json({{"[UNK]", 0}, {"[CLS]", 1}, {"[SEP]", 2}, {"[MASK]", 3}}));
  EXPECT_EQ(words["post_processor"]["sep"], Json::array({"[SEP]", 2}));
  EXPECT_EQ(words["padding"]["pad_id"], 0);
}

TEST(PruneTokenizer, NumbersAddedTokensBehindThePieces) {
  const Json pruned = prune_tokenizer(
      bpe(), [](std::uint32_t id) { return id == 9; }, KeptCharacters::used, "test");
  // bcd, and what makes it: b, c, d, bc and, of the other merge order, nothing.
  EXPECT_EQ(pruned["model"]["vocab"],
            Json({{"<unk>", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {"bc", 4}, {"bcd", 5}}));
  EXPECT_EQ(pruned["model"]["merges"], Json::array({"b c", "bc d"}));
  EXPECT_EQ(pruned["added_tokens"][1]["id"], 6);
}

TEST(PruneTokenizer, KeepsTheBytes) {
  Json json = bpe();
  json["model"]["vocab"]["<0x41>"] = 13;
  json["model"]["byte_fallback"] = true;
  const auto none = [](std::uint32_t) { return false; };
  EXPECT_TRUE(prune_tokenizer(json, none, KeptCharacters::used, "test")["model"]["vocab"].contains(
      "<0x41>"));
  json["pre_tokenizer"] = {{"type", "Sequence"},
                           {"pretokenizers", Json::array({{{"type", "ByteLevel"},
                                                           {"add_prefix_space", false},
                                                           {"trim_offsets", true},
                                                           {"use_regex", true}}})}};
  EXPECT_TRUE(
      prune_tokenizer(json, none, KeptCharacters::used, "test")["model"]["vocab"].contains("a"));
}

TEST(PruneTokenizer, RefusesWhatItCannotRenumber) {
  const auto none = [](std::uint32_t) { return false; };
  Json json = unigram();
  json["post_processor"]["type"] = "Own";
  EXPECT_KINDRED_ERROR(prune_tokenizer(json, none, KeptCharacters::all, "x.json"),
                       ErrorKind::unsupported, "type Own");
  json = unigram();
  json["post_processor"]["special_tokens"]["<s>"]["tokens"] = {"<start>"};
  EXPECT_KINDRED_ERROR(prune_tokenizer(json, none, KeptCharacters::all, "x.json"),
                       ErrorKind::corrupt, "'<start>'");
  json.erase("model");
  EXPECT_KINDRED_ERROR(prune_tokenizer(json, none, KeptCharacters::all, "x.json"),
                       ErrorKind::corrupt, "x.json");
}

}  // namespace
}  // namespace kindred::prepare
