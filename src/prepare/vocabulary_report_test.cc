#include "prepare/vocabulary_report.h"

#include <gtest/gtest.h>

#include <string>

#include "io/temp_directory.h"
#include "prepare/token_counts.h"

namespace kindred::prepare {
namespace {

// Pieces by hand: red, shoe, ##s, zapato, rojo, [UNK].
Tokenizer small_tokenizer() {
  return Tokenizer::from_json(
      R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
          "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"},
          "post_processor": null, "decoder": null,
          "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 100,
                    "vocab": {"[UNK]": 0, "red": 1, "shoe": 2, "##s": 3, "zapato": 4, "rojo": 5}}})",
      "test");
}

TEST(VocabularyReport, CountsWhatEachLanguageUses) {
  const io::TempDirectory folder;
  ThreadPool pool(2);
  const std::string english = folder.write("en.txt", "red shoes\nred\n");
  const std::string more = folder.write("more.txt", "bag\n");
  const std::string spanish = folder.write("es.txt", "zapatos rojos\nred\n");
  std::uint64_t seen = 0;
  const auto report = report_vocabulary(
      small_tokenizer(),
      {{"en", {english, "", {}}}, {"es", {spanish, "", {}}}, {"en", {more, "", {}}}}, pool,
      [&](std::uint64_t texts) { seen = texts; });
  EXPECT_EQ(seen, 5U);
  EXPECT_EQ(report.tokens, 6U);
  EXPECT_EQ(report.used, 6U);
  ASSERT_EQ(report.languages.size(), 2U);
  const LanguagePieces& en = report.languages[0];
  EXPECT_EQ(en.texts, 3U);
  EXPECT_EQ(en.words, 4U);        // red shoes red bag
  EXPECT_EQ(en.characters, 14U);  // 3 + 5 + 3 + 3
  EXPECT_EQ(en.pieces, 5U);       // red shoe ##s red [UNK]
  EXPECT_EQ(en.unknown, 1U);
  EXPECT_EQ(en.distinct, 4U);
  EXPECT_EQ(en.rare, 3U);
  EXPECT_EQ(en.for_99, 4U);
  EXPECT_DOUBLE_EQ(en.pieces_a_word(), 1.25);
  EXPECT_DOUBLE_EQ(en.characters_a_piece(), 2.8);
  EXPECT_DOUBLE_EQ(en.unknown_rate(), 0.2);
  ASSERT_EQ(report.shared.size(), 1U);
  EXPECT_EQ(report.shared[0].shared, 2U);  // ##s and red
  EXPECT_DOUBLE_EQ(report.shared[0].share_of_a, 0.6);
  EXPECT_DOUBLE_EQ(report.shared[0].share_of_b, 0.6);  // ##s ##s red of 5
}

TEST(VocabularyReport, FindsWordsWhereThereAreNoSpaces) {
  const io::TempDirectory folder;
  ThreadPool pool;
  const std::string chinese = folder.write("zh.txt", "红色运动鞋\n");
  const auto report = report_vocabulary(small_tokenizer(), {{"zh", {chinese, "", {}}}}, pool);
  EXPECT_GT(report.languages[0].words, 1U);
  EXPECT_EQ(report.languages[0].characters, 5U);
  EXPECT_EQ(report.languages[0].unknown, report.languages[0].pieces);
}

TEST(TokenCounts, CountsByIdAndKnowsHoles) {
  const io::TempDirectory folder;
  ThreadPool pool;
  const std::string path = folder.write("en.txt", "red shoes\nred\n");
  const auto counts = count_tokens(small_tokenizer(), {path, "", {}}, pool, {});
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{0, 2, 1, 1, 0, 0}));
  const auto holes = Tokenizer::from_json(
      R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
          "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
          "model": {"type": "WordLevel", "unk_token": "x", "vocab": {"x": 0, "y": 7}}})",
      "test");
  EXPECT_EQ(id_bound(holes), 8U);
}

}  // namespace
}  // namespace kindred::prepare
