// Windows of long texts beside transformers (tests/reference/make_window_goldens.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "encode/windowed_text.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "kindred/encoder.h"

namespace kindred {
namespace {

const std::string kData = KINDRED_TEST_DATA;
const std::string kModels = KINDRED_MODELS;
constexpr std::pair<const char*, WindowJoin> kJoins[] = {{"rows", WindowJoin::rows},
                                                         {"late", WindowJoin::late},
                                                         {"mean", WindowJoin::mean},
                                                         {"weighted", WindowJoin::weighted}};

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

Encoder small(int threads = 1, std::size_t batch_tokens = 512,
              const std::string& pooling = "mean") {
  EncoderOptions options;
  options.threads = threads;
  options.batch_tokens = batch_tokens;
  options.pooling = pooling;
  return Encoder::open(kData + "/golden/models/bert-gelu", options);
}

// Of `words` tokens.
std::string text_of(int words, int from = 0) {
  std::string text;
  for (int i = 0; i < words; ++i) text += "t" + std::to_string(3 + (from + i) % 90) + " ";
  return text;
}

TEST(Windows, AreTransformers) {
  const auto cases =
      nlohmann::json::parse(io::read_text_file(kData + "/golden/windows/windows.json"));
  const auto golden = io::Safetensors::open(kData + "/golden/windows/windows.safetensors");
  ASSERT_EQ(cases.size(), 4U);
  for (const auto& c : cases) {
    const std::string name = c["name"];
    const std::string path = kModels + "/" + c["model"].get<std::string>();
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    const Encoder encoder = Encoder::open(path);
    const std::vector<std::string> texts = c["texts"];
    EncodeOptions options;
    options.prompt = c["prompt"].get<std::string>();
    for (const auto& [key, join] : kJoins) {
      SCOPED_TRACE(name + "/" + key);
      const WindowOptions windows{c["window"], c["stride"], join};
      const WindowEmbeddings e = encoder.encode_windows(views(texts), windows, options);
      const io::TensorView& tensor = golden.at(name + "/" + key);
      ASSERT_EQ(e.vectors.rows, tensor.rows());
      const std::vector<float> expected = tensor.to_floats();
      float most = 0.0F;
      for (std::size_t i = 0; i < expected.size(); ++i)
        most = std::max(most, std::abs(expected[i] - e.vectors.values[i]));
      EXPECT_LT(most, 2e-5F);
      ASSERT_EQ(e.places.size(), c["places"].size());
      for (std::size_t i = 0; i < e.places.size(); ++i) {
        const WindowPlace& p = e.places[i];
        const std::vector<std::uint32_t> found = {
            p.text, p.window, p.token_begin, p.token_end, p.characters.begin, p.characters.end};
        EXPECT_EQ(found, c["places"][i].get<std::vector<std::uint32_t>>()) << i;
      }
    }
  }
}

TEST(Windows, ATextOfOneWindowHasItsOwnVector) {
  const Encoder encoder = small();
  const std::vector<std::string> texts = {text_of(10), "", "t5", text_of(20)};
  for (const char* prompt : {"", "t7 t8 "}) {
    EncodeOptions options;
    options.prompt = prompt;
    const Embeddings whole = encoder.encode(texts, options);
    for (const auto& [key, join] : kJoins)
      EXPECT_EQ(encoder.encode_windows(views(texts), {20, 0, join}, options).vectors.values,
                whole.values)
          << key << prompt;
  }
}

TEST(Windows, HaveTheSameBitsWhateverTheBatch) {
  std::vector<std::string> texts;
  for (int i = 0; i < 12; ++i) texts.push_back(text_of(5 + 23 * i, i));
  for (const auto& [key, join] : kJoins) {
    SCOPED_TRACE(key);
    const WindowOptions windows{16, 12, join};
    const auto all = small(3, 64).encode_windows(views(texts), windows);
    const Encoder one = small(1, 4096);
    std::vector<float> apart;
    for (const std::string& text : texts) {
      const std::string_view view = text;
      const auto e = one.encode_windows({&view, 1}, windows);
      apart.insert(apart.end(), e.vectors.values.begin(), e.vectors.values.end());
    }
    EXPECT_EQ(all.vectors.values, apart);
  }
}

TEST(Windows, LateOnesKnowWhatStandsAround) {
  const Encoder encoder = small();
  const std::string a = text_of(24);
  const std::string b = text_of(12) + text_of(12, 50);
  const std::string_view texts[] = {a, b};
  const auto late = encoder.encode_windows(texts, {12, 0, WindowJoin::late}).vectors;
  const auto rows = encoder.encode_windows(texts, {12, 0, WindowJoin::rows}).vectors;
  const std::size_t d = late.dimensions;
  const auto same = [&](const Embeddings& e) {
    return std::equal(e.values.begin(), e.values.begin() + static_cast<std::ptrdiff_t>(d),
                      e.values.begin() + static_cast<std::ptrdiff_t>(2 * d));
  };
  EXPECT_TRUE(same(rows));  // the first windows are the same words
  EXPECT_FALSE(same(late));
}

TEST(Windows, RefuseWhatDoesNotFit) {
  const Encoder encoder = small();
  const std::string_view text = "t5";
  const std::size_t most = encoder.max_length();  // its tokenizer adds no tokens
  EXPECT_EQ(encoder.encode_windows({&text, 1}, {most, 0, WindowJoin::rows}).vectors.rows, 1U);
  EXPECT_KINDRED_ERROR(encoder.encode_windows({&text, 1}, {most + 1, 0, WindowJoin::rows}),
                       ErrorKind::bad_input, std::to_string(most) + " or fewer");
  EncodeOptions prompted;
  prompted.prompt = "t7 ";
  EXPECT_KINDRED_ERROR(encoder.encode_windows({&text, 1}, {most, 0, WindowJoin::rows}, prompted),
                       ErrorKind::bad_input, std::to_string(most - 1) + " or fewer");
  EXPECT_KINDRED_ERROR(encoder.encode_windows({&text, 1}, {0, 0, WindowJoin::rows}),
                       ErrorKind::bad_input, "0 tokens");
  EXPECT_KINDRED_ERROR(encoder.encode_windows({&text, 1}, {8, 9, WindowJoin::rows}),
                       ErrorKind::bad_input, "leaves out");
  EXPECT_KINDRED_ERROR(small(1, 512, "cls").encode_windows({&text, 1}, {8, 8, WindowJoin::late}),
                       ErrorKind::unsupported, "--pooling mean");
}

TEST(WindowsOver, EndAtTheEnd) {
  using encode::TokenWindow;
  using encode::windows_over;
  EXPECT_EQ(windows_over(0, 4, 4), (std::vector<TokenWindow>{{0, 0}}));
  EXPECT_EQ(windows_over(4, 4, 4), (std::vector<TokenWindow>{{0, 4}}));
  EXPECT_EQ(windows_over(5, 4, 4), (std::vector<TokenWindow>{{0, 4}, {4, 5}}));
  EXPECT_EQ(windows_over(7, 4, 3), (std::vector<TokenWindow>{{0, 4}, {3, 7}}));
  EXPECT_EQ(windows_over(3, 9, 1), (std::vector<TokenWindow>{{0, 3}}));
}

}  // namespace
}  // namespace kindred
