#include "text/token_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "kindred/error.h"
#include "text/models/byte_level.h"
#include "text/models/utf8.h"

namespace kindred::text {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json golden(const std::string& name) {
  std::ifstream in(std::string(KINDRED_TEST_DATA) + "/golden/token_models/" + name + ".json");
  return json::parse(in);
}

std::vector<Token> tokens_of(const TokenModel& model, std::string_view text) {
  std::vector<Token> tokens;
  model.tokenize(text, tokens);
  return tokens;
}
std::vector<std::uint32_t> ids_of(const TokenModel& model, std::string_view text) {
  std::vector<std::uint32_t> ids;
  model.tokenize_ids(text, ids);
  return ids;
}
std::vector<std::uint32_t> ids_of(const std::vector<Token>& tokens) {
  std::vector<std::uint32_t> ids;
  for (const Token& token : tokens) ids.push_back(token.id);
  return ids;
}

std::unique_ptr<const TokenModel> make(const json& model) {
  return make_token_model(model, "test.json");
}

template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::internal, "no error was thrown"};
}

// ---- Against the reference

class TokenModelGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TokenModelGolden, GivesTheIdsAndPositionsOfTheReference) {
  std::size_t cases = 0;
  std::vector<std::uint32_t> out{42};  // what is there stays
  for (const json& entry : golden(GetParam())) {
    const auto model = make(entry.at("model"));
    for (const json& test : entry.at("cases")) {
      const auto text = test[0].get<std::string>();
      SCOPED_TRACE(entry.at("model").dump().substr(0, 200) + " text " + text);
      if (test[1].is_null()) {
        EXPECT_EQ(error_of([&] { tokens_of(*model, text); }).kind(), ErrorKind::corrupt);
        EXPECT_EQ(error_of([&] { ids_of(*model, text); }).kind(), ErrorKind::corrupt);
        continue;
      }
      std::vector<Token> expected;
      for (const json& token : test[1]) expected.push_back({token[0], token[1], token[2]});
      ASSERT_EQ(tokens_of(*model, text), expected);
      for (int time = 0; time < 2; ++time) {  // the second time from the cache
        out.resize(1);
        model->tokenize_ids(text, out);
        ASSERT_EQ(std::vector(out.begin() + 1, out.end()), ids_of(expected));
        ASSERT_EQ(out[0], 42U);
      }
      ++cases;
    }
    for (const auto& [token, id] : entry.at("model").at("vocab").items()) {
      if (!id.is_number()) break;  // Unigram's list
      ASSERT_EQ(model->token_to_id(token), id.get<std::uint32_t>());
      ASSERT_EQ(model->id_to_token(id), token);
    }
    ASSERT_EQ(model->vocab_size(), entry.at("model").at("vocab").size());
  }
  EXPECT_GT(cases, 100U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, TokenModelGolden,
                         ::testing::Values("word_piece", "bpe", "byte_level_bpe", "unigram",
                                           "word_level"),
                         [](const auto& kind) { return std::string(kind.param); });

// ---- Raw bytes

// Positions in the mapped text: two bytes for a character above 0x7f.
std::vector<Token> in_mapped_bytes(std::vector<Token> tokens, std::string_view bytes) {
  std::vector<std::uint32_t> at{0};
  for (char byte : bytes)
    at.push_back(at.back() +
                 static_cast<std::uint32_t>(
                     ByteLevelCharacters::get()[static_cast<unsigned char>(byte)].size()));
  for (Token& token : tokens) token = {token.id, at[token.begin], at[token.end]};
  return tokens;
}

void expect_raw_as_mapped(const TokenModel& model, std::string_view bytes) {
  std::string mapped;
  ByteLevelCharacters::get().append(bytes, mapped);
  std::vector<Token> raw;
  std::vector<std::uint32_t> ids;
  model.tokenize_raw(bytes, raw);
  model.tokenize_raw_ids(bytes, ids);
  ASSERT_EQ(in_mapped_bytes(raw, bytes), tokens_of(model, mapped));
  ASSERT_EQ(ids, ids_of(model, mapped));
}

TEST(TokenModel, RawBytesAreTokenizedAsTheirCharacters) {
  std::mt19937 random(11);
  for (const json& entry : golden("byte_level_bpe")) {
    const auto model = make(entry.at("model"));
    ASSERT_TRUE(model->accepts_raw_bytes());
    for (int i = 0; i < 400; ++i) {
      std::string bytes(random() % 200, '\0');
      for (char& byte : bytes)
        byte = i % 2 == 0 ? " ab.\xc3\xa9"[random() % 6] : static_cast<char>(random());
      expect_raw_as_mapped(*model, bytes);
    }
  }
}

TEST(TokenModel, ARawByteWithoutATokenIsOneUnknown) {
  for (bool fuse : {false, true}) {
    const auto model = make({{"type", "BPE"},
                             {"unk_token", "?"},
                             {"fuse_unk", fuse},
                             {"vocab", {{"?", 0}, {"a", 1}}},
                             {"merges", json::array()}});
    ASSERT_TRUE(model->accepts_raw_bytes());
    expect_raw_as_mapped(*model, "a\xff\xfe z\na");
  }
}

TEST(TokenModel, RawBytesAreRefusedWhereTheyWouldDiffer) {
  const json vocab = {{"a", 0}, {"a</w>", 1}};
  json model = {{"type", "BPE"}, {"vocab", vocab}, {"merges", json::array()}};
  EXPECT_FALSE(make(model)->accepts_raw_bytes());  // bytes would be dropped
  model["unk_token"] = "a";
  EXPECT_TRUE(make(model)->accepts_raw_bytes());
  model["end_of_word_suffix"] = "</w>";
  const auto with_suffix = make(model);
  EXPECT_FALSE(with_suffix->accepts_raw_bytes());
  std::vector<std::uint32_t> ids;
  EXPECT_EQ(error_of([&] { with_suffix->tokenize_raw_ids("a", ids); }).kind(), ErrorKind::internal);
  const auto words = make({{"type", "WordLevel"}, {"unk_token", "a"}, {"vocab", vocab}});
  EXPECT_FALSE(words->accepts_raw_bytes());
  EXPECT_EQ(error_of([&] { words->tokenize_raw_ids("a", ids); }).kind(), ErrorKind::internal);
}

// ---- Against the definitions

// Longest match first, straight from the vocabulary.
std::vector<Token> word_piece_naively(const json& vocab, const std::string& prefix,
                                      const std::string& text, std::uint32_t unknown) {
  std::vector<Token> tokens;
  for (std::uint32_t begin = 0; begin < text.size();) {
    auto end = static_cast<std::uint32_t>(text.size());
    for (; end > begin; --end) {
      const auto at = vocab.find((begin > 0 ? prefix : "") + text.substr(begin, end - begin));
      if (at == vocab.end()) continue;
      tokens.push_back({*at, begin, end});
      break;
    }
    if (end == begin) return {{unknown, 0, static_cast<std::uint32_t>(text.size())}};
    begin = end;
  }
  return tokens;
}

TEST(TokenModel, WordPieceTakesTheLongestMatch) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    json vocab = {{"[UNK]", 0}, {"a", 1}, {"##a", 2}};
    while (vocab.size() < 60) {
      std::string token(1 + random() % 5, '\0');
      for (char& c : token) c = "ab#"[random() % 3];
      vocab.emplace((random() % 2 == 0 ? "##" : "") + token, vocab.size());
    }
    const auto model = make({{"type", "WordPiece"},
                             {"unk_token", "[UNK]"},
                             {"max_input_chars_per_word", 30},
                             {"continuing_subword_prefix", "##"},
                             {"vocab", vocab}});
    for (int i = 0; i < 300; ++i) {
      std::string text(random() % 30, '\0');
      for (char& c : text) c = "ab#"[random() % (i % 3 == 0 ? 3 : 2)];
      const std::vector<Token> tokens = tokens_of(*model, text);
      ASSERT_EQ(tokens, word_piece_naively(vocab, "##", text, 0)) << text;
      ASSERT_EQ(ids_of(*model, text), ids_of(tokens));
    }
  }
}

