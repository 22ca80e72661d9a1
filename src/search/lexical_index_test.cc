#include "search/lexical_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "base/random.h"
#include "io/child_process.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

LexicalDocument product(std::uint64_t key, std::string title, std::string language = "en",
                        double price = 1.0) {
  return {key,
          {{TextField::title, language, std::move(title)}},
          {{{"lang", language}}, {{"price", price}}}};
}

std::vector<std::uint64_t> found(const LexicalIndex& index, WordsQuery query) {
  std::vector<std::uint64_t> keys;
  for (const WordsHit& hit : index.search(query).hits) keys.push_back(hit.key);
  return keys;
}

TEST(LexicalIndex, FindsWordsInAnyLanguageAndRanksMoreWordsHigher) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  const std::vector<LexicalDocument> documents = {
      product(1, "Zapatillas rojas talla 42", "es"), product(2, "红色运动鞋 42", "zh"),
      product(3, "Chaussures rouges pointure 42", "fr"),
      product(4, "Red running shoes size 43", "en"), product(5, "Zapatillas 红色 42", "es")};
  index->upsert(documents);
  for (int round = 0; round < 2; ++round) {  // in the memtable, then in a segment
    EXPECT_THAT(found(*index, {"zapatillas 红色 42"}),
                ElementsAre(5, testing::_, testing::_, testing::_));
    EXPECT_THAT(found(*index, {.text = "zapatillas 红色 42", .all_words = true}), ElementsAre(5));
    EXPECT_THAT(found(*index, {"zapatilla"}), UnorderedElementsAre(1, 5));
    EXPECT_THAT(found(*index, {"红色"}), UnorderedElementsAre(2, 5));
    EXPECT_THAT(found(*index, {"SHOE"}), ElementsAre(4));
    EXPECT_THAT(found(*index, {"nothing"}), IsEmpty());
    index->flush();
  }
  EXPECT_EQ(index->stats().segments, 1U);
}

TEST(LexicalIndex, CorrectsMisspeltWordsAndOnlyThem) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  std::vector<LexicalDocument> documents = {
      product(1, "wireless headphones"), product(2, "zapatillas de correr", "es"),
      product(3, "shoe 42"), product(4, "shoe 43"), product(5, "кроссовки", "ru")};
  index->upsert(documents);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(found(*index, {"haedphones"}), ElementsAre(1));
    EXPECT_THAT(found(*index, {"headfones wireles"}), ElementsAre(1));
    EXPECT_THAT(found(*index, {"sapatilla"}), ElementsAre(2));
    EXPECT_THAT(found(*index, {"кросовки"}), ElementsAre(5));
    EXPECT_THAT(found(*index, {"44"}), IsEmpty());  // numbers are not misspelt
    EXPECT_THAT(found(*index, {.text = "haedphones", .correct = false}), IsEmpty());
    EXPECT_THAT(found(*index, {.text = "wireles haedphones", .all_words = true}), ElementsAre(1));
    const auto result = index->search({"haedphones"});
    ASSERT_EQ(result.words.size(), 1U);
    EXPECT_EQ(result.words[0].word, "haedphone");
    EXPECT_EQ(result.words[0].terms.at(0).term, "headphone");
    EXPECT_EQ(result.words[0].terms.at(0).edits, 1U);
    index->flush();
  }
}

TEST(LexicalIndex, ScoresAsBm25SaysAndExplains) {
  io::TempDirectory directory;
  const Bm25 bm25{.k1 = 1.2F, .b = 0.75F, .pivot = 10.0F};
  const auto index = LexicalIndex::create(directory.file("words"), bm25);
  std::vector<LexicalDocument> documents;
  documents.push_back({1,
                       {{TextField::title, "en", "red shoe"},
                        {TextField::brand, "", "Red"},
                        {TextField::description, "en", "a shoe"}},
                       {}});
  documents.push_back(product(2, "red hat"));
  documents.push_back(product(3, "blue hat"));
  index->upsert(documents);
  const WordsQuery query{"red shoe"};
  const auto result = index->search(query);
  ASSERT_EQ(result.hits.size(), 2U);
  EXPECT_EQ(result.hits[0].key, 1U);
  // red: 4 + 3 of a length of 4·2 + 3 + 1; shoe: 4 + 1.
  const double norm = 1.2 * (0.25 + 0.75 * 12 / 10);
  const double red = std::log(1 + (3 - 2 + 0.5) / 2.5) * 7 / (7 + norm);
  const double shoe = std::log(1 + (3 - 1 + 0.5) / 1.5) * 5 / (5 + norm);
  EXPECT_NEAR(result.hits[0].score, red + shoe, 0.01);
  const auto parts = index->explain(query, 1);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_NEAR(parts[0].score, red, 0.005);
  EXPECT_NEAR(parts[1].score, shoe, 0.005);
  EXPECT_DOUBLE_EQ(parts[0].score + parts[1].score, result.hits[0].score);
  EXPECT_THAT(index->explain(query, 3), IsEmpty());
  EXPECT_THAT(index->explain(query, 99), IsEmpty());
}

