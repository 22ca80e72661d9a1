#include "encode/text_chunks.h"

#include <gtest/gtest.h>

#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/error.h"

namespace kindred::encode {
namespace {

class Chunks : public testing::Test {
 protected:
  void SetUp() override { io::write_text_file(source_.path, "a\n\nccc\nd\ne\n"); }
  const io::TempDirectory temp_;  // of its own: tests run side by side
  TextSource source_{temp_.file("texts.txt"), "", {}};
};

TEST_F(Chunks, RowsInOrderBlankOnesIncluded) {
  TextChunks chunks(source_, 2, 1000);
  EXPECT_EQ(chunks.next(), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(chunks.next(), (std::vector<std::string_view>{"ccc", "d"}));
  EXPECT_EQ(chunks.next(), (std::vector<std::string_view>{"e"}));
  EXPECT_TRUE(chunks.next().empty());
  EXPECT_EQ(count_rows(source_), 5U);
}

TEST_F(Chunks, BytesEndAChunkToo) {
  TextChunks chunks(source_, 100, 2);
  EXPECT_EQ(chunks.next().size(), 3U);
  EXPECT_EQ(chunks.next().size(), 2U);
}

TEST_F(Chunks, OnlyTheRange) {
  TextChunks chunks(source_, 100, 1000, {2, 4});
  EXPECT_EQ(chunks.next(), (std::vector<std::string_view>{"ccc", "d"}));
  EXPECT_TRUE(chunks.next().empty());
}

TEST_F(Chunks, AllTextsUpToALimit) {
  EXPECT_EQ(read_all_texts(source_, 5).size(), 5U);
  EXPECT_THROW((void)read_all_texts(source_, 4), Error);
}

}  // namespace
}  // namespace kindred::encode