// The best score of any way to cut `text` into pieces, each character a piece in itself.
double best_score(const std::map<std::string, double>& pieces, const std::string& text) {
  std::vector<double> best(text.size() + 1, -1e9);
  best[0] = 0;
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (const auto& [piece, score] : pieces) {
      if (text.compare(begin, piece.size(), piece) == 0)
        best[begin + piece.size()] = std::max(best[begin + piece.size()], best[begin] + score);
    }
  }
  return best.back();
}

TEST(TokenModel, UnigramFindsThePathOfTheHighestScore) {
  std::mt19937 random(9);
  for (int round = 0; round < 20; ++round) {
    std::map<std::string, double> pieces = {{"a", -2.0}, {"b", -2.5}};
    while (pieces.size() < 20) {
      std::string piece(1 + random() % 6, '\0');
      for (char& c : piece) c = "ab"[random() % 2];
      pieces.emplace(piece, -0.25 * static_cast<double>(random() % 40));
    }
    json vocab = json::array({{"<unk>", 0.0}});
    for (const auto& [piece, score] : pieces) vocab.push_back({piece, score});
    const auto model = make({{"type", "Unigram"}, {"unk_id", 0}, {"vocab", vocab}});
    for (int i = 0; i < 200; ++i) {
      std::string text(1 + random() % 40, '\0');
      for (char& c : text) c = "ab"[random() % 2];
      const std::vector<Token> tokens = tokens_of(*model, text);
      double score = 0;
      std::uint32_t end = 0;
      for (const Token& token : tokens) {
        ASSERT_EQ(token.begin, end);
        end = token.end;
        ASSERT_EQ(model->id_to_token(token.id), text.substr(token.begin, token.end - token.begin));
        score += vocab[token.id][1].get<double>();
      }
      ASSERT_EQ(end, text.size());
      ASSERT_EQ(score, best_score(pieces, text));  // quarters add up exactly
      ASSERT_EQ(ids_of(*model, text), ids_of(tokens));
    }
  }
}

