#include "index/collection.h"

#include <cmath>
#include <filesystem>
#include <fstream>

#include "index/collection_model.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 8;

CollectionOptions euclidean() {
  CollectionOptions options;
  options.dimension = kDimension;
  options.metric = Metric::euclidean;
  options.fingerprint = "model-a";
  options.recall = 1.0;
  return options;
}

class CollectionTest : public testing::Test {
 protected:
  CollectionTest() : random_(7) {
    open_.memtable_bytes = 40'000;  // about 200 rows
    open_.background = false;
    open_.threads = 2;
  }
  void make() { collection_ = Collection::create(directory(), euclidean(), open_); }
  void reopen() {
    collection_.reset();
    collection_ = Collection::open(directory(), open_);
  }
  std::string directory() const { return temp_.file("c"); }

  std::uint64_t put(std::optional<std::uint64_t> key, std::string id, std::string payload = "") {
    ModelRow row{std::move(id), std::move(payload), exact_vector(random_, kDimension)};
    const NewRow given{key, row.id, row.payload, {}, row.vector.data()};
    const std::uint64_t stored = collection_->insert(std::span(&given, 1)).front();
    model_put(model_, stored, row);
    return stored;
  }
  void put_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      switch (random_.below(4)) {
        case 0:
          put(std::nullopt, "");
          break;
        case 1:
          put(random_.below(500), "");
          break;
        default:
          put(std::nullopt, "id" + std::to_string(random_.below(200)), "p" + std::to_string(i));
      }
      if (random_.below(5) == 0 && !model_.empty()) {
        auto victim = model_.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(random_.below(model_.size())));
        erase(victim->first);
      }
    }
  }
  void erase(std::uint64_t key) {
    EXPECT_EQ(collection_->erase_keys(std::span(&key, 1)), model_.erase(key));
  }
  void expect_contents() {
    EXPECT_EQ(contents(*collection_), model_);
    collection_->verify();
  }
  void expect_search() {
    for (int i = 0; i < 20; ++i) {
      const std::vector<float> query = exact_vector(random_, kDimension);
      SearchRequest request{query.data(), 1, 10, {1.0}, {}};
      const SearchResult result = collection_->search(request);
      std::vector<std::uint64_t> keys;
      for (const Found& f : result.of(0)) keys.push_back(f.key);
      EXPECT_EQ(keys, nearest_keys(model_, query, 10));
    }
  }

  io::TempDirectory temp_;
  Random random_;
  UseOptions open_;
  std::unique_ptr<Collection> collection_;
  Model model_;
};

TEST_F(CollectionTest, HoldsWhatWasPutThroughFlushesMergesAndReopening) {
  make();
  for (int round = 0; round < 6; ++round) {
    put_many(300);
    expect_contents();
    expect_search();
    if (round % 2 == 0) reopen();
    if (round == 3) collection_->flush();
  }
  EXPECT_GT(collection_->stats().segments.size(), 0U);
  collection_->compact();
  const CollectionStats stats = collection_->stats();
  EXPECT_EQ(stats.segments.size(), 1U);
  EXPECT_EQ(stats.deleted, 0U);
  EXPECT_EQ(stats.memtable_rows, 0U);
  expect_contents();
  expect_search();
  reopen();
  expect_contents();
  expect_search();
}

TEST_F(CollectionTest, AnIdKeepsItsKeyAndNamesOneRow) {
  make();
  const std::uint64_t first = put(std::nullopt, "a");
  EXPECT_EQ(put(std::nullopt, "a"), first);
  collection_->flush();
  EXPECT_EQ(put(std::nullopt, "a"), first);
  EXPECT_EQ(put(first + 10, "a"), first + 10);  // moves to another key
  EXPECT_EQ(put(std::nullopt, ""), first + 11);
  expect_contents();
  const std::string_view id = "a";
  EXPECT_EQ(collection_->erase_ids(std::span(&id, 1)), 1U);
  EXPECT_EQ(collection_->erase_ids(std::span(&id, 1)), 0U);
  EXPECT_FALSE(collection_->view()->find_id("a"));
  EXPECT_TRUE(collection_->view()->find_key(first + 11));
}

TEST_F(CollectionTest, ABatchMayNameARowTwice) {
  make();
  const std::vector<float> a = exact_vector(random_, kDimension),
                           b = exact_vector(random_, kDimension);
  const std::vector<NewRow> rows{{std::nullopt, "x", "old", {}, a.data()},
                                 {std::nullopt, "x", "new", {}, b.data()}};
  const auto keys = collection_->insert(rows);
  EXPECT_EQ(keys[0], keys[1]);
  model_[keys[0]] = {"x", "new", b};
  expect_contents();
  reopen();
  expect_contents();
}

TEST_F(CollectionTest, ReadersKeepTheirView) {
  make();
  put_many(500);
  const auto before = collection_->view();
  const Model then = model_;
  put_many(500);
  collection_->compact();
  Model seen;
  collection_->for_each_by_key(
      [&](std::uint64_t key, const Location& at) { seen[key] = read_row(*before, at); }, *before);
  EXPECT_EQ(seen, then);
}

