#include "static_vectors/encoded_corpus.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "static_vectors/window.h"

namespace kindred::static_vectors {
namespace {

class EncodedCorpusTest : public testing::Test {
 protected:
  EncodedCorpus encode(const std::string& text, const EncodeOptions& options,
                       std::size_t piece_bytes = 1000) const {
    temp_.write("text", text);
    CorpusSource source({temp_.file("text")}, piece_bytes);
    return EncodedCorpus::encode(source, options, temp_.path());
  }
  // The words, with "|" behind each sentence.
  static std::string decode(const EncodedCorpus& corpus) {
    std::string text;
    for (const auto& chunk : corpus.chunks())
      for (const std::uint32_t token : chunk.tokens)
        text += token == kSentenceEnd ? "|" : std::string(corpus.vocabulary().word(token)) + " ";
    return text;
  }
  static EncodeOptions all_words() {
    EncodeOptions options;
    options.min_count = 1;
    return options;
  }
  io::TempDirectory temp_;
};

TEST_F(EncodedCorpusTest, KeepsOrderAndSentences) {
  const EncodedCorpus corpus = encode("the cat\tsat\r\n\n  \nthe dog\nlast", all_words());
  EXPECT_EQ(decode(corpus), "the cat sat |the dog |last |");
  EXPECT_EQ(corpus.vocabulary().word(0), "the");
  EXPECT_EQ(corpus.vocabulary().word(1), "cat");  // of equal counts by bytes
  EXPECT_EQ(corpus.tokens(), 6U);
}

TEST_F(EncodedCorpusTest, DropsRareWordsAndWhatIsThenEmpty) {
  EncodeOptions options;
  options.min_count = 2;
  EXPECT_EQ(decode(encode("a b a\nonce\nb rare\n", options)), "a b a |b |");
}

TEST_F(EncodedCorpusTest, IsTheSameHoweverManyThreadsAndPieces) {
  Random random(3);
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "w" + std::to_string(random.below(300)) + (random.below(9) == 0 ? "\n" : " ");
  EncodeOptions options;
  const std::string one = decode(encode(text, options, 1 << 20));
  for (const int threads : {1, 2, 5}) {
    options.threads = threads;
    EXPECT_TRUE(decode(encode(text, options, 777)) == one) << threads;
  }
}

TEST_F(EncodedCorpusTest, SegmentsChinese) {
  EncodeOptions options = all_words();
  options.words = WordMode::unicode;
  options.lower = true;
  EXPECT_EQ(decode(encode("我喜欢苹果。\nHello, World!\n", options)),
            "我 喜欢 苹果 |hello world |");
}

TEST_F(EncodedCorpusTest, JoinsPhrasesOfSeveralWords) {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += fmt::format("a{} b{} new york times c{}\n", i % 20, i % 19, i % 17);
  EncodeOptions options = all_words();
  options.phrase_threshold = 4.5;
  EXPECT_EQ(decode(encode(text, options)).find('_'), std::string::npos);
  options.phrase_passes = 1;
  EXPECT_NE(decode(encode(text, options)).find("new_york times"), std::string::npos);
  options.phrase_passes = 2;
  const EncodedCorpus corpus = encode(text, options);
  EXPECT_NE(decode(corpus).find("new_york_times"), std::string::npos);
  EXPECT_EQ(corpus.vocabulary().count(*corpus.vocabulary().find("new_york_times")), 60U);
  EXPECT_FALSE(corpus.vocabulary().find("new_york"));
}

TEST_F(EncodedCorpusTest, CutsLongSentences) {
  std::string text;
  for (int i = 0; i < 25'000; ++i) text += "w ";
  const std::string decoded = decode(encode(text, all_words(), 1 << 20));
  EXPECT_EQ(std::count(decoded.begin(), decoded.end(), '|'), 3);
}

TEST_F(EncodedCorpusTest, ChunksKnowWhatCameBefore) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "some words of a line\n";
  const EncodedCorpus corpus = encode(text, all_words());
  std::uint64_t before = 0;
  EXPECT_GT(corpus.chunks().size(), 10U);
  for (const auto& chunk : corpus.chunks()) {
    ASSERT_EQ(chunk.before, before);
    ASSERT_EQ(chunk.tokens.back(), kSentenceEnd);
    before += static_cast<std::uint64_t>(std::count_if(chunk.tokens.begin(), chunk.tokens.end(),
                                                       [](auto t) { return t != kSentenceEnd; }));
  }
  EXPECT_EQ(before, corpus.tokens());
}

TEST_F(EncodedCorpusTest, RefusesDamageAndEmptiness) {
  EXPECT_KINDRED_ERROR(encode("a b c\n", EncodeOptions()), ErrorKind::bad_input, "--min-count");
  (void)encode("a b a b\n", all_words());
  (void)EncodedCorpus::open(temp_.path());
  const std::string words = io::read_text_file(temp_.file("words"));
  const std::string tokens = io::read_text_file(temp_.file("tokens"));
  for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{20}, words.size() - 1}) {
    std::string damaged = words;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    temp_.write("words", damaged);
    EXPECT_KINDRED_ERROR((void)EncodedCorpus::open(temp_.path()), ErrorKind::corrupt, "words");
  }
  temp_.write("words", words.substr(0, 5));
  EXPECT_KINDRED_ERROR((void)EncodedCorpus::open(temp_.path()), ErrorKind::corrupt, "words");
  temp_.write("words", words);
  temp_.write("tokens", tokens.substr(0, 8));
  EXPECT_KINDRED_ERROR((void)EncodedCorpus::open(temp_.path()), ErrorKind::corrupt, "tokens");
  temp_.write("tokens", std::string(tokens.size(), '\x55'));
  EXPECT_KINDRED_ERROR((void)EncodedCorpus::open(temp_.path()), ErrorKind::corrupt, "tokens");
}

}  // namespace
}  // namespace kindred::static_vectors
