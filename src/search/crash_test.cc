// Power loss, failing disks and full disks at every operation of a word index and of a collection
// of items: nothing that was answered is lost, nothing is half there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <type_traits>

#include "io/crash_points.h"
#include "io/fault_file_system.h"
#include "search/backend_fixture.h"

namespace kindred::search {
namespace {

using Model = std::map<std::uint64_t, int>;  // number → version
using Rows = std::vector<std::pair<std::uint64_t, int>>;

constexpr std::uint64_t kNumbers = 12;
// `make crash` asks for everything.
const bool kEverywhere = std::getenv("KINDRED_KILLS") != nullptr;
constexpr std::uint64_t kSample = 12;  // operations at which a usual run stops

FieldText title(int version) {
  return {TextField::title, "en", "thing version" + std::to_string(version)};
}

index::FieldValues fields(int version) {
  return {{{"kind", "thing"}}, {{"version", static_cast<double>(version)}}};
}

// Each version that `find` knows, by the number that has it.
template <typename Find>
Model by_version(int versions, const Find& find) {
  Model model;
  for (int version = 1; version <= versions; ++version) {
    const WordsQuery query{.text = "version" + std::to_string(version), .correct = false};
    const WordsResult result = find(query);
    EXPECT_LE(result.hits.size(), 1U);
    for (const WordsHit& hit : result.hits)
      EXPECT_TRUE(model.emplace(hit.key, version).second) << hit.key << " has two versions";
  }
  return model;
}

class WordsStore {
 public:
  static LexicalOptions options(io::FileSystem& files) {
    return {.memtable_bytes = 4000, .files = &files};
  }
  void create(const std::string& directory, io::FileSystem& files) {
    index_ = LexicalIndex::create(directory, {}, options(files));
  }
  void open(const std::string& directory, io::FileSystem& files) {
    index_.reset();
    index_ = LexicalIndex::open(directory, options(files));
  }
  void put(const Rows& rows) {
    std::vector<LexicalDocument> documents;
    for (const auto& [key, version] : rows)
      documents.push_back({key, {title(version)}, fields(version)});
    index_->upsert(documents);
  }
  void erase(const std::vector<std::uint64_t>& keys) { index_->erase(keys); }
  void flush() { index_->flush(); }
  void compact() { index_->compact(); }
  void verify() const { index_->verify(); }
  Model contents(int versions) const {
    const Model model =
        by_version(versions, [this](const WordsQuery& query) { return index_->search(query); });
    std::vector<std::uint64_t> keys;
    double sum = 0;
    for (const auto& [key, version] : model) {
      keys.push_back(key);
      sum += version;
    }
    EXPECT_EQ(index_->keys(), keys);
    const Counts counts = index_->count({nullptr, nullptr, {"kind"}, {"version"}});
    EXPECT_EQ(counts.documents, model.size());
    EXPECT_EQ(counts.number_facets[0].sum, sum);
    return model;
  }