TEST(LexicalIndex, KnowsWhatAllWordsCouldScore) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  index->upsert(
      std::vector{product(1, "red shoes"), product(2, "blue hat"), product(3, "red hat")});
  const auto bound = [&](const char* text) { return index->search({text, "en"}).bound(); };
  EXPECT_NEAR(bound("red shoes"), Bm25::idf(2, 3) + Bm25::idf(1, 3), 1e-9);
  EXPECT_NEAR(bound("the red umbrella"), Bm25::idf(2, 3) + Bm25::idf(0, 3), 1e-9);
  EXPECT_GT(bound("the"), 0.0);
  EXPECT_EQ(bound(""), 0.0);
  const WordsResult result = index->search({"red shoes", "en"});
  EXPECT_LE(result.hits.front().score, result.bound());
  // Misspelt, it is another word, of which what is like it says less.
  EXPECT_NEAR(bound("red shoos"), Bm25::idf(2, 3) + Bm25::idf(0, 3), 1e-9);
}

TEST(LexicalIndex, FiltersAndCounts) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  std::vector<LexicalDocument> documents;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    documents.push_back(product(i, i % 2 == 0 ? "even shoe" : "odd hat", i % 5 == 0 ? "es" : "en",
                                static_cast<double>(i)));
  }
  index->upsert(std::span(documents).first(700));
  index->flush();
  index->upsert(std::span(documents).last(300));
  const index::Filter filter = index::parse_filter("lang = es AND price >= 500");
  const WordsQuery shoe{.text = "shoe", .k = 1000, .filter = &filter};
  EXPECT_EQ(found(*index, shoe).size(), 50U);
  const Counts counts = index->count({&shoe, &filter, {"lang"}, {"price"}});
  EXPECT_EQ(counts.documents, 50U);
  EXPECT_EQ(counts.facets[0].at("es"), 50U);
  EXPECT_EQ(counts.number_facets[0].min, 500.0);
  EXPECT_EQ(counts.number_facets[0].max, 990.0);
  EXPECT_EQ(index->count({nullptr, nullptr, {"lang"}}).facets[0].at("en"), 800U);
  auto first = index->first_by("price", false, 3, &filter);
  std::sort(first.begin(), first.end());
  EXPECT_THAT(first, ElementsAre(500, 505, 510));
  first = index->first_by("price", true, 2, nullptr);
  EXPECT_THAT(first, UnorderedElementsAre(999, 998));
  EXPECT_EQ(index->first_by("price", true, 5000, nullptr).size(), 1000U);
  EXPECT_THAT(index->first_by("weight", true, 5, nullptr), IsEmpty());
}

// Random writes beside a plain model, with flushes, merges and re-openings between.
TEST(LexicalIndex, HoldsWhatAModelHolds) {
  io::TempDirectory directory;
  Random random(11);
  std::map<std::uint64_t, std::string> model;
  auto index = LexicalIndex::create(directory.file("words"));
  for (int step = 0; step < 300; ++step) {
    std::vector<LexicalDocument> documents;
    for (std::size_t i = 0; i < 1 + random.below(20); ++i) {
      const std::uint64_t key = random.below(200);
      std::string title;
      for (int w = 0; w < 4; ++w)
        title += " word" + std::string(1, static_cast<char>('a' + random.below(12)));
      documents.push_back(product(key, title));
      model[key] = title + " ";
    }
    index->upsert(documents);
    std::vector<std::uint64_t> gone;
    for (std::size_t i = 0; i < random.below(5); ++i) gone.push_back(random.below(200));
    index->erase(gone);
    for (const std::uint64_t key : gone) model.erase(key);
    if (random.below(4) == 0) index->flush();
    if (random.below(40) == 0) index->compact();
    if (random.below(10) == 0) {
      index.reset();
      index = LexicalIndex::open(directory.file("words"));
    }
    const std::string word = "word" + std::string(1, static_cast<char>('a' + random.below(12)));
    std::vector<std::uint64_t> expected;
    for (const auto& [key, title] : model) {
      if (title.find(" " + word + " ") != std::string::npos) expected.push_back(key);
    }
    auto keys = found(*index, {.text = word, .k = 1000, .correct = false});
    std::sort(keys.begin(), keys.end());
    ASSERT_EQ(keys, expected) << "step " << step;
    ASSERT_EQ(index->stats().documents, model.size());
    ASSERT_EQ(index->count({}).documents, model.size());
  }
  index->compact();
  EXPECT_EQ(index->stats().segments, 1U);
  EXPECT_EQ(index->stats().deleted, 0U);
  index->verify();
  index.reset();
  // MANIFEST, LOCK, a log, a segment's two files and nothing else.
  LexicalIndex::open(directory.file("words"));
  EXPECT_EQ(io::list_directory(directory.file("words")).size(), 5U);
}

