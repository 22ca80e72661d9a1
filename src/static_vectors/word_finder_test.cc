#include "static_vectors/word_finder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "static_vectors/word_tokenizer.h"

namespace kindred::static_vectors {
namespace {

std::shared_ptr<StaticModel> model_of(const std::vector<std::string>& words, bool ngrams = false) {
  auto model = std::make_shared<StaticModel>();
  for (const std::string& word : words) model->vocabulary.add(word, 1);
  constexpr std::size_t kBuckets = 10;
  const std::size_t rows = words.size() + (ngrams ? kBuckets : 0);
  if (ngrams) model->subwords = SubwordRules{3, 3, kBuckets};
  model->input = std::make_shared<FloatTable>(rows, 1, std::vector<float>(rows));
  return model;
}

// "word" known, "word?" to be made of n-grams.
std::vector<std::string> found(const StaticModel& model, WordChoice choice, std::string_view text) {
  WordFinder finder(model, choice);
  std::vector<FoundWord> words;
  finder.find(text, words);
  std::vector<std::string> names;
  for (const FoundWord& word : words)
    names.push_back(word.id == FoundWord::kUnknown ? std::string(word.text) + "?"
                                                   : std::string(model.vocabulary.word(word.id)));
  return names;
}

using Words = std::vector<std::string>;

TEST(WordFinder, AutomaticTriesWhatIsNearTheTextFirst) {
  const auto model = model_of(
      {"shoes", "Red", "red", "don't", "wi-fi", "head", "phones", ",", "苹果", "香蕉", "café"});
  const auto find = [&](std::string_view text) {
    return found(*model, WordChoice::automatic, text);
  };
  EXPECT_EQ(find("Red SHOES, \"red\" shoes!"), (Words{"Red", "shoes", "red", "shoes"}));
  EXPECT_EQ(find("don't wi-fi , Wi-Fi."), (Words{"don't", "wi-fi", ",", "wi-fi"}));
  EXPECT_EQ(find("Head/Phones nowhere ..."), (Words{"head", "phones"}));
  EXPECT_EQ(find("苹果和香蕉。 CAFÉ"), (Words{"苹果", "香蕉", "café"}));
  EXPECT_EQ(find(""), Words{});
}

TEST(WordFinder, SpacesAreStrict) {
  const auto model = model_of({"red", "shoes"});
  EXPECT_EQ(found(*model, WordChoice::spaces, "red shoes, Red"), (Words{"red"}));
  const auto with = model_of({"red"}, /*ngrams=*/true);
  EXPECT_EQ(found(*with, WordChoice::spaces, "red shoes, Red"), (Words{"red", "shoes,?", "Red?"}));
}

TEST(WordFinder, UnicodeTriesLowerCase) {
  const auto model = model_of({"red", "shoes", "苹果"});
  EXPECT_EQ(found(*model, WordChoice::unicode, "Red-SHOES,苹果"), (Words{"red", "shoes", "苹果"}));
  const auto with = model_of({"red"}, /*ngrams=*/true);
  EXPECT_EQ(found(*with, WordChoice::unicode, "Red-Shoes"), (Words{"red", "Shoes?"}));
}

TEST(WordFinder, TheModelsOwnChoice) {
  EXPECT_EQ(parse_word_choice("", *model_of({"a"})), WordChoice::automatic);
  EXPECT_EQ(parse_word_choice("", *model_of({"a"}, true)), WordChoice::spaces);
  EXPECT_EQ(parse_word_choice("unicode", *model_of({"a"})), WordChoice::unicode);
  EXPECT_THROW((void)parse_word_choice("words", *model_of({"a"})), Error);
}

TEST(WordTokenizer, GivesWordsWithTheirPlaces) {
  const auto model = model_of({"red", "shoes", "café"});
  const Tokenizer tokenizer = make_word_tokenizer(model, WordChoice::automatic);
  const Encoding e = tokenizer.encode("Café  red, nowhere shoes");
  EXPECT_EQ(e.ids, (std::vector<std::uint32_t>{2, 0, 1}));
  EXPECT_EQ(e.offsets, (std::vector<CharSpan>{{0, 4}, {6, 9}, {19, 24}}));
  EXPECT_EQ(e.attention_mask, (std::vector<std::uint8_t>{1, 1, 1}));
  EXPECT_EQ(tokenizer.vocab_size(), 3U);
  EXPECT_EQ(tokenizer.token_to_id("shoes"), 1U);
  EXPECT_EQ(tokenizer.id_to_token(1), "shoes");
  EXPECT_EQ(tokenizer.id_to_token(9), "");

  TokenizeOptions options;
  options.max_length = 2;
  EXPECT_TRUE(tokenizer.encode("red red red", options).truncated);
  PackedIds packed;
  const std::string_view texts[] = {"red shoes café", "", "shoes"};
  options.side = TruncationSide::left;
  tokenizer.encode_packed(texts, options, packed);
  EXPECT_EQ(packed.ids, (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_EQ(packed.offsets, (std::vector<std::uint32_t>{0, 2, 2, 3}));
  EXPECT_EQ(packed.truncated, (std::vector<std::uint8_t>{1, 0, 0}));
}

TEST(WordTokenizer, UnknownWordsAreTheRowsOfTheirNgrams) {
  const auto model = model_of({"red"}, /*ngrams=*/true);
  const Tokenizer tokenizer = make_word_tokenizer(model, WordChoice::spaces);
  const Encoding e = tokenizer.encode("red ab");
  ASSERT_EQ(e.ids.size(), 3U);  // red; <ab, ab>
  for (const std::size_t i : {1, 2}) {
    EXPECT_GE(e.ids[i], 1U);
    EXPECT_LT(e.ids[i], tokenizer.vocab_size());
    EXPECT_EQ(e.offsets[i], (CharSpan{4, 6}));
    EXPECT_EQ(tokenizer.id_to_token(e.ids[i]), "");
  }
}

}  // namespace
}  // namespace kindred::static_vectors
