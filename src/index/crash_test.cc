// Power loss, failing disks and full disks at every operation: nothing that was answered is lost,
// nothing is half there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "index/collection_model.h"
#include "io/crash_points.h"
#include "io/fault_file_system.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 4;
// `make crash` asks for everything.
const bool kEverywhere = std::getenv("KINDRED_KILLS") != nullptr;
constexpr std::uint64_t kSample = 20;  // operations at which a usual run stops

CollectionOptions small() {
  CollectionOptions options;
  options.dimension = kDimension;
  options.metric = Metric::euclidean;
  options.recall = 1.0;
  return options;
}

// One fixed sequence of changes; `model` is what was answered, `maybe` that and the change that was
// under way.
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {}

  void run(const std::string& directory, io::FileSystem& files, const std::string& snapshot) {
    UseOptions open;
    open.memtable_bytes = 6000;  // about 30 rows
    open.background = false;
    open.threads = 1;
    open.files = &files;
    maybe = model;
    auto collection = Collection::create(directory, small(), open);
    created = true;
    for (int step = 0; step < 24; ++step) {
      change(*collection);
      if (step == 9) collection->flush();
      if (step == 13) {
        collection.reset();
        collection = Collection::open(directory, open);
      }
      if (step == 17) collection->compact();
      if (step == 20) {
        collection->snapshot(snapshot);
        snapshot_model = model;
      }
    }
  }

  bool created = false;
  Model model;
  Model maybe;
  std::optional<Model> snapshot_model;

 private:
  void change(Collection& collection) {
    maybe = model;
    if (random_.below(4) == 0 && !model.empty()) {
      std::vector<std::uint64_t> keys;
      for (const auto& [key, row] : model)
        if (random_.below(4) == 0) keys.push_back(key);
      for (const std::uint64_t key : keys) maybe.erase(key);
      collection.erase_keys(keys);
    } else {
      std::vector<ModelRow> rows(1 + random_.below(12));
      std::vector<NewRow> given;
      for (ModelRow& row : rows) {
        const bool with_id = random_.below(2) == 0;
        row = {with_id ? "id" + std::to_string(random_.below(30)) : "", "payload",
               exact_vector(random_, kDimension)};
        const std::uint64_t key = next_key_++;
        given.push_back({key, row.id, row.payload, {}, row.vector.data()});
        model_put(maybe, key, row);
      }
      collection.insert(given);
    }
    model = maybe;
  }
  Random random_;
  std::uint64_t next_key_ = 0;
};

UseOptions plain() {
  UseOptions open;
  open.background = false;
  open.threads = 1;
  open.memtable_bytes = 6000;
  return open;
}

void expect_survived(const std::string& directory, const Story& story, const std::string& where) {
  SCOPED_TRACE(where);
  io::FaultFileSystem files;  // it syncs nothing, which is quicker
  UseOptions open = plain();
  open.files = &files;
  std::unique_ptr<Collection> collection;
  try {
    collection = Collection::open(directory, open);
  } catch (const Error& error) {
    // A collection whose creation was not answered need not be there; creating it again works.
    ASSERT_FALSE(story.created) << error.what();
    ASSERT_EQ(error.kind(), ErrorKind::not_found) << error.what();
    Collection::create(directory, small(), open)->verify();
    return;
  }
  ASSERT_NO_THROW(collection->verify());
  const Model held = contents(*collection);
  ASSERT_TRUE(held == story.model || held == story.maybe)
      << held.size() << " rows, " << story.model.size() << " or " << story.maybe.size()
      << " expected";
  // It goes on, and no file was left over.
  const std::vector<float> vector(kDimension, 1.0F);
  const NewRow row{1'000'000, "after", "", {}, vector.data()};
  collection->insert(std::span(&row, 1));
  collection->compact();
  collection->verify();
  Model expected = held;
  model_put(expected, 1'000'000, {"after", "", vector});
  EXPECT_EQ(contents(*collection), expected);
  std::size_t segments = 0;
  for (const std::string& name : io::list_directory(directory))
    segments += name.starts_with("segment-");
  EXPECT_EQ(segments, 1U);
}

std::uint64_t operations_of_story(std::uint64_t seed) {
  const io::TempDirectory temp;
  io::FaultFileSystem files;
  Story(seed).run(temp.file("c"), files, temp.file("s"));
  return files.operations();
}

TEST(Crash, PowerLossAtEveryOperation) {
  const std::uint64_t operations = operations_of_story(1);
  ASSERT_GT(operations, 200U);
  const std::uint64_t losses = kEverywhere ? 4 : 1;
  for (const std::uint64_t at : io::crash_points(operations, kSample, kEverywhere)) {
    for (std::uint64_t loss = 0; loss < losses; ++loss) {
      const io::TempDirectory temp;
      io::FaultFileSystem files;
      files.arm(at, io::Fault::power_loss);
      Story story(1);
      try {
        story.run(temp.file("c"), files, temp.file("s"));
      } catch (const io::PowerLoss&) {  // the mark of a closed log may be lost in silence
      }
      ASSERT_TRUE(files.power_lost());
      Random random(at * 16 + loss);
      files.lose_unsynced(random);
      expect_survived(temp.file("c"), story, "operation " + std::to_string(at));
      if (story.snapshot_model) {
        const auto copy = Collection::open(temp.file("s"), plain());
        EXPECT_EQ(contents(*copy), *story.snapshot_model);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

// A failed operation is an error of that call; the collection stays readable, and what is in it
// when it is opened again is what was answered.
void fail_everywhere(io::Fault fault) {
  for (const std::uint64_t at : io::crash_points(operations_of_story(2), kSample, kEverywhere)) {
    const io::TempDirectory temp;
    io::FaultFileSystem files;
    files.arm(at, fault);
    Story story(2);
    try {
      story.run(temp.file("c"), files, temp.file("s"));
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
    }
    files.disarm();
    expect_survived(temp.file("c"), story, "operation " + std::to_string(at));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Crash, IoErrorAtEveryOperation) {
  fail_everywhere(io::Fault::io_error);
}
TEST(Crash, ShortWriteAtEveryOperation) {
  fail_everywhere(io::Fault::short_write);
}
TEST(Crash, DiskFullAtEveryOperation) {
  fail_everywhere(io::Fault::disk_full);
}

TEST(Crash, AFullDiskLeavesTheCollectionReadableAndItGoesOnWhenThereIsRoom) {
  const io::TempDirectory temp;
  io::FaultFileSystem files;
  UseOptions open = plain();
  open.files = &files;
  const auto collection = Collection::create(temp.file("c"), small(), open);
  Random random(3);
  Model model;
  std::uint64_t key = 0;
  bool was_full = false;
  for (int i = 0; i < 400; ++i) {
    if (i == 150) files.arm(0, io::Fault::disk_full);
    if (i == 250) files.disarm();
    const ModelRow row{"", "", exact_vector(random, kDimension)};
    const NewRow given{key, "", "", {}, row.vector.data()};
    try {
      collection->insert(std::span(&given, 1));
      model[key] = row;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::exhausted) << error.what();
      EXPECT_THAT(error.what(), testing::HasSubstr("No space left"));
      was_full = true;
      EXPECT_TRUE(i >= 150 && i < 250) << i << error.what();
    }
    ++key;
    if (i % 50 == 0) {
      EXPECT_EQ(contents(*collection), model);
    }
  }
  EXPECT_TRUE(was_full);
  collection->verify();
  EXPECT_EQ(contents(*collection), model);
}

}  // namespace
}  // namespace kindred::index
