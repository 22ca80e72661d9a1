// How fast vectors become durable, and what searches feel of it.
//
//   ingest_bench DIRECTORY [ROWS [DIMENSION [WRITERS [BATCH]]]]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "index/collection.h"
#include "kindred/error.h"

namespace {

using kindred::Random;
using kindred::index::Collection;
using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

struct Latencies {
  std::vector<double> values;
  double at(double share) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())))];
  }
};

void print(const char* what, Latencies& latencies) {
  std::printf("%-34s %8zu calls  p50 %8.2f ms  p99 %8.2f ms  max %8.2f ms\n", what,
              latencies.values.size(), latencies.at(0.5), latencies.at(0.99), latencies.at(1.0));
}

// One query after the other until `done`.
Latencies search_until(const Collection& collection, const std::atomic<bool>& done) {
  Latencies latencies;
  Random random(7);
  std::vector<float> query(collection.dimension());
  while (!done) {
    for (float& v : query) v = static_cast<float>(random.normal());
    kindred::index::SearchRequest request;
    request.queries = query.data();
    request.count = 1;
    const auto begin = Clock::now();
    collection.search(request);
    latencies.values.push_back(milliseconds(Clock::now() - begin));
  }
  return latencies;
}

Latencies insert_all(Collection& collection, std::size_t rows, std::size_t writers,
                     std::size_t batch, const std::vector<float>& vectors) {
  std::vector<Latencies> of_writer(writers);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> next{0};
  const std::size_t dimension = collection.dimension(), stock = vectors.size() / dimension;
  for (std::size_t w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      for (std::size_t at; (at = next.fetch_add(batch)) < rows;) {
        std::vector<kindred::index::NewRow> given(std::min(batch, rows - at));
        for (std::size_t i = 0; i < given.size(); ++i)
          given[i].vector = vectors.data() + (at + i) % stock * dimension;
        const auto begin = Clock::now();
        collection.insert(given);
        of_writer[w].values.push_back(milliseconds(Clock::now() - begin));
      }
    });
  }
  for (std::thread& t : threads) t.join();
  Latencies all;
  for (const Latencies& l : of_writer)
    all.values.insert(all.values.end(), l.values.begin(), l.values.end());
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: ingest_bench DIRECTORY [ROWS [DIMENSION [WRITERS [BATCH]]]]\n");
    return 2;
  }
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  const std::size_t rows = number(2, 200'000), dimension = number(3, 384), writers = number(4, 8),
                    batch = number(5, 64);
  try {
    kindred::index::CollectionOptions options;
    options.dimension = dimension;
    const auto collection = Collection::create(argv[1], options);
    std::vector<float> vectors(std::min<std::size_t>(rows, 20'000) * dimension);
    Random random(1);
    for (float& v : vectors) v = static_cast<float>(random.normal());

    const auto begin = Clock::now();
    Latencies inserts = insert_all(*collection, rows, writers, batch, vectors);
    const double seconds = milliseconds(Clock::now() - begin) / 1000.0;
    std::printf("%zu × %zu by %zu writers of %zu a call: %.0f vectors/s durable\n", rows, dimension,
                writers, batch, static_cast<double>(rows) / seconds);
    print("insert", inserts);
    collection->flush();
    collection->merge();

    std::atomic<bool> done{false};
    std::thread timer([&] {
      std::this_thread::sleep_for(std::chrono::seconds(3));
      done = true;
    });
    Latencies idle = search_until(*collection, done);
    timer.join();
    print("search, idle", idle);

    done = false;
    std::thread merger([&] {
      insert_all(*collection, 1, 1, 1, vectors);
      collection->compact();
      done = true;
    });
    Latencies merging = search_until(*collection, done);
    merger.join();
    print("search, during a merge of all", merging);
    std::printf("p99 during the merge is %.1f × idle\n", merging.at(0.99) / idle.at(0.99));
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "ingest_bench: %s\n", error.what());
    return 1;
  }
}
