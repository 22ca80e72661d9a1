// How fast word vectors answer and encode.
//
// Usage: static_bench encode MODEL TITLES THREADS [SECONDS]
//        static_bench nearest FILE QUERIES THREADS
//        static_bench analogies FILE QUESTIONS THREADS
// One JSON line. encode: {"titles_s", "titles", "words"}, the best pass over the lines of TITLES in
// batches of 8,192. nearest: {"ms"}, the median of ten neighbours of QUERIES words from all over
// the vocabulary, one after another. analogies: {"seconds", "correct", "asked"}, the whole
// vocabulary searched. Compare with bench/static_peers.py.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "kindred/encoder.h"
#include "kindred/error.h"
#include "kindred/static_vectors.h"
#include "static_vectors/analogies.h"
#include "static_vectors/read.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void encode(const char* model, const char* file, int threads, double seconds) {
  constexpr std::size_t kBatch = 8192;
  std::vector<std::string> lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  const std::vector<std::string_view> titles(lines.begin(), lines.end());
  kindred::EncoderOptions options;
  options.threads = threads;
  const kindred::Encoder encoder = kindred::Encoder::open(model, options);
  double best = 1e30;
  std::size_t words = 0;
  const auto start = Clock::now();
  do {
    words = 0;
    const auto pass = Clock::now();
    for (std::size_t at = 0; at < titles.size(); at += kBatch) {
      const kindred::Embeddings e =
          encoder.encode(std::span(titles).subspan(at, std::min(kBatch, titles.size() - at)));
      for (const std::uint32_t count : e.token_counts) words += count;
    }
    best = std::min(best, seconds_since(pass));
  } while (seconds_since(start) < seconds);
  std::printf("{\"titles_s\": %.0f, \"titles\": %zu, \"words\": %zu}\n",
              static_cast<double>(titles.size()) / best, titles.size(), words);
}

void nearest(const char* file, std::size_t queries, int threads) {
  const kindred::WordVectors vectors = kindred::WordVectors::open(file, {0, threads});
  std::vector<double> times;
  for (std::size_t q = 0; q < queries; ++q) {
    const auto id = static_cast<std::uint32_t>(q * (vectors.size() / queries));
    const auto start = Clock::now();
    if (vectors.nearest(vectors.word(id), 10).size() > 10) std::abort();
    times.push_back(seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"ms\": %.2f}\n", times[times.size() / 2] * 1e3);
}

void analogies(const char* file, const char* questions, int threads) {
  using namespace kindred::static_vectors;
  kindred::ThreadPool pool(threads);
  const WordSpace space(std::make_shared<StaticModel>(read_static_model(file)), pool);
  const AnalogyQuestions asked = AnalogyQuestions::read(questions);
  AnalogyOptions options;
  options.restrict = 0;
  const auto start = Clock::now();
  const AnalogyResult result = evaluate_analogies(space, asked, options, pool);
  std::printf("{\"seconds\": %.2f, \"correct\": %zu, \"asked\": %zu}\n", seconds_since(start),
              result.total.correct, result.total.asked);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: static_bench encode MODEL TITLES THREADS [SECONDS] | nearest FILE QUERIES "
                 "THREADS | analogies FILE QUESTIONS THREADS\n");
    return 2;
  }
  try {
    const std::string_view what = argv[1];
    const int threads = std::atoi(argv[4]);
    if (what == "encode") encode(argv[2], argv[3], threads, argc > 5 ? std::atof(argv[5]) : 5.0);
    if (what == "nearest") nearest(argv[2], std::strtoull(argv[3], nullptr, 10), threads);
    if (what == "analogies") analogies(argv[2], argv[3], threads);
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "static_bench: %s\n", error.what());
    return 1;
  }
}