// Copies of the directory at any moment between two writes open with all that was acknowledged.
TEST(LexicalIndex, ACopyAtAnyMomentOpensWhole) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"), {}, {.memtable_bytes = 4096});
  for (std::uint64_t key = 0; key < 200; ++key) {
    index->upsert(std::vector{product(key, "shoe number" + std::to_string(key))});
    if (key % 3 == 0) index->erase(std::vector<std::uint64_t>{key / 2});
    if (key % 20 != 0) continue;
    const std::string copy = directory.file("copy" + std::to_string(key));
    std::filesystem::copy(directory.file("words"), copy);
    const auto opened = LexicalIndex::open(copy);
    EXPECT_EQ(opened->stats().documents, index->stats().documents);
    opened->verify();
  }
}

TEST(LexicalIndex, RefusesASecondWriterAndWritesToAReader) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  index->upsert(std::vector{product(1, "shoe")});
  EXPECT_KINDRED_ERROR(LexicalIndex::open(directory.file("words")), ErrorKind::bad_input, "");
  EXPECT_KINDRED_ERROR(LexicalIndex::create(directory.file("words")), ErrorKind::bad_input,
                       "already");
  EXPECT_KINDRED_ERROR(LexicalIndex::open(directory.file("none")), ErrorKind::not_found,
                       "MANIFEST");
  const auto reader = LexicalIndex::open(directory.file("words"), {.read_only = true});
  EXPECT_THAT(found(*reader, {"shoe"}), ElementsAre(1));
  EXPECT_KINDRED_ERROR(reader->flush(), ErrorKind::bad_input, "reading");
  EXPECT_KINDRED_ERROR(index->search({.text = "a", .k = 0}), ErrorKind::bad_input, "k is 0");
}

TEST(LexicalIndex, RefusesADamagedManifest) {
  io::TempDirectory directory;
  LexicalIndex::create(directory.file("words"))->upsert(std::vector{product(1, "shoe")});
  const std::string path = directory.file("words") + "/MANIFEST";
  const std::string sound = io::read_text_file(path);
  for (std::size_t byte = 0; byte < sound.size(); ++byte) {
    std::string bytes = sound;
    bytes[byte] ^= 4;
    io::write_text_file(path, bytes);
    EXPECT_THROW(LexicalIndex::open(directory.file("words")), Error) << byte;
  }
  io::write_text_file(path, sound.substr(0, sound.size() / 2));
  EXPECT_KINDRED_ERROR(LexicalIndex::open(directory.file("words")), ErrorKind::corrupt, "MANIFEST");
}

TEST(LexicalIndex, ReadersSeeEachDocumentOnceWhileItIsWritten) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"), {}, {.memtable_bytes = 60000});
  std::vector<LexicalDocument> documents;
  for (std::uint64_t key = 0; key < 100; ++key) documents.push_back(product(key, "shoe"));
  index->upsert(documents);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        auto keys = found(*index, {.text = "shoe", .k = 1000});
        std::sort(keys.begin(), keys.end());
        if (keys.size() != 100 || std::adjacent_find(keys.begin(), keys.end()) != keys.end())
          ++wrong;
      }
    });
  }
  for (int round = 0; round < 60; ++round) index->upsert(documents);
  index->compact();
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(LexicalIndex, ALogCutBetweenTwoRecordsIsMissed) {
  io::TempDirectory directory;
  const std::string words = directory.file("words");
  {
    const auto index = LexicalIndex::create(words);
    for (std::uint64_t key = 0; key < 3; ++key) index->upsert(std::vector{product(key, "shoe")});
  }
  const std::string log = words + "/1.log";
  const std::string bytes = io::read_text_file(log);
  std::size_t cuts = 0;
  for (std::size_t size = 24; size < bytes.size(); ++size) {
    const auto part = index::read_log(std::string_view(bytes).substr(0, size), log,
                                      [](std::uint64_t, std::string_view) {});
    if (part.torn) continue;
    ++cuts;
    std::filesystem::resize_file(log, size);
    EXPECT_KINDRED_ERROR(LexicalIndex::open(words), ErrorKind::corrupt, "shortened");
    EXPECT_KINDRED_ERROR(LexicalIndex::open(words, {.read_only = true}), ErrorKind::corrupt,
                         "shortened");
    io::write_text_file(log, bytes);
  }
  EXPECT_EQ(cuts, 3U);
  EXPECT_EQ(LexicalIndex::open(words)->stats().documents, 3U);
}