// ---- Long and broken input

json every_kind() {
  return json::parse(R"([
    {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0}},
    {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
     "max_input_chars_per_word": 1000000, "vocab": {"?": 0, "a": 1, "aa": 2, "##a": 3, "##b": 4}},
    {"type": "BPE", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "aa": 3, "aaaa": 4},
     "merges": ["a a", "aa aa"]},
    {"type": "Unigram", "unk_id": 2, "vocab": [["a", -1], ["aa", -1.5], ["?", 0]]}
  ])");
}

TEST(TokenModel, AHundredThousandBytesWithoutASpaceAreNoProblem) {
  const std::string text(100'000, 'a');
  for (const json& description : every_kind()) {
    const auto model = make(description);
    const std::vector<Token> tokens = tokens_of(*model, text);
    EXPECT_EQ(tokens.back().end, text.size()) << description;
    EXPECT_EQ(ids_of(*model, text), ids_of(tokens)) << description;
  }
}

TEST(TokenModel, BrokenUtf8LeadsNowhereOutside) {
  std::mt19937 random(2);
  for (const json& description : every_kind()) {
    const auto model = make(description);
    for (int i = 0; i < 500; ++i) {
      // On the heap and exactly as long as it says, for the address sanitizer.
      std::vector<char> bytes(random() % 20);
      for (char& byte : bytes)
        byte =
            "\xff\xf0\xe0\xc3\x80"
            "ab?"[random() % 8];
      const std::string_view text(bytes.data(), bytes.size());
      const std::vector<Token> tokens = tokens_of(*model, text);
      for (const Token& token : tokens) ASSERT_LE(token.end, text.size());
      ASSERT_EQ(ids_of(*model, text), ids_of(tokens));
    }
  }
}

TEST(TokenModel, ThreadsShareAModel) {
  const json entry = golden("unigram")[0];
  const auto model = make(entry.at("model"));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (const json& test : entry.at("cases")) {
        const auto ids = ids_of(*model, test[0].get<std::string>());
        wrong[t] += ids.size() != test[1].size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

TEST(Utf8, CountsCharactersAndTheirBytes) {
  const std::string_view text = "a\u00e9\u65e5\U0001f600";
  EXPECT_EQ(count_characters(text), 4U);
  EXPECT_EQ(character_bytes(text, 0), 1U);
  EXPECT_EQ(character_bytes(text, 1), 2U);
  EXPECT_EQ(character_bytes(text, 3), 3U);
  EXPECT_EQ(character_bytes(text, 6), 4U);
  EXPECT_EQ(character_bytes(text.substr(0, 8), 6), 2U);
}

}  // namespace
}  // namespace kindred::text
