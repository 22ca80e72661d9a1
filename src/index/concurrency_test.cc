// Searches, writes, merges and snapshots at once; run under the thread sanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>

#include "index/collection_model.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 8;
constexpr std::uint64_t kKeysPerWriter = 400;
constexpr int kWriters = 3;
constexpr int kRounds = 150;

class ConcurrencyTest : public testing::Test {
 protected:
  ConcurrencyTest() {
    CollectionOptions options;
    options.dimension = kDimension;
    options.metric = Metric::euclidean;
    options.recall = 1.0;
    UseOptions open;
    open.memtable_bytes = 60'000;  // some 250 rows
    open.threads = 2;
    collection_ = Collection::create(temp_.file("c"), options, open);
  }

  // A writer's keys are its own, so that what is left in the end is known.
  void write(int writer, Model& model) {
    Random random(static_cast<std::uint64_t>(writer) + 1);
    const std::uint64_t first = static_cast<std::uint64_t>(writer) * kKeysPerWriter;
    for (int round = 0; round < kRounds; ++round) {
      if (random.below(4) == 0) {
        std::vector<std::uint64_t> keys;
        for (int i = 0; i < 5; ++i) keys.push_back(first + random.below(kKeysPerWriter));
        std::uint64_t there = 0;
        for (const std::uint64_t key : keys) there += model.erase(key);
        EXPECT_EQ(collection_->erase_keys(keys), there);
        continue;
      }
      std::vector<ModelRow> rows(1 + random.below(10));
      std::vector<NewRow> given;
      for (ModelRow& row : rows) {
        const std::uint64_t key = first + random.below(kKeysPerWriter);
        row = {std::to_string(writer) + "/" + std::to_string(random.below(kKeysPerWriter)), "",
               exact_vector(random, kDimension)};
        given.push_back({key, row.id, row.payload, {}, row.vector.data()});
        model_put(model, key, row);
      }
      collection_->insert(given);
    }
  }

  void search(std::uint64_t seed, const std::atomic<bool>& done) {
    Random random(seed);
    while (!done) {
      const auto view = collection_->view();
      const std::vector<float> query = exact_vector(random, kDimension);
      const SearchRequest request{query.data(), 1, 10, {1.0}, {}};
      ThreadPool pool(1);
      const SearchResult result = view->search(request, pool);
      // One moment: k results whenever k rows are live, each row once, in order.
      ASSERT_EQ(result.found[0], std::min<std::uint64_t>(10, view->live_rows()));
      std::set<std::uint64_t> keys;
      float last = std::numeric_limits<float>::infinity();
      for (const Found& f : result.of(0)) {
        EXPECT_TRUE(keys.insert(f.key).second);
        EXPECT_LE(f.score, last);
        EXPECT_TRUE(view->part(f.part).is_live(f.row));
        last = f.score;
      }
      collection_->search(request);
      collection_->stats();
    }
  }

  io::TempDirectory temp_;
  std::unique_ptr<Collection> collection_;
};

TEST_F(ConcurrencyTest, EverythingAtOnce) {
  std::vector<Model> models(kWriters);
  std::atomic<bool> done{false};
  std::vector<std::thread> writers, others;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] { write(w, models[static_cast<std::size_t>(w)]); });
  for (std::uint64_t s = 0; s < 2; ++s) others.emplace_back([&, s] { search(s, done); });
  others.emplace_back([&] {
    while (!done) {
      collection_->compact();
      collection_->verify();
    }
  });
  std::atomic<int> snapshots{0};
  others.emplace_back([&] {
    while (!done && snapshots < 20)
      collection_->snapshot(temp_.file("s" + std::to_string(snapshots++)));
  });
  for (std::thread& t : writers) t.join();
  done = true;
  for (std::thread& t : others) t.join();

  Model expected;
  for (const Model& m : models) expected.insert(m.begin(), m.end());
  EXPECT_EQ(contents(*collection_), expected);
  collection_->verify();
  for (int i = 0; i < snapshots; ++i) {
    UseOptions open;
    open.background = false;
    Collection::open(temp_.file("s" + std::to_string(i)), open)->verify();
  }
  collection_.reset();
  UseOptions open;
  open.read_only = true;
  EXPECT_EQ(contents(*Collection::open(temp_.file("c"), open)), expected);
}

// The calls of many threads share a sync.
TEST_F(ConcurrencyTest, GroupsCommitsOfManyThreads) {
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      Random random(t);
      for (std::uint64_t i = 0; i < 50; ++i) {
        const std::vector<float> vector = exact_vector(random, kDimension);
        const NewRow row{t * 1000 + i, "", "", {}, vector.data()};
        collection_->insert(std::span(&row, 1));
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(collection_->view()->live_rows(), 800U);
  collection_->verify();
}

}  // namespace
}  // namespace kindred::index
