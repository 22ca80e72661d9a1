// How fast a tokenizer goes: megabytes of text and tokens a second.
//
// Usage: tokenizer_bench MODEL FILE THREADS [SECONDS]
// One JSON line: {"mb_s": …, "tokens_s": …, "tokens": …, "threads": …}: the best pass over the
// lines of FILE, whole texts, template tokens included. Compare with bench/tokenizer_peer.py.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "kindred/error.h"
#include "kindred/tokenizer.h"

namespace {

constexpr std::size_t kBatch = 256;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Pass {
  double seconds = 0;
  std::size_t tokens = 0;
};

Pass run_once(const kindred::Tokenizer& tokenizer, const std::vector<std::string_view>& lines,
              kindred::ThreadPool& pool, std::vector<kindred::PackedIds>& outputs) {
  kindred::TokenizeOptions options;
  options.max_length = kindred::TokenizeOptions::kNoTruncation;
  const std::size_t parts = (lines.size() + kBatch - 1) / kBatch;
  std::vector<std::size_t> tokens(parts);
  const auto start = Clock::now();
  pool.run(parts, [&](std::size_t part, int thread) {
    const std::size_t begin = part * kBatch;
    const std::size_t count = std::min(kBatch, lines.size() - begin);
    kindred::PackedIds& out = outputs[static_cast<std::size_t>(thread)];
    tokenizer.encode_packed(std::span(lines).subspan(begin, count), options, out);
    tokens[part] = out.ids.size();
  });
  Pass pass{seconds_since(start), 0};
  for (std::size_t count : tokens) pass.tokens += count;
  return pass;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4 || argc > 5) {
    std::fputs("usage: tokenizer_bench MODEL FILE THREADS [SECONDS]\n", stderr);
    return 2;
  }
  const auto tokenizer = kindred::Tokenizer::open(argv[1]);
  std::ifstream in(argv[2], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::vector<std::string_view> lines = lines_of(text);
  const int threads = std::max(1, std::atoi(argv[3]));
  const double limit = argc == 5 ? std::atof(argv[4]) : 3.0;
  kindred::ThreadPool pool(threads);
  std::vector<kindred::PackedIds> outputs(static_cast<std::size_t>(threads));
  Pass best;
  const auto start = Clock::now();
  do {
    const Pass pass = run_once(tokenizer, lines, pool, outputs);
    if (best.seconds == 0 || pass.seconds < best.seconds) best = pass;
  } while (seconds_since(start) < limit);
  std::printf("{\"mb_s\": %.2f, \"tokens_s\": %.0f, \"tokens\": %zu, \"threads\": %d}\n",
              static_cast<double>(text.size()) / best.seconds / 1e6,
              static_cast<double>(best.tokens) / best.seconds, best.tokens, threads);
  return 0;
} catch (const kindred::Error& error) {
  std::fprintf(stderr, "tokenizer_bench: %s\n", error.what());
  return 1;
}