TEST_F(CollectionTest, FiltersGiveKResultsWheneverTheyExist) {
  make();
  for (int i = 0; i < 700; ++i) put(std::nullopt, "", i % 100 == 0 ? "rare" : "common");
  for (int i = 0; i < 50; ++i) erase(static_cast<std::uint64_t>(i * 3));
  const std::vector<float> query = exact_vector(random_, kDimension);
  SearchRequest request{query.data(), 1, 5, {1.0}, [](const Part& part) {
                          RowSet rows(part.size());
                          for (std::size_t r = 0; r < part.size(); ++r)
                            if (part.rows().payload(r) == "rare") rows.insert(r);
                          return rows;
                        }};
  Model rare;
  for (const auto& [key, row] : model_)
    if (row.payload == "rare") rare[key] = row;
  const SearchResult result = collection_->search(request);
  std::vector<std::uint64_t> keys;
  for (const Found& f : result.of(0)) keys.push_back(f.key);
  EXPECT_EQ(keys, nearest_keys(rare, query, 5));
  EXPECT_EQ(keys.size(), 5U);
}

TEST_F(CollectionTest, ASecondWriterIsRefusedAndReadersAreNot) {
  make();
  put_many(300);
  EXPECT_KINDRED_ERROR(Collection::open(directory(), open_), ErrorKind::bad_input, "one writer");
  UseOptions reading = open_;
  reading.read_only = true;
  const auto reader = Collection::open(directory(), reading);
  EXPECT_EQ(contents(*reader), model_);
  const std::uint64_t key = 0;
  EXPECT_KINDRED_ERROR(reader->erase_keys(std::span(&key, 1)), ErrorKind::bad_input,
                       "opened for reading");
}

TEST_F(CollectionTest, ASnapshotIsACollectionOfItsOwn) {
  make();
  put_many(700);
  const Model then = model_;
  collection_->snapshot(temp_.file("s"));
  put_many(300);
  collection_->compact();
  const auto copy = Collection::open(temp_.file("s"), open_);
  copy->verify();
  EXPECT_EQ(contents(*copy), then);
  expect_contents();
  EXPECT_KINDRED_ERROR(collection_->snapshot(temp_.file("s")), ErrorKind::bad_input, "not empty");
}

TEST_F(CollectionTest, BuildsFromASourceAndGoesOn) {
  class Source final : public VectorSource {
   public:
    std::size_t rows() const noexcept override { return 3000; }
    std::size_t dimension() const noexcept override { return kDimension; }
    void read(std::size_t begin, std::size_t count, float* out) const override {
      for (std::size_t i = 0; i < count; ++i) {
        Random random(begin + i);
        const auto v = exact_vector(random, kDimension);
        std::copy(v.begin(), v.end(), out + i * kDimension);
      }
    }
  } source;
  Collection::build(directory(), euclidean(), source, nullptr);
  EXPECT_KINDRED_ERROR(Collection::build(directory(), euclidean(), source, nullptr),
                       ErrorKind::bad_input, "not empty");
  collection_ = Collection::open(directory(), open_);
  for (std::uint64_t key = 0; key < 3000; ++key) {
    Random random(key);
    model_[key] = {"", "", exact_vector(random, kDimension)};
  }
  expect_contents();
  EXPECT_EQ(put(std::nullopt, "new"), 3000U);
  put_many(300);
  expect_contents();
  expect_search();
}

TEST_F(CollectionTest, NormalisesForTheCosine) {
  CollectionOptions options = euclidean();
  options.metric = Metric::cosine;
  collection_ = Collection::create(directory(), options, open_);
  const std::vector<float> a{3, 0, 0, 0, 0, 0, 0, 0}, b{1, 1, 0, 0, 0, 0, 0, 0}, zero(kDimension);
  const std::vector<NewRow> rows{
      {1, "", "", {}, a.data()}, {2, "", "", {}, b.data()}, {3, "", "", {}, zero.data()}};
  collection_->insert(rows);
  for (int round = 0; round < 2; ++round) {
    SearchRequest request{b.data(), 1, 3, {1.0}, {}};
    const SearchResult result = collection_->search(request);
    ASSERT_EQ(result.found[0], 3U);
    EXPECT_EQ(result.hits[0].key, 2U);
    EXPECT_NEAR(result.hits[0].score, 1.0F, 1e-3F);
    EXPECT_NEAR(result.hits[1].score, std::sqrt(0.5F), 1e-3F);
    EXPECT_EQ(result.hits[2].score, 0.0F);
    collection_->flush();
  }
}

