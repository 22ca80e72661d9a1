#include "kindred/tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "kindred/error.h"

namespace kindred {
namespace {

namespace fs = std::filesystem;

using Ids = std::vector<std::uint32_t>;

class BertDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        fs::path(testing::TempDir()) /
        ("bert_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(directory_);
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\nHello\n,\n中\n");
  }
  void TearDown() override { fs::remove_all(directory_); }
  void write(const char* name, std::string_view text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  fs::path directory_;
};

TEST_F(BertDirectory, ReadsVocabAlone) {
  const Tokenizer tokenizer = Tokenizer::open(directory_.string());
  const Encoding encoding = tokenizer.encode("Hello, WORLDS中[MASK]?");
  EXPECT_EQ(encoding.ids, (Ids{2, 5, 9, 6, 7, 10, 4, 1, 3}));
  EXPECT_EQ(encoding.offsets[1], (CharSpan{0, 5}));
  EXPECT_EQ(encoding.offsets[4], (CharSpan{12, 13}));
  EXPECT_EQ(encoding.offsets[0], (CharSpan{0, 0}));
  EXPECT_EQ(encoding.special_tokens_mask.front(), 1);
  EXPECT_EQ(tokenizer.vocab_size(), 11U);
  EXPECT_EQ(tokenizer.token_to_id("##s"), 7U);
  EXPECT_EQ(tokenizer.id_to_token(7), "##s");
  EXPECT_EQ(tokenizer.id_to_token(99), "");
  EXPECT_TRUE(tokenizer.is_special(4));
  EXPECT_FALSE(tokenizer.is_special(5));
  EXPECT_EQ(tokenizer.added_token_count(), 2U);
  EXPECT_EQ(tokenizer.default_max_length(), std::nullopt);
}

TEST_F(BertDirectory, ReadsTheOnlyGgufFile) {
  fs::remove(directory_ / "vocab.txt");
  const fs::path golden = fs::path(KINDRED_TEST_DATA) / "golden/gguf_tokenizers/bert.gguf";
  fs::copy(golden, directory_ / "model.gguf");
  EXPECT_EQ(Tokenizer::open(directory_.string()).vocab_size(),
            Tokenizer::open(golden.string()).vocab_size());
}

TEST_F(BertDirectory, ReadsTheConfigBesideIt) {
  write("tokenizer_config.json",
        R"({"do_lower_case": false, "mask_token": {"content": "[MASK]"}})");
  const Tokenizer tokenizer = Tokenizer::open(directory_.string());
  EXPECT_EQ(tokenizer.encode("Hello hello").ids, (Ids{2, 8, 5, 3}));
}

TEST_F(BertDirectory, Truncates) {
  const Tokenizer tokenizer = Tokenizer::open((directory_ / "vocab.txt").string());
  TokenizeOptions options;
  options.max_length = 4;
  const Encoding cut = tokenizer.encode("hello world hello", options);
  EXPECT_EQ(cut.ids, (Ids{2, 5, 6, 3}));
  EXPECT_TRUE(cut.truncated);
  options.side = TruncationSide::left;
  EXPECT_EQ(tokenizer.encode("hello world hello", options).ids, (Ids{2, 6, 5, 3}));
  options.max_length = 1;
  EXPECT_THROW(tokenizer.encode("hello", options), Error);
  options.max_length = 2;
  EXPECT_EQ(tokenizer.encode("hello", options).ids, (Ids{2, 3}));
}

TEST_F(BertDirectory, PacksBatches) {
  const Tokenizer tokenizer = Tokenizer::open(directory_.string());
  const std::vector<std::string_view> texts = {"hello", "", "world hello\xff"};
  PackedIds packed;
  tokenizer.encode_packed(texts, {}, packed);
  EXPECT_EQ(packed.ids, (Ids{2, 5, 3, 2, 3, 2, 6, 5, 3}));
  EXPECT_EQ(packed.offsets, (Ids{0, 3, 5, 9}));
  EXPECT_EQ(packed.truncated, (std::vector<std::uint8_t>{0, 0, 0}));
}

TEST_F(BertDirectory, MayBeUsedByManyThreads) {
  const Tokenizer tokenizer = Tokenizer::open(directory_.string());
  std::vector<std::string> storage;
  for (int i = 0; i < 200; ++i) storage.push_back("hello worlds " + std::to_string(i));
  const std::vector<std::string_view> texts(storage.begin(), storage.end());
  PackedIds expected;
  tokenizer.encode_packed(texts, {}, expected);
  std::vector<PackedIds> results(4);
  std::vector<std::thread> threads;
  for (PackedIds& result : results)
    threads.emplace_back([&] { tokenizer.encode_packed(texts, {}, result); });
  for (std::thread& thread : threads) thread.join();
  for (const PackedIds& result : results) EXPECT_EQ(result.ids, expected.ids);
}

TEST_F(BertDirectory, NamesWhatIsMissing) {
  const auto kind = [](const fs::path& path) {
    try {
      Tokenizer::open(path.string());
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::internal;
  };
  EXPECT_EQ(kind(directory_ / "absent"), ErrorKind::not_found);
  write("vocab.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n");
  EXPECT_EQ(kind(directory_), ErrorKind::bad_input);
  write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n");
  EXPECT_EQ(kind(directory_), ErrorKind::bad_input);
  fs::remove(directory_ / "tokenizer.json");
  fs::remove(directory_ / "vocab.txt");
  EXPECT_EQ(kind(directory_), ErrorKind::not_found);
  write("spiece.model", "x");
  EXPECT_EQ(kind(directory_), ErrorKind::unsupported);
  write("vocab.txt", "");
  EXPECT_EQ(kind(directory_), ErrorKind::corrupt);
  write("vocab.txt", "hello\n");
  EXPECT_EQ(kind(directory_), ErrorKind::corrupt);
}

TEST(Tokenizer, RefusesBrokenFiles) {
  for (
      const char* json :
      {"", "{}", "[]",
       R"({"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},"version":"2.0"})",
       R"({"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},"added_tokens":[{}]})",
       R"({"model":{"type":"WordLevel","vocab":{"\ud800":0},"unk_token":"a"}})",
       R"({"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},"truncation":{"max_length":-1}})"}) {
    EXPECT_THROW(Tokenizer::from_json(json, "test"), Error) << json;
  }
}

}  // namespace
}  // namespace kindred
