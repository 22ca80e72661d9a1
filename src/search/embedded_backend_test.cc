#include "search/embedded_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "search/backend_fixture.h"

namespace kindred::search {
namespace {

Item random_item(Random& random, std::size_t number) {
  return make_item(
      "id" + std::to_string(number), "word" + std::to_string(random.below(5)),
      {static_cast<float>(random.normal()), static_cast<float>(random.normal())},
      {{{"tag", std::to_string(random.below(3))}}, {{"n", static_cast<double>(random.below(10))}}});
}

TEST(EmbeddedBackend, FiltersVectorsInSegmentsAndMemtablesAsAModelDoes) {
  io::TempDirectory directory;
  auto backend = make_embedded(directory.file("items"), 2);
  Random random(8);
  std::map<std::string, Item> model;
  for (int step = 0; step < 60; ++step) {
    std::vector<Item> items;
    for (int i = 0; i < 20; ++i) items.push_back(random_item(random, random.below(300)));
    backend->upsert(items);
    for (const Item& item : items) model[item.id] = item;
    const std::vector<std::string> gone = {"id" + std::to_string(random.below(300))};
    EXPECT_EQ(backend->erase(gone), model.erase(gone[0]));
    if (random.below(8) == 0) backend->vectors().flush();
    if (random.below(16) == 0) backend->vectors().compact();
    if (random.below(12) == 0) {
      backend.reset();
      backend = EmbeddedBackend::open(directory.file("items"));
    }
    const index::Filter filter = index::parse_filter("tag = 1 AND n < 5");
    std::size_t expected = 0;
    for (const auto& [id, item] : model)
      expected += item.fields.tags[0].value == "1" && item.fields.numbers[0].value < 5;
    const auto found = backend->nearest(std::vector<float>{1, 0}, 1000, &filter, 1.0);
    EXPECT_EQ(found.size(), expected) << "step " << step;
    std::vector<std::uint64_t> keys;
    for (const RankedKey& key : found) keys.push_back(key.key);
    std::sort(keys.begin(), keys.end());
    for (const StoredItem& item : backend->fetch(keys, true)) {
      EXPECT_EQ(item.fields, model.at(item.id).fields);
      EXPECT_EQ(item.payload, model.at(item.id).payload);
      EXPECT_EQ(item.vector.size(), 2U);
    }
    EXPECT_EQ(backend->count({nullptr, &filter}).documents, expected);
  }
  backend->verify();
}

TEST(EmbeddedBackend, TakesUpAWriteThatWasCutOff) {
  io::TempDirectory directory;
  const std::string items = directory.file("items");
  const std::string cut = directory.file("cut");
  {
    auto backend = make_embedded(items, 2);
    backend->upsert(std::vector{make_item("a", "apple", {1, 0}), make_item("b", "banana", {0, 1})});
  }
  // A stop between the two parts of a write of a and b, and a removal of b: the vectors are new,
  // the words old.
  std::filesystem::copy(items, cut, std::filesystem::copy_options::recursive);
  std::uint64_t key_of_b = 0;
  {
    auto backend = EmbeddedBackend::open(items);
    key_of_b = *backend->find_id("b");
    backend->upsert(std::vector{make_item("a", "cherry", {0, 1}), make_item("c", "date", {1, 1})});
    backend->erase(std::vector<std::string>{"b"});
  }
  std::filesystem::remove_all(cut + "/vectors");
  std::filesystem::copy(items + "/vectors", cut + "/vectors",
                        std::filesystem::copy_options::recursive);
  io::ByteWriter unfinished;
  unfinished.number(std::uint32_t{3});
  for (const char* id : {"a", "b", "c"}) {
    unfinished.text(id);
    unfinished.number(std::string_view(id) == "b" ? key_of_b : ~std::uint64_t{0});
  }
  unfinished.number(io::crc32c(io::as_bytes(unfinished.bytes())));
  io::write_text_file(cut + "/UNFINISHED", unfinished.bytes());
  const auto backend = EmbeddedBackend::open(cut);
  backend->verify();
  EXPECT_FALSE(io::is_file(cut + "/UNFINISHED"));
  EXPECT_TRUE(backend->find_words({"apple"}).hits.empty());
  EXPECT_TRUE(backend->find_words({"banana"}).hits.empty());
  EXPECT_EQ(backend->find_words({"cherry"}).hits.size(), 1U);
  EXPECT_EQ(backend->find_words({"date"}).hits.size(), 1U);
}

// Run under the thread sanitizer too.
TEST(EmbeddedBackend, IsSearchedWhileItIsWrittenMergedAndCopied) {
  io::TempDirectory directory;
  EmbeddedOptions options;
  options.vectors.dimension = 2;
  index::UseOptions use;
  use.memtable_bytes = 30'000;
  use.threads = 2;
  const auto backend = EmbeddedBackend::create(directory.file("items"), options, use);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> others;
  for (int t = 0; t < 2; ++t) {
    others.emplace_back([&] {
      const index::Filter filter = index::parse_filter("tag = 1 AND n < 5");
      while (!done) {
        for (const RankedKey& hit : backend->nearest(std::vector<float>{1, 0}, 5, &filter, 1.0)) {
          for (const StoredItem& item : backend->fetch(std::vector{hit.key}, true))
            wrong += item.vector.size() != 2;
        }
        backend->find_words({.text = "word1", .filter = &filter});
        backend->count({nullptr, &filter, {"tag"}, {"n"}});
      }
    });
  }
  others.emplace_back([&] {
    for (int i = 0; !done; ++i) {
      backend->vectors().compact();
      backend->words().compact();
      if (i < 5) backend->snapshot(directory.file("copy" + std::to_string(i)));
    }
  });
  std::vector<std::thread> writers;
  for (std::size_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      Random random(w);
      for (int step = 0; step < 60; ++step) {
        std::vector<Item> items;
        for (int i = 0; i < 8; ++i) items.push_back(random_item(random, random.below(100)));
        backend->upsert(items);
        backend->erase(std::vector<std::string>{"id" + std::to_string(random.below(100))});
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  for (std::thread& other : others) other.join();
  EXPECT_EQ(wrong, 0);
  backend->verify();
  for (int i = 0; i < 5; ++i) {
    const std::string copy = directory.file("copy" + std::to_string(i));
    if (io::is_directory(copy)) EmbeddedBackend::open(copy)->verify();
  }
}

// Written by the first version: segments without tables of fields, manifests without an end of the
// log; three items in segments, then one erased, one new and one changed.
TEST(EmbeddedBackend, OpensACollectionOfTheFirstVersion) {
  io::TempDirectory directory;
  const std::string items = directory.file("items");
  std::filesystem::copy(KINDRED_TEST_DATA "/golden/items/version-1", items,
                        std::filesystem::copy_options::recursive);
  index::UseOptions reading;
  reading.read_only = true;
  const index::Filter english = index::parse_filter("lang = en AND price > 2");
  for (int round = 0; round < 3; ++round) {
    if (round == 2) {
      const auto writer = EmbeddedBackend::open(items);
      writer->vectors().compact();
      writer->words().compact();
    }
    const auto backend = EmbeddedBackend::open(items, round == 1 ? index::UseOptions{} : reading);
    backend->verify();
    std::vector<std::uint64_t> keys;
    for (const RankedKey& hit : backend->nearest(std::vector<float>{1, 1, 0, 0}, 5, &english, 1.0))
      keys.push_back(hit.key);
    const auto found = backend->fetch(keys, true);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].id, "a");
    EXPECT_EQ(found[0].payload, "payload of a");
    EXPECT_EQ(found[1].id, "c");
    EXPECT_FALSE(backend->find_id("b"));
    EXPECT_TRUE(backend->find_id("d"));
    EXPECT_EQ(backend->find_words({"apricot"}).hits.size(), 1U);
    EXPECT_TRUE(backend->find_words({.text = "apple", .correct = false}).hits.empty());
    EXPECT_TRUE(backend->find_words({.text = "banana", .correct = false}).hits.empty());
    EXPECT_EQ(backend->count({nullptr, &english}).documents, 2U);
  }
  EXPECT_FALSE(io::is_directory(items + "/fields"));
}

TEST(EmbeddedBackend, IsCopied) {
  io::TempDirectory directory;
  const auto backend = make_embedded(directory.file("items"), 2);
  backend->upsert(std::vector{make_item("a", "apple", {1, 0}), make_item("b", "banana", {0, 1})});
  backend->words().flush();  // one part in a segment, one in the log
  backend->upsert(std::vector{make_item("c", "cherry", {1, 1})});
  backend->erase(std::vector<std::string>{"a"});
  backend->snapshot(directory.file("copy"));
  backend->upsert(std::vector{make_item("d", "date", {1, 2})});
  backend->erase(std::vector<std::string>{"b"});
  const auto copy = EmbeddedBackend::open(directory.file("copy"));
  copy->verify();
  EXPECT_TRUE(copy->find_words({"apple"}).hits.empty());
  EXPECT_TRUE(copy->find_words({"date"}).hits.empty());
  EXPECT_EQ(copy->find_words({"banana"}).hits.size(), 1U);
  EXPECT_EQ(copy->find_words({"cherry"}).hits.size(), 1U);
  copy->upsert(std::vector{make_item("e", "elder", {2, 1})});
  copy->verify();
  backend->verify();
  EXPECT_TRUE(backend->find_words({"elder"}).hits.empty());
  EXPECT_KINDRED_ERROR(backend->snapshot(directory.file("copy")), ErrorKind::bad_input, "copy");
}

TEST(EmbeddedBackend, RefusesASecondCollectionInItsPlace) {
  io::TempDirectory directory;
  make_embedded(directory.file("items"), 2);
  EXPECT_KINDRED_ERROR(make_embedded(directory.file("items"), 2), ErrorKind::bad_input, "already");
  EXPECT_KINDRED_ERROR(EmbeddedBackend::open(directory.file("none")), ErrorKind::not_found, "");
}

}  // namespace
}  // namespace kindred::search
