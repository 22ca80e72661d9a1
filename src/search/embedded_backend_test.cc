#include "search/embedded_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

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
