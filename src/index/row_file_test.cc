#include "index/row_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

class ListRows final : public Rows {
 public:
  std::size_t rows() const noexcept override { return keys.size(); }
  std::uint64_t key(std::size_t row) const override { return keys[row]; }
  std::string_view id(std::size_t row) const override {
    return ids.empty() ? std::string_view() : ids[row];
  }
  std::string_view payload(std::size_t row) const override {
    return payloads.empty() ? std::string_view() : payloads[row];
  }
  std::string_view fields(std::size_t row) const override { return id(row).substr(0, 2); }
  std::vector<std::uint64_t> keys;
  std::vector<std::string> ids, payloads;
};

std::vector<std::uint32_t> shuffled(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  random.shuffle(std::span(order));
  return order;
}

ListRows random_rows(std::size_t count, Random& random, bool texts) {
  ListRows rows;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Clusters and gaps: the worst for a guess between the ends.
    key += 1 + (random.below(10) == 0 ? random.below(std::uint64_t{1} << 40) : 0);
    rows.keys.push_back(key);
    if (!texts) continue;
    rows.ids.push_back(random.below(3) == 0 ? "" : "id " + std::to_string(i));
    rows.payloads.push_back(std::string(random.below(20), 'p'));
  }
  return rows;
}

TEST(RowFile, FindsEveryKeyAndIdAndNothingElse) {
  Random random(1);
  const io::TempDirectory temp;
  for (const std::size_t count : {1U, 2U, 3U, 100U, 5000U}) {
    for (const bool texts : {false, true}) {
      for (const bool in_order : {false, true}) {
        const ListRows source = random_rows(count, random, texts);
        std::vector<std::uint32_t> order = shuffled(count, random);
        if (in_order) std::sort(order.begin(), order.end());
        write_row_file(io::system_files(), temp.file("rows"), source, order);
        const auto file = RowFile::open(temp.file("rows"));
        file->verify();
        ASSERT_EQ(file->rows(), count);
        for (std::size_t r = 0; r < count; ++r) {
          EXPECT_EQ(file->key(r), source.key(order[r]));
          EXPECT_EQ(file->id(r), source.id(order[r]));
          EXPECT_EQ(file->payload(r), source.payload(order[r]));
          EXPECT_EQ(file->fields(r), source.fields(order[r]));
          EXPECT_EQ(file->find_key(file->key(r)), r);
          if (!file->id(r).empty()) {
            EXPECT_EQ(file->find_id(file->id(r)), r);
          }
          EXPECT_EQ(file->key(file->row_of_rank(r)), source.key(r));
        }
        EXPECT_FALSE(file->find_key(0));
        EXPECT_FALSE(file->find_key(~std::uint64_t{0}));
        for (int i = 0; i < 200; ++i) {
          const std::uint64_t key = random.below(source.keys.back() + 2);
          const bool there = std::binary_search(source.keys.begin(), source.keys.end(), key);
          EXPECT_EQ(file->find_key(key).has_value(), there);
        }
        EXPECT_FALSE(file->find_id("nobody"));
      }
    }
  }
}

TEST(RowFile, DamageIsNamedNeverServed) {
  Random random(2);
  const io::TempDirectory temp;
  const ListRows source = random_rows(60, random, true);
  write_row_file(io::system_files(), temp.file("rows"), source, shuffled(60, random));
  const std::string sound = io::read_text_file(temp.file("rows"));
  const auto refused = [&](const std::string& bytes) {
    const std::string path = temp.write("damaged", bytes);
    try {
      const auto file = RowFile::open(path);
      for (std::size_t r = 0; r < file->rows(); ++r) {  // may be refused, may not crash
        file->find_id(file->id(r));
        file->find_key(file->key(r));
      }
      file->verify();
      return false;
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported)
          << error.what();
      return true;
    }
  };
  EXPECT_FALSE(refused(sound));
  std::size_t padding = 0;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    if (!refused(damaged)) ++padding;  // between sections, read by nobody
    if (at % 7 == 0) {
      EXPECT_TRUE(refused(sound.substr(0, at))) << at;
    }
  }
  EXPECT_LE(padding, 7U * RowFile::section_count);
}

}  // namespace
}  // namespace kindred::index
