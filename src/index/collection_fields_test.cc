// Filters over a collection: in memtables, in segments, and in segments of an older Kindred.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "index/collection_model.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 4;

class CollectionFields : public testing::Test {
 protected:
  CollectionFields() {
    open_.memtable_bytes = 40'000;
    open_.background = false;
    open_.threads = 1;
    CollectionOptions options;
    options.dimension = kDimension;
    options.metric = Metric::euclidean;
    options.recall = 1.0;
    collection_ = Collection::create(directory(), options, open_);
  }
  std::string directory() const { return temp_.file("c"); }
  void reopen(bool read_only = false) {
    collection_.reset();
    UseOptions open = open_;
    open.read_only = read_only;
    collection_ = Collection::open(directory(), open);
  }
  void change() {
    const std::uint64_t key = random_.below(400);
    if (random_.below(6) == 0) {
      collection_->erase_keys(std::span(&key, 1));
      model_.erase(key);
      return;
    }
    FieldValues fields;
    if (random_.below(5) != 0) {  // else none at all
      fields.tags = {{"lang", random_.below(3) == 0 ? "zh" : "en"}};
      fields.numbers = {{"price", static_cast<double>(random_.below(100))}};
    }
    const std::string bytes =
        fields == FieldValues{} && random_.below(2) == 0 ? "" : encode_fields(fields);
    const std::vector<float> vector = exact_vector(random_, kDimension);
    const NewRow row{key, "", "", bytes, vector.data()};
    collection_->insert(std::span(&row, 1));
    model_[key] = fields;
  }
  void expect_filtered() {
    const std::vector<float> query = exact_vector(random_, kDimension);
    SearchRequest request{
        query.data(), 1, 1000, {1.0}, rows_matching(parse_filter("lang = zh OR price < 30"))};
    const SearchResult result = collection_->search(request);
    std::set<std::uint64_t> found, expected;
    for (const Found& f : result.of(0)) found.insert(f.key);
    for (const auto& [key, fields] : model_) {
      const bool zh = !fields.tags.empty() && fields.tags[0].value == "zh";
      if (zh || (!fields.numbers.empty() && fields.numbers[0].value < 30)) expected.insert(key);
    }
    EXPECT_EQ(found, expected);
  }

  io::TempDirectory temp_;
  Random random_{5};
  UseOptions open_;
  std::unique_ptr<Collection> collection_;
  std::map<std::uint64_t, FieldValues> model_;
};

TEST_F(CollectionFields, AreFilteredAsAModelIs) {
  for (int step = 1; step <= 700; ++step) {
    change();
    if (step % 100 == 0) expect_filtered();
    if (step % 300 == 0) collection_->flush();
    if (step % 400 == 0) reopen();
  }
  collection_->compact();
  expect_filtered();
  collection_->verify();
  reopen(/*read_only=*/true);
  expect_filtered();
}

TEST_F(CollectionFields, ASegmentWithoutATableIsReadFromItsRowsUntilItIsMerged) {
  for (int step = 0; step < 600; ++step) change();
  collection_->flush();
  collection_.reset();
  std::size_t removed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory())) {
    if (entry.path().filename() == "fields") removed += std::filesystem::remove(entry.path());
  }
  EXPECT_GT(removed, 0U);
  reopen(/*read_only=*/true);
  expect_filtered();
  collection_->verify();
  reopen();
  for (int step = 0; step < 100; ++step) change();
  collection_->compact();
  expect_filtered();
  std::size_t tables = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory()))
    tables += entry.path().filename() == "fields";
  EXPECT_EQ(tables, 1U);
}

TEST_F(CollectionFields, WhatIsNotEncodedIsRefusedBeforeItIsStored) {
  const std::vector<float> vector(kDimension, 1.0F);
  const NewRow row{1, "", "", "price = 3", vector.data()};
  EXPECT_KINDRED_ERROR(collection_->insert(std::span(&row, 1)), ErrorKind::bad_input,
                       "encode_fields");
  change();
  collection_->flush();
  expect_filtered();
}

}  // namespace
}  // namespace kindred::index