TEST_F(CollectionTest, RefusesWhatCannotBeStored) {
  make();
  std::vector<float> vector(kDimension, 1.0F);
  vector[3] = std::nanf("");
  const NewRow bad{std::nullopt, "", "", {}, vector.data()};
  EXPECT_KINDRED_ERROR(collection_->insert(std::span(&bad, 1)), ErrorKind::bad_input,
                       "not a finite");
  vector[3] = 0.0F;
  const NewRow far{kMaxKey + 1, "", "", {}, vector.data()};
  EXPECT_KINDRED_ERROR(collection_->insert(std::span(&far, 1)), ErrorKind::bad_input,
                       "keys go up to");
  EXPECT_KINDRED_ERROR(collection_->check_fingerprint("model-b"), ErrorKind::bad_input, "model-a");
  EXPECT_KINDRED_ERROR(collection_->check_fingerprint("model-b"), ErrorKind::bad_input, "model-b");
  collection_->check_fingerprint("model-a");
  EXPECT_KINDRED_ERROR(Collection::open(temp_.file("none"), open_), ErrorKind::not_found,
                       "no collection");
  collection_.reset();
  EXPECT_KINDRED_ERROR(make(), ErrorKind::bad_input, "not empty");
  reopen();
  expect_contents();
}

// Every file of a collection, cut short and with a bit flipped anywhere: opening, verifying and
// reading either throw a clear error or give the right rows.
// Few rows with long texts and short vectors are few rows.
TEST_F(CollectionTest, RepeatsALogIntoOneMemtable) {
  open_.memtable_bytes = 64'000'000;
  make();
  for (int i = 0; i < 6; ++i)
    put(std::nullopt, "id" + std::to_string(i), std::string(5'000'000, 'x'));
  for (int round = 0; round < 2; ++round) {
    reopen();
    EXPECT_EQ(collection_->stats().memtable_rows, 6U);
    EXPECT_TRUE(collection_->stats().segments.empty());
    EXPECT_EQ(collection_->stats().deleted, 0U);
  }
  collection_->verify();
}

TEST_F(CollectionTest, DamageIsNamedNeverServed) {
  make();
  put_many(600);
  collection_.reset();
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(directory())) {
    if (entry.is_regular_file() && entry.path().filename() != "LOCK") paths.push_back(entry.path());
  }
  const auto look = [&](const std::string& what) {
    try {
      UseOptions reading = open_;
      reading.read_only = true;
      const auto reader = Collection::open(directory(), reading);
      reader->verify();
      EXPECT_EQ(contents(*reader), model_) << what;
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal) << what << ": " << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  };
  look("untouched");
  for (const std::string& path : paths) {
    const std::string sound = io::read_text_file(path);
    for (int i = 0; i < 120; ++i) {
      std::string bytes = sound;
      if (bytes.empty()) continue;
      // The begin, where the structure is, as often as all the rest.
      const std::size_t at =
          random_.below(i % 2 == 0 ? std::min<std::size_t>(bytes.size(), 256) : bytes.size());
      if (i % 5 == 4) {
        bytes.resize(at);
      } else {
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_.below(8)));
      }
      fs::remove(path);
      std::ofstream(path, std::ios::binary) << bytes;
      look(path + " damaged at " + std::to_string(at));
    }
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << sound;
  }
  reopen();
  expect_contents();
}

// Cut between two records a log looks like one whose writer stopped there. The manifest knows
// better, from the last time it was written on.
TEST_F(CollectionTest, ALogCutBetweenTwoRecordsIsMissed) {
  const auto expect_missed = [](const std::string& log, const std::string& collection) {
    const std::string bytes = io::read_text_file(log);
    const LogContents whole = read_log(bytes, log, [](std::uint64_t, std::string_view) {});
    std::size_t cuts = 0;
    for (std::size_t size = 24; size < bytes.size(); ++size) {
      const LogContents part = read_log(std::string_view(bytes).substr(0, size), log,
                                        [](std::uint64_t, std::string_view) {});
      if (part.torn) continue;
      ++cuts;
      std::filesystem::resize_file(log, size);
      for (const bool read_only : {true, false}) {
        UseOptions open;
        open.read_only = read_only;
        EXPECT_KINDRED_ERROR(Collection::open(collection, open), ErrorKind::corrupt, "shortened");
      }
      std::ofstream(log, std::ios::binary) << bytes;
    }
    EXPECT_EQ(cuts, whole.next_sequence - whole.first_sequence);
  };
  make();
  for (int i = 0; i < 5; ++i) put(std::nullopt, "id" + std::to_string(i));
  collection_->snapshot(temp_.file("s"));
  expect_missed(temp_.file("s/log-000001"), temp_.file("s"));
  put(std::nullopt, "last");
  collection_.reset();
  expect_missed(directory() + "/log-000001", directory());
  reopen();
  expect_contents();
}

TEST_F(CollectionTest, WorksInTheBackground) {
  open_.background = true;
  make();
  put_many(3000);
  expect_search();
  collection_->flush();
  expect_contents();
  reopen();
  expect_contents();
  EXPECT_LT(collection_->stats().segments.size(), 12U);
}

}  // namespace
}  // namespace kindred::index