// A writer in another process flushes and merges all the time.
TEST(LexicalIndex, AReaderOpensAtAnyMomentBesideAWriter) {
  io::TempDirectory directory;
  const std::string words = directory.file("words");
  LexicalIndex::create(words);
  const io::ChildProcess writer([&](std::atomic<std::uint64_t>& answered) {
    const auto index = LexicalIndex::open(words, {.memtable_bytes = 2000});
    for (std::uint64_t key = 0;; ++key) {
      index->upsert(std::vector{product(key, "shoe"), product(1'000'000, "hat")});
      answered = key + 1;
    }
  });
  for (int i = 0; i < 20 || writer.progress() < 100; ++i) {
    const std::uint64_t answered = writer.progress();
    const auto reader = LexicalIndex::open(words, {.read_only = true});
    reader->verify();
    const std::vector<std::uint64_t> keys = reader->keys();
    if (keys.empty()) continue;
    EXPECT_EQ(keys.back(), 1'000'000U);
    EXPECT_GE(keys.size(), answered + 1);
    for (std::uint64_t key = 0; key + 1 < keys.size(); ++key) ASSERT_EQ(keys[key], key);
    EXPECT_EQ(found(*reader, {.text = "shoe", .k = 1'000'000}).size(), keys.size() - 1);
  }
}

TEST(LexicalIndex, IsCopiedBesideAWriter) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"), {}, {.memtable_bytes = 2000});
  std::atomic<std::uint64_t> answered{0};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t key = 0; !done; ++key) {
      index->upsert(std::vector{product(key, "shoe"), product(1'000'000, "hat")});
      if (key % 50 == 49) index->compact();
      answered = key + 1;
    }
  });
  constexpr int kCopies = 20;
  std::vector<std::uint64_t> before;
  for (int i = 0; i < kCopies; ++i) {
    while (answered <= (before.empty() ? 20 : before.back())) std::this_thread::yield();
    before.push_back(answered);
    index->snapshot(directory.file("copy" + std::to_string(i)));
  }
  done = true;
  writer.join();
  const std::size_t documents = index->keys().size();
  for (int i = 0; i < kCopies; ++i) {
    const auto copy = LexicalIndex::open(directory.file("copy" + std::to_string(i)));
    copy->verify();
    const std::vector<std::uint64_t> keys = copy->keys();
    ASSERT_GE(keys.size(), before[static_cast<std::size_t>(i)] + 1);
    EXPECT_EQ(keys.back(), 1'000'000U);
    for (std::uint64_t key = 0; key + 1 < keys.size(); ++key) ASSERT_EQ(keys[key], key);
    EXPECT_EQ(found(*copy, {.text = "hat"}).size(), 1U);
    // It is nobody else's: what changes in it changes there alone.
    copy->erase(keys);
    copy->upsert(std::vector{product(5, "glove")});
    copy->compact();
    EXPECT_EQ(copy->keys().size(), 1U);
  }
  index->verify();
  EXPECT_EQ(index->keys().size(), documents);
}

TEST(LexicalIndex, ACopySharesTheFilesThatNeverChange) {
  io::TempDirectory directory;
  const auto index = LexicalIndex::create(directory.file("words"));
  index->upsert(std::vector{product(1, "shoe"), product(2, "hat")});
  index->flush();
  index->erase(std::vector<std::uint64_t>{1});
  index->upsert(std::vector{product(3, "glove")});
  index->flush();
  index->upsert(std::vector{product(4, "scarf")});  // in the log alone
  index->snapshot(directory.file("copy"));
  std::size_t linked = 0;
  for (const std::string& name : io::list_directory(directory.file("copy"))) {
    const auto names = std::filesystem::hard_link_count(directory.file("copy/" + name));
    const bool changes = name == "MANIFEST" || name.ends_with(".log");
    EXPECT_EQ(names, changes ? 1U : 2U) << name;
    linked += changes ? 0 : 1;
  }
  EXPECT_EQ(linked, 5U);  // two segments of two files, and the rows deleted in one
  EXPECT_KINDRED_ERROR(index->snapshot(directory.file("copy")), ErrorKind::bad_input, "not empty");
  const auto reader = LexicalIndex::open(directory.file("copy"), {.read_only = true});
  EXPECT_THAT(reader->keys(), ElementsAre(2, 3, 4));
  EXPECT_KINDRED_ERROR(reader->snapshot(directory.file("other")), ErrorKind::bad_input, "reading");
  EXPECT_FALSE(io::is_directory(directory.file("other")));
}

TEST(LexicalDocument, SurvivesItsBytes) {
  const AnalyzedDocument document = analyze_document(product(7, "Red shoes 红色", "en", 3.5));
  EXPECT_EQ(decode_document(encode_document(document)), document);
  const std::string bytes = encode_document(document);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode_document(std::string_view(bytes).substr(0, size)), Error) << size;
  }
}

}  // namespace
}  // namespace kindred::search
