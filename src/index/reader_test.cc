// Readers and snapshots beside a writer in another process that flushes and merges all the time.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>

#include "index/collection_model.h"
#include "io/child_process.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 4;

UseOptions tiny() {
  UseOptions use;
  use.memtable_bytes = 3000;  // about 15 rows
  use.background = false;
  use.threads = 1;
  return use;
}

UseOptions reading() {
  UseOptions use = tiny();
  use.read_only = true;
  return use;
}

ModelRow row_of(std::uint64_t key) {
  Random random(key);
  return {"id" + std::to_string(key), "payload", exact_vector(random, kDimension)};
}

// Row after row, for ever; each fifth is deleted later.
void write_for_ever(const std::string& directory, std::atomic<std::uint64_t>& answered) {
  const auto collection = Collection::open(directory, tiny());
  for (std::uint64_t key = 0;; ++key) {
    const ModelRow row = row_of(key);
    const NewRow given{key, row.id, row.payload, {}, row.vector.data()};
    collection->insert(std::span(&given, 1));
    answered = key + 1;
    const std::uint64_t old = key - 50;
    if (key >= 50 && old % 5 == 0) collection->erase_keys(std::span(&old, 1));
  }
}

// The first so many rows, less those that were deleted by then.
void expect_prefix(const Model& held, std::uint64_t at_least) {
  ASSERT_FALSE(held.empty());
  const std::uint64_t rows = held.rbegin()->first + 1;
  EXPECT_GE(rows, at_least);
  for (std::uint64_t key = 0; key < rows; ++key) {
    const auto found = held.find(key);
    const bool deleted = key % 5 == 0 && key + 50 < rows;
    if (found == held.end()) {
      EXPECT_TRUE(deleted) << key << " of " << rows;
    } else {
      EXPECT_EQ(found->second, row_of(key));
      // The deletion of the last row's turn may be yet to come.
      EXPECT_TRUE(!deleted || key + 51 == rows) << key << " of " << rows;
    }
  }
}

class BesideAWriter : public testing::Test {
 protected:
  BesideAWriter() {
    CollectionOptions options;
    options.dimension = kDimension;
    options.metric = Metric::euclidean;
    options.recall = 1.0;
    Collection::create(directory(), options, tiny());
    writer_.emplace([this](auto& answered) { write_for_ever(directory(), answered); });
    while (writer_->progress() < 30) std::this_thread::yield();
  }
  std::string directory() const { return temp_.file("c"); }
  // Until the time is over and `times` times at least.
  template <typename Fn>
  void repeat(int times, const Fn& fn) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    for (int i = 0; i < times || std::chrono::steady_clock::now() < end; ++i) {
      fn(i, writer_->progress());
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }

  io::TempDirectory temp_;
  std::optional<io::ChildProcess> writer_;
};

TEST_F(BesideAWriter, AReaderOpensAtAnyMoment) {
  repeat(50, [this](int, std::uint64_t answered) {
    const auto reader = Collection::open(directory(), reading());
    expect_prefix(contents(*reader), answered);
    reader->verify();
  });
}

TEST_F(BesideAWriter, ASnapshotIsWholeAndOfItsOwn) {
  repeat(10, [this](int i, std::uint64_t answered) {
    const std::string to = temp_.file("s" + std::to_string(i));
    Collection::snapshot(directory(), to);
    const auto copy = Collection::open(to, tiny());
    copy->verify();
    Model held = contents(*copy);
    expect_prefix(held, answered);
    const ModelRow row = row_of(1'000'000);
    const NewRow given{1'000'000, row.id, row.payload, {}, row.vector.data()};
    copy->insert(std::span(&given, 1));
    copy->compact();
    held[1'000'000] = row;
    EXPECT_EQ(contents(*copy), held);
  });
  const std::uint64_t answered = writer_->progress();
  writer_.reset();
  const auto source = Collection::open(directory(), tiny());
  source->verify();
  expect_prefix(contents(*source), answered);
}

TEST_F(BesideAWriter, AReaderTakesSnapshotsToo) {
  const std::uint64_t answered = writer_->progress();
  const auto reader = Collection::open(directory(), reading());
  reader->snapshot(temp_.file("s"));
  expect_prefix(contents(*Collection::open(temp_.file("s"), tiny())), answered);
  EXPECT_KINDRED_ERROR(reader->snapshot(temp_.file("s")), ErrorKind::bad_input, "not empty");
  EXPECT_KINDRED_ERROR(Collection::snapshot(temp_.file("none"), temp_.file("t")),
                       ErrorKind::not_found, "no collection");
  EXPECT_FALSE(io::is_directory(temp_.file("t")));
}

}  // namespace
}  // namespace kindred::index
