// Tokenizers against what Hugging Face `tokenizers` made of the same texts
// (tests/reference/make_tokenizer_goldens.py).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "kindred/error.h"
#include "kindred/tokenizer.h"
#include "text/code_points.h"

namespace kindred::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_golden(const char* name) {
  std::ifstream in(std::string(KINDRED_TEST_DATA "/golden/tokenizers/") + name);
  return json::parse(in);
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::vector<std::string> golden_texts(const json& golden) {
  std::vector<std::string> texts;
  for (const json& hex : golden.at("texts")) texts.push_back(from_hex(hex.get<std::string>()));
  return texts;
}

// The texts that tokenizer_cases.py calls LONG_TEXTS.
std::vector<std::string> long_texts() {
  const auto repeat = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  return {repeat("x", 100'000), repeat("日", 20'000), repeat("ab1 ", 5'000),
          repeat(" ", 5'000) + "x", repeat("é", 3'000)};
}

// tokenizer_cases.random_texts.
std::vector<std::string> random_texts(const json& ranges, int count) {
  std::uint64_t state = 0x9e3779b97f4a7c15;
  const auto below = [&state](std::uint64_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % limit;
  };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> list;
  for (const json& range : ranges) list.emplace_back(range[0], range[1]);
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (std::uint64_t n = below(25); n > 0; --n) {
      const auto [first, last] = list[below(list.size())];
      append(text, static_cast<char32_t>(first + below(last - first + 1)));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

// tokenizer_cases.every_character.
std::vector<std::string> every_character() {
  std::vector<std::string> texts;
  for (char32_t first = 0; first < kCodePoints; first += 64) {
    if (first >= 0xd800 && first < 0xe000) continue;
    std::string text;
    for (char32_t c = first; c < first + 64; ++c) {
      text += 'a';
      append(text, c);
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

class Digest {
 public:
  void add(std::uint32_t number) {
    sha_.update(std::string_view(reinterpret_cast<const char*>(&number), sizeof number));
  }
  void add(const Encoding& e) {
    add(static_cast<std::uint32_t>(e.ids.size()));
    for (std::uint32_t id : e.ids) add(id);
    for (const CharSpan& span : e.offsets) {
      add(span.begin);
      add(span.end);
    }
    for (std::uint32_t type : e.type_ids) add(type);
    for (std::uint8_t special : e.special_tokens_mask) add(std::uint32_t{special});
  }
  std::string finish() { return sha_.finish(); }

 private:
  Sha256 sha_;
};

std::string short_digest(const Encoding& encoding) {
  Digest digest;
  digest.add(encoding);
  return digest.finish().substr(0, 12);
}

std::string shown(const Encoding& e) {
  std::string out;
  for (std::size_t i = 0; i < e.ids.size(); ++i) {
    out += std::to_string(e.ids[i]) + "(" + std::to_string(e.offsets[i].begin) + "," +
           std::to_string(e.offsets[i].end) + ") ";
  }
  return out.substr(0, 400);
}

// The fast path must give what the slow path gives.
void expect_packed_alike(const Tokenizer& tokenizer, const std::vector<std::string>& texts,
                         const TokenizeOptions& options) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  PackedIds packed;
  tokenizer.encode_packed(views, options, packed);
  ASSERT_EQ(packed.offsets.size(), texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Encoding slow = tokenizer.encode(texts[i], options);
    const std::vector<std::uint32_t> fast(packed.ids.begin() + packed.offsets[i],
                                          packed.ids.begin() + packed.offsets[i + 1]);
    ASSERT_EQ(fast, slow.ids) << "text " << i << ": " << texts[i].substr(0, 200);
    ASSERT_EQ(packed.truncated[i] != 0, slow.truncated) << "text " << i;
  }
}

std::string ids_digest(const Tokenizer& tokenizer, const std::vector<std::string>& texts,
                       const TokenizeOptions& options) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  PackedIds packed;
  tokenizer.encode_packed(views, options, packed);
  Digest digest;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    digest.add(packed.offsets[i + 1] - packed.offsets[i]);
    for (std::uint32_t t = packed.offsets[i]; t < packed.offsets[i + 1]; ++t)
      digest.add(packed.ids[t]);
  }
  return digest.finish();
}

class ComponentGolden : public ::testing::Test {
 protected:
  static void check(const json& golden, const json& one, const std::vector<std::string>& texts,
                    const std::vector<std::string>& random) {
    json definition = one.at("tokenizer");
    definition["model"] = golden.at("models").at(definition.at("model").get<std::string>());
    const Tokenizer tokenizer = Tokenizer::from_json(definition.dump(), "golden");
    int shown_already = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const json& want = one.at("texts")[i];
      if (want.is_null()) continue;
      const Encoding encoding = tokenizer.encode(texts[i]);
      if (short_digest(encoding) != want && shown_already++ < 4) {
        ADD_FAILURE() << "text " << i << ": " << texts[i] << "\n" << shown(encoding);
      }
    }
    for (std::size_t i = 0; i + 1 < texts.size(); ++i) {
      const json& want = one.at("pairs")[i];
      if (want.is_null()) continue;
      const Encoding encoding = tokenizer.encode_pair(texts[i], texts[i + 1]);
      if (short_digest(encoding) != want && shown_already++ < 4) {
        ADD_FAILURE() << "pair " << i << ": " << texts[i] << " | " << texts[i + 1] << "\n"
                      << shown(encoding);
      }
    }
    Digest digest;
    const json& panics = one.at("random_panics");
    for (std::size_t i = 0; i < random.size(); ++i)
      if (std::find(panics.begin(), panics.end(), i) == panics.end())
        digest.add(tokenizer.encode(random[i]));
    EXPECT_EQ(digest.finish(), one.at("random"));
    expect_packed_alike(tokenizer, texts, {});
    expect_packed_alike(tokenizer, random, {});
    if (one.contains("every_character_digest")) {
      EXPECT_EQ(ids_digest(tokenizer, every_character(), {}), one.at("every_character_digest"));
    }
  }

  static void check_all(std::string_view prefix) {
    const json golden = read_golden("components.json");
    const std::vector<std::string> texts = golden_texts(golden);
    const std::vector<std::string> random = random_texts(golden.at("ranges"), 2000);
    int count = 0;
    for (const json& one : golden.at("cases")) {
      const std::string name = one.at("name");
      if (!name.starts_with(prefix)) continue;
      SCOPED_TRACE(name);
      ++count;
      check(golden, one, texts, random);
    }
    EXPECT_GT(count, 0);
  }
};

TEST_F(ComponentGolden, Normalizers) {
  check_all("normalizer ");
}
TEST_F(ComponentGolden, PreTokenizers) {
  check_all("pre-tokenizer ");
}
TEST_F(ComponentGolden, PostProcessors) {
  check_all("post-processor ");
}
TEST_F(ComponentGolden, Truncations) {
  check_all("truncation ");
}
TEST_F(ComponentGolden, AddedTokens) {
  check_all("added ");
}

class RealGolden : public ::testing::TestWithParam<const char*> {
 protected:
  static fs::path find_tokenizer(const std::string& name) {
    const fs::path directory = fs::path(KINDRED_MODELS) / name;
    if (fs::exists(directory / "tokenizer.json")) return directory;
    if (fs::is_directory(directory)) {
      for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().extension() == ".gguf") return entry.path();
    }
    return {};
  }
};

// tokenizer_cases.with_added_tokens, for the token texts that the golden file lists.
std::vector<std::string> with_added_tokens(const json& tokens) {
  std::vector<std::string> out;
  for (const json& hexes : tokens)
    for (const json& hex : hexes) out.push_back(from_hex(hex.get<std::string>()));
  return out;
}

TEST_P(RealGolden, EqualsReference) {
  const fs::path path = find_tokenizer(GetParam());
  if (path.empty()) GTEST_SKIP() << "models/" << GetParam() << " is absent: run scripts/models";
  const json components = read_golden("components.json");
  const json real = read_golden("real.json");
  const json& golden = real.at("tokenizers").at(GetParam());
  const Tokenizer tokenizer = Tokenizer::open(path.string());
  TokenizeOptions whole;
  whole.max_length = TokenizeOptions::kNoTruncation;

  std::vector<std::string> texts = golden_texts(components);
  for (std::string& text : long_texts()) texts.push_back(std::move(text));
  const std::size_t plain_texts = texts.size();
  for (std::string& text : with_added_tokens(golden.at("added_texts")))
    texts.push_back(std::move(text));
  ASSERT_EQ(texts.size(), golden.at("texts").size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Encoding encoding = tokenizer.encode(texts[i], whole);
    EXPECT_EQ(short_digest(encoding), golden.at("texts")[i])
        << "text " << i << ": " << texts[i].substr(0, 200) << "\n"
        << shown(encoding);
  }
  Digest pairs;
  for (std::size_t i = 0; i + 1 < plain_texts; ++i)
    pairs.add(tokenizer.encode_pair(texts[i], texts[i + 1], whole));
  EXPECT_EQ(pairs.finish(), golden.at("pairs"));
  const std::vector<std::string> random = random_texts(components.at("ranges"), 20'000);
  Digest digest;
  for (const std::string& text : random) digest.add(tokenizer.encode(text, whole));
  EXPECT_EQ(digest.finish(), golden.at("random"));
  EXPECT_EQ(ids_digest(tokenizer, every_character(), whole), golden.at("every_character"));
  EXPECT_EQ(tokenizer.vocab_size(), golden.at("vocab_size"));

  expect_packed_alike(tokenizer, texts, whole);
  expect_packed_alike(tokenizer, random, whole);
  for (const TruncationSide side : {TruncationSide::right, TruncationSide::left}) {
    TokenizeOptions cut;
    cut.max_length = 9;
    cut.side = side;
    expect_packed_alike(tokenizer, texts, cut);
    cut.add_special_tokens = false;
    expect_packed_alike(tokenizer, texts, cut);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, RealGolden,
                         ::testing::Values("all-MiniLM-L6-v2", "multilingual-e5-small",
                                           "tokenizer-qwen2.5", "tokenizer-qwen3",
                                           "smollm2-135m-instruct"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

}  // namespace
}  // namespace kindred::text