 private:
  std::unique_ptr<LexicalIndex> index_;
};

class ItemStore {
 public:
  static index::UseOptions options(io::FileSystem& files) {
    index::UseOptions use;
    use.memtable_bytes = 4000;
    use.background = false;
    use.threads = 1;
    use.files = &files;
    return use;
  }
  void create(const std::string& directory, io::FileSystem& files) {
    EmbeddedOptions made;
    made.vectors.dimension = 2;
    made.vectors.metric = index::Metric::euclidean;
    backend_ = EmbeddedBackend::create(directory, made, options(files));
  }
  void open(const std::string& directory, io::FileSystem& files) {
    backend_.reset();
    backend_ = EmbeddedBackend::open(directory, options(files));
  }
  void put(const Rows& rows) {
    std::vector<Item> items;
    for (const auto& [number, version] : rows) {
      items.push_back({id(number),
                       {title(version)},
                       fields(version),
                       std::to_string(version),
                       {static_cast<float>(version), 1}});
    }
    backend_->upsert(items);
  }
  void erase(const std::vector<std::uint64_t>& numbers) {
    std::vector<std::string> ids;
    for (const std::uint64_t number : numbers) ids.push_back(id(number));
    backend_->erase(ids);
  }
  void flush() {
    backend_->vectors().flush();
    backend_->words().flush();
  }
  void compact() {
    backend_->words().compact();
    backend_->vectors().compact();
  }
  void verify() const { backend_->verify(); }
  // By the vectors; the words, the fields and the payloads must agree, once nothing is unfinished.
  Model contents(int versions, bool settled = true) const {
    Model model;
    std::vector<std::uint64_t> keys;
    const auto view = backend_->vectors().view();
    view->for_each(
        [&](const index::Location& at) { keys.push_back(view->part(at.part).rows().key(at.row)); });
    std::map<std::uint64_t, std::uint64_t> number_of;
    for (const StoredItem& item : backend_->fetch(keys, true)) {
      const std::uint64_t number = std::stoull(item.id.substr(2));
      const int version = std::stoi(item.payload);
      number_of[item.key] = number;
      EXPECT_TRUE(model.emplace(number, version).second) << item.id << " twice";
      EXPECT_EQ(item.vector[0], static_cast<float>(version));
      EXPECT_EQ(item.fields, fields(version));
      const index::Filter filter = index::parse_filter("version = " + item.payload);
      const auto found = backend_->nearest(item.vector, 5, &filter, 1.0);
      EXPECT_EQ(found.size(), 1U);
    }
    if (!settled) return model;
    Model words;
    for (const auto& [key, version] : by_version(
             versions, [this](const WordsQuery& query) { return backend_->find_words(query); })) {
      words[number_of.contains(key) ? number_of[key] : 1'000'000 + key] = version;
    }
    EXPECT_EQ(words, model);
    return model;
  }

 private:
  static std::string id(std::uint64_t number) { return "id" + std::to_string(number); }
  std::unique_ptr<EmbeddedBackend> backend_;
};

// One fixed sequence of changes. `states`: what the store may hold, given what was answered.
template <typename Store>
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {}

  // Stops at the second error.
  void run(const std::string& directory, io::FileSystem& files) {
    int errors = 0;
    const auto attempt = [&](auto step) {
      try {
        step();
      } catch (const Error& error) {
        EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
        EXPECT_NE(error.kind(), ErrorKind::corrupt) << error.what();
        first_error = errors++ == 0 ? error.what() : first_error;
      }
      return errors < 2;
    };
    store.create(directory, files);
    created = true;
    for (int step = 0; step < 26; ++step) {
      if (!attempt([&] { change(); })) return;
      if (step == 8 && !attempt([&] { store.flush(); })) return;
      if (step == 13) store.open(directory, files);
      if (step == 19 && !attempt([&] { store.compact(); })) return;
    }
  }
  void change() {
    std::vector<std::uint64_t> gone;
    Rows rows;
    if (random_.below(4) == 0) {
      for (std::uint64_t i = 1 + random_.below(4); i > 0; --i)
        gone.push_back(random_.below(kNumbers));
    } else {
      for (std::uint64_t i = 1 + random_.below(4); i > 0; --i)
        rows.emplace_back(random_.below(kNumbers), ++versions);
    }
    std::vector<Model> after = states;
    for (Model& model : after) {
      for (const std::uint64_t number : gone) model.erase(number);
      for (const auto& [number, version] : rows) model[number] = version;
    }
    std::vector<Model> either = states;
    either.insert(either.end(), after.begin(), after.end());
    states = either;
    rows.empty() ? store.erase(gone) : store.put(rows);
    states = after;
  }

  Store store;
  bool created = false;
  int versions = 0;
  std::string first_error;
  std::vector<Model> states{Model{}};

 private:
  Random random_;
};

template <typename Store>
class Crash : public testing::Test {
 protected:
  static std::uint64_t operations(std::uint64_t seed) {
    const io::TempDirectory temp;
    io::FaultFileSystem files;
    Story<Store> story(seed);
    story.run(temp.file("c"), files);
    EXPECT_EQ(story.first_error, "");
    return files.operations();
  }

