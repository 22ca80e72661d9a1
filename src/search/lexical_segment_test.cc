#include "search/lexical_segment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "search/lexical_segment_writer.h"

namespace kindred::search {
namespace {

using Lists = std::map<std::string, std::vector<Posting>>;

Lists random_lists(Random& random, std::size_t rows, std::size_t terms) {
  Lists lists;
  for (std::size_t t = 0; t < terms; ++t) {
    const double share = std::pow(10.0, -4.0 * random.uniform());
    std::vector<Posting>& list = lists["term" + std::to_string(t * 7)];
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (random.uniform() < share)
        list.push_back({row, static_cast<std::uint8_t>(1 + random.below(255))});
    }
    if (list.empty()) list.push_back({static_cast<std::uint32_t>(random.below(rows)), 1});
  }
  return lists;
}

std::vector<std::uint64_t> ascending_keys(Random& random, std::size_t rows) {
  std::vector<std::uint64_t> keys;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < rows; ++i) keys.push_back(key += 1 + random.below(1U << 20));
  return keys;
}

void write(const std::string& path, const Lists& lists, const std::vector<std::uint64_t>& keys) {
  LexicalSegmentWriter writer(path, {});
  for (const auto& [term, list] : lists) writer.add(term, list);
  writer.finish(keys, 12345);
}

std::vector<Posting> read(const LexicalSegment& segment, std::size_t term) {
  std::vector<Posting> all;
  const SegmentPostings list = segment.postings(term);
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    std::uint32_t rows[kBlockPostings];
    std::uint8_t impacts[kBlockPostings];
    const std::size_t count = list.decode(b, rows, impacts);
    EXPECT_EQ(rows[count - 1], list.last_row(b));
    for (std::size_t i = 0; i < count; ++i) all.push_back({rows[i], impacts[i]});
  }
  return all;
}

void expect_holds(const LexicalSegment& segment, const Lists& lists) {
  ASSERT_EQ(segment.terms(), lists.size());
  std::size_t index = 0;
  for (const auto& [term, list] : lists) {
    EXPECT_EQ(segment.term(index), term);
    EXPECT_EQ(segment.find(term), index);
    EXPECT_EQ(segment.term_count(index), list.size());
    EXPECT_EQ(read(segment, index), list) << term;
    ++index;
  }
  segment.verify();
}

TEST(LexicalSegment, HoldsWhatWasWritten) {
  Random random(1);
  io::TempDirectory directory;
  for (const std::size_t rows : {1, 127, 128, 129, 50000}) {
    const Lists lists = random_lists(random, rows, 40);
    const auto keys = ascending_keys(random, rows);
    write(directory.file("a.words"), lists, keys);
    const auto segment = LexicalSegment::open(directory.file("a.words"));
    EXPECT_EQ(segment->rows(), rows);
    EXPECT_EQ(segment->total_length(), 12345U);
    expect_holds(*segment, lists);
    EXPECT_FALSE(segment->find("term").has_value());
    EXPECT_FALSE(segment->find("zzz").has_value());
    EXPECT_EQ(segment->find_key(keys.back()), rows - 1);
    EXPECT_FALSE(segment->find_key(keys.back() + 1).has_value());
  }
}

TEST(LexicalSegment, MayBeEmpty) {
  io::TempDirectory directory;
  write(directory.file("a.words"), {}, {});
  const auto segment = LexicalSegment::open(directory.file("a.words"));
  EXPECT_EQ(segment->terms(), 0U);
  EXPECT_FALSE(segment->find("a").has_value());
  segment->verify();
}

TEST(LexicalSegment, WidestGapsFit) {
  // Rows near 2³² need gaps of 32 bits; only the layout is looked at, no segment has so many rows.
  io::TempDirectory directory;
  Random random(2);
  Lists lists = {{"a", {{0, 1}, {70000, 255}}}};
  write(directory.file("a.words"), lists, ascending_keys(random, 70001));
  expect_holds(*LexicalSegment::open(directory.file("a.words")), lists);
}

TEST(MergeSegments, DropsRowsAndKeepsTheOrderOfTheKeys) {
  Random random(7);
  io::TempDirectory directory;
  const std::size_t rows = 3000;
  std::vector<Lists> lists;
  std::vector<std::shared_ptr<const LexicalSegment>> segments;
  std::vector<MergeSource> sources;
  std::vector<std::uint64_t> keys;  // of part p, row r: 3 r + p
  Lists expected;
  std::uint32_t next = 0;
  std::vector<std::vector<std::uint32_t>> row_of(3, std::vector<std::uint32_t>(rows, kDroppedRow));
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::size_t p = 0; p < 3; ++p) {
      if (random.below(4) == 0) continue;
      row_of[p][r] = next++;
      keys.push_back(3 * r + p);
    }
  }
  for (std::size_t p = 0; p < 3; ++p) {
    lists.push_back(random_lists(random, rows, 10 + p * 5));
    std::vector<std::uint64_t> part_keys;
    for (std::uint32_t r = 0; r < rows; ++r) part_keys.push_back(3 * r + p);
    const std::string path = directory.file("part" + std::to_string(p));
    write(path, lists[p], part_keys);
    segments.push_back(LexicalSegment::open(path));
    sources.push_back({segments[p].get(), row_of[p]});
    for (const auto& [term, list] : lists[p]) {
      for (const Posting& posting : list) {
        if (row_of[p][posting.row] != kDroppedRow)
          expected[term].push_back({row_of[p][posting.row], posting.impact});
      }
    }
  }
  for (auto& [term, list] : expected)
    std::sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.row < b.row; });
  merge_segments(sources, keys, 99, directory.file("merged"));
  expect_holds(*LexicalSegment::open(directory.file("merged")), expected);
}

TEST(LexicalSegment, RefusesEveryFlippedBitAndEveryTruncation) {
  Random random(9);
  io::TempDirectory directory;
  const Lists lists = random_lists(random, 300, 6);
  write(directory.file("a.words"), lists, ascending_keys(random, 300));
  const std::string sound = io::read_text_file(directory.file("a.words"));
  const auto refused = [&](const std::string& bytes) {
    try {
      LexicalSegment::open(directory.write("b.words", bytes))->verify();
    } catch (const Error& error) {
      return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
    }
    return false;
  };
  for (std::size_t byte = 0; byte < sound.size(); ++byte) {
    std::string bytes = sound;
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << random.below(8)));
    EXPECT_TRUE(refused(bytes)) << "byte " << byte;
  }
  for (std::size_t size = 0; size < sound.size(); size += 1 + random.below(9)) {
    EXPECT_TRUE(refused(sound.substr(0, size))) << size << " bytes";
  }
  EXPECT_TRUE(refused(sound + "x"));
}

}  // namespace
}  // namespace kindred::search
