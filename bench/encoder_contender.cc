// Kindred as one contender of bench/encoders.py: reads texts, then runs once for each line on
// stdin.
//
// Usage: encoder_contender MODEL FILE PRECISION THREADS throughput|latency
// Each answer is one JSON line: {"seconds": …, "tokens": …} for throughput (all texts in one call,
// tokenisation included), {"latencies_ms": […]} for latency (one call a text).
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/encoder.h"
#include "kindred/error.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

kindred::Precision parse_precision(std::string_view name) {
  if (name == "bf16") return kindred::Precision::bf16;
  if (name == "int8") return kindred::Precision::int8;
  return kindred::Precision::fp32;
}

void throughput(const kindred::Encoder& encoder, const std::vector<std::string>& texts) {
  const auto start = Clock::now();
  const kindred::Embeddings result = encoder.encode(std::span<const std::string>(texts));
  const double seconds = seconds_since(start);
  std::size_t tokens = 0;
  for (const std::uint32_t count : result.token_counts) tokens += count;
  std::printf("{\"seconds\": %.6f, \"tokens\": %zu}\n", seconds, tokens);
}

void latency(const kindred::Encoder& encoder, const std::vector<std::string>& texts) {
  std::string line = "{\"latencies_ms\": [";
  for (const std::string& text : texts) {
    const auto start = Clock::now();
    const std::string_view one = text;
    (void)encoder.encode(std::span<const std::string_view>(&one, 1));
    if (line.back() != '[') line += ", ";
    line += std::to_string(seconds_since(start) * 1e3);
  }
  std::puts((line + "]}").c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 6) {
    std::fputs("usage: encoder_contender MODEL FILE fp32|bf16|int8 THREADS throughput|latency\n",
               stderr);
    return 2;
  }
  kindred::EncoderOptions options;
  options.precision = parse_precision(argv[3]);
  options.threads = std::stoi(argv[4]);
  const kindred::Encoder encoder = kindred::Encoder::open(argv[1], options);
  std::vector<std::string> texts;
  std::ifstream file(argv[2]);
  for (std::string line; std::getline(file, line);) texts.push_back(line);
  std::puts("{\"ready\": true}");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::string_view(argv[5]) == "latency" ? latency(encoder, texts) : throughput(encoder, texts);
    std::fflush(stdout);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "encoder_contender: %s\n", error.what());
  return 1;
}