  static void expect_survived(const std::string& directory, const Story<Store>& story,
                              std::uint64_t at) {
    SCOPED_TRACE("operation " + std::to_string(at));
    io::FaultFileSystem files;  // it syncs nothing, which is quicker
    Store store;
    try {
      store.open(directory, files);
    } catch (const Error& error) {
      // What was not answered need not be there; creating it again works.
      ASSERT_FALSE(story.created) << error.what();
      ASSERT_EQ(error.kind(), ErrorKind::not_found) << error.what();
      store.create(directory, files);
      store.verify();
      return;
    }
    ASSERT_NO_THROW(store.verify());
    Model held = store.contents(story.versions);
    EXPECT_THAT(story.states, testing::Contains(held));
    store.put({{kNumbers, story.versions + 1}});
    store.compact();
    store.verify();
    held[kNumbers] = story.versions + 1;
    EXPECT_EQ(store.contents(story.versions + 1), held);
  }

  static void fail_everywhere(io::Fault fault) {
    for (const std::uint64_t at : io::crash_points(operations(2), kSample, kEverywhere)) {
      const io::TempDirectory temp;
      io::FaultFileSystem files;
      files.arm(at, fault);
      Story<Store> story(2);
      try {
        story.run(temp.file("c"), files);
      } catch (const Error&) {  // from create or open
      }
      files.disarm();
      story.store = {};
      expect_survived(temp.file("c"), story, at);
      if (testing::Test::HasFailure()) return;
    }
  }
};

using Stores = testing::Types<WordsStore, ItemStore>;
struct StoreNames {
  template <typename T>
  static std::string GetName(int) {
    return std::is_same_v<T, WordsStore> ? "Words" : "Items";
  }
};
TYPED_TEST_SUITE(Crash, Stores, StoreNames);

TYPED_TEST(Crash, PowerLossAtEveryOperation) {
  const std::uint64_t losses = kEverywhere ? 4 : 1;
  for (const std::uint64_t at : io::crash_points(this->operations(1), 2 * kSample, kEverywhere)) {
    for (std::uint64_t loss = 0; loss < losses; ++loss) {
      const io::TempDirectory temp;
      io::FaultFileSystem files;
      files.arm(at, io::Fault::power_loss);
      Story<TypeParam> story(1);
      try {
        story.run(temp.file("c"), files);
      } catch (const io::PowerLoss&) {
      }
      ASSERT_TRUE(files.power_lost());
      story.store = {};  // the process is gone
      Random random(at * 16 + loss);
      files.lose_unsynced(random);
      this->expect_survived(temp.file("c"), story, at);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TYPED_TEST(Crash, IoErrorAtEveryOperation) {
  this->fail_everywhere(io::Fault::io_error);
}
TYPED_TEST(Crash, ShortWriteAtEveryOperation) {
  this->fail_everywhere(io::Fault::short_write);
}

TYPED_TEST(Crash, AFullDiskLeavesItReadableAndItGoesOnWhenThereIsRoom) {
  for (const std::uint64_t at : io::crash_points(this->operations(3), kSample, kEverywhere)) {
    SCOPED_TRACE("operation " + std::to_string(at));
    const io::TempDirectory temp;
    io::FaultFileSystem files;
    files.arm(at, io::Fault::disk_full);
    Story<TypeParam> story(3);
    try {
      story.run(temp.file("c"), files);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("No space left"));
      files.disarm();
      continue;  // from create or open: nothing is there to be read
    }
    if (!story.first_error.empty()) {
      EXPECT_THAT(story.first_error, testing::HasSubstr("No space left"));
    }
    files.disarm();
    EXPECT_NO_THROW(story.change());
    EXPECT_THAT(story.states, testing::Contains(story.store.contents(story.versions)));
    story.store.verify();
    story.store = {};
    this->expect_survived(temp.file("c"), story, at);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace kindred::search
