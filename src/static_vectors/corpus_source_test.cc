#include "static_vectors/corpus_source.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <thread>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::static_vectors {
namespace {

std::string lines(int begin, int end) {
  std::string text;
  for (int i = begin; i < end; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

std::string gzipped(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::vector<std::string> pieces_of(CorpusSource& source) {
  std::vector<std::string> pieces;
  CorpusSource::Piece piece;
  std::string storage;
  while (source.next(piece, storage)) {
    EXPECT_EQ(piece.number, pieces.size());
    pieces.emplace_back(piece.text);
  }
  return pieces;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

TEST(CorpusSource, PiecesAreWholeLinesOfAllFiles) {
  const io::TempDirectory temp;
  temp.write("a", lines(0, 1000));
  temp.write("empty", "");
  temp.write("b", gzipped(lines(1000, 2000)));
  temp.write("c", "the last line has no end");
  CorpusSource source({temp.file("a"), temp.file("empty"), temp.file("b"), temp.file("c")}, 500);
  const auto pieces = pieces_of(source);
  EXPECT_EQ(joined(pieces), lines(0, 2000) + "the last line has no end");
  EXPECT_GT(pieces.size(), 20U);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) EXPECT_EQ(pieces[i].back(), '\n');
  EXPECT_EQ(source.position(), source.bytes());
}

TEST(CorpusSource, ATextWithoutLinesIsCutBetweenWords) {
  const io::TempDirectory temp;
  std::string text;
  for (int i = 0; i < 600'000; ++i) text += "word ";
  temp.write("a", text);
  CorpusSource source({temp.file("a")}, 100'000);
  const auto pieces = pieces_of(source);
  EXPECT_EQ(joined(pieces), text);
  EXPECT_GT(pieces.size(), 10U);
  for (const std::string& piece : pieces)
    EXPECT_TRUE(piece.starts_with("word") || piece.starts_with(" word")) << piece.substr(0, 9);
}

TEST(CorpusSource, ThreadsShareThePieces) {
  const io::TempDirectory temp;
  temp.write("a", lines(0, 5000));
  CorpusSource source({temp.file("a")}, 100);
  std::mutex mutex;
  std::set<std::uint64_t> numbers;
  std::size_t bytes = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        CorpusSource::Piece piece;
        std::string storage;
        while (source.next(piece, storage)) {
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(numbers.insert(piece.number).second);
          bytes += piece.text.size();
        }
      });
  }
  EXPECT_EQ(bytes, lines(0, 5000).size());
  EXPECT_EQ(*numbers.rbegin() + 1, numbers.size());
}

TEST(CorpusSource, SaysWhatItCannotRead) {
  const io::TempDirectory temp;
  const auto open = [&](const std::vector<std::string>& paths) {
    return CorpusSource(paths).bytes();
  };
  EXPECT_KINDRED_ERROR(open({temp.file("nothing")}), ErrorKind::not_found, "nothing");
  EXPECT_KINDRED_ERROR(open({}), ErrorKind::bad_input, "no corpus");
  EXPECT_KINDRED_ERROR(open({temp.path()}), ErrorKind::bad_input, "regular");
  temp.write("cut", gzipped(lines(0, 1000)).substr(0, 500));
  CorpusSource source({temp.file("cut")});
  EXPECT_KINDRED_ERROR(pieces_of(source), ErrorKind::corrupt, "cut");
}

}  // namespace
}  // namespace kindred::static_vectors
