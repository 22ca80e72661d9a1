// kindred bench: how fast a model runs here.
#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "eval/significance.h"

namespace kindred::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct State {
  ModelFlags model;
  std::vector<std::string> precisions;
  std::vector<std::size_t> lengths;
  std::size_t seconds = 2;
  bool json = false;
};

struct Throughput {
  std::size_t tokens_a_text = 0;
  double tokens_per_second = 0.0;
  double texts_per_second = 0.0;
};

struct Result {
  std::string precision;
  double open_seconds = 0.0;
  std::uint64_t weight_bytes = 0;
  std::vector<Throughput> bulk;
  double query_p50_ms = 0.0;
  double query_p95_ms = 0.0;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// About `tokens` tokens of common words, different from text to text.
std::string text_of(const Encoder& encoder, std::size_t tokens, std::size_t seed) {
  static constexpr const char* kWords[] = {"red",   "shoes",  "for",   "women", "size",  "new",
                                           "phone", "case",   "with",  "black", "light", "large",
                                           "house", "garden", "music", "table", "water", "paper"};
  constexpr std::size_t kCount = sizeof(kWords) / sizeof(kWords[0]);
  std::string text;
  TokenizeOptions options;
  options.max_length = TokenizeOptions::kNoTruncation;
  for (std::size_t i = seed;; i = i * 7 + 3) {
    text += (text.empty() ? "" : " ") + std::string(kWords[i % kCount]);
    if (encoder.tokenizer().encode(text, options).ids.size() >= tokens) return text;
  }
}

Throughput measure_bulk(const Encoder& encoder, std::size_t tokens, double seconds) {
  constexpr std::size_t kTokensACall = 16384;
  const std::size_t count =
      std::clamp<std::size_t>(kTokensACall / std::max<std::size_t>(tokens, 1), 4, 4096);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(i < 16 ? text_of(encoder, tokens, i) : texts[i % 16]);
  (void)encoder.encode(texts);
  std::size_t done = 0;
  std::uint64_t seen = 0;
  const auto start = Clock::now();
  do {
    const Embeddings e = encoder.encode(texts);
    seen += std::accumulate(e.token_counts.begin(), e.token_counts.end(), std::uint64_t{0});
    done += e.rows;
  } while (seconds_since(start) < seconds);
  const double elapsed = seconds_since(start);
  return {static_cast<std::size_t>(seen / done), static_cast<double>(seen) / elapsed,
          static_cast<double>(done) / elapsed};
}

void measure_query(const Encoder& encoder, double seconds, Result& result) {
  constexpr std::size_t kQueryTokens = 8;
  const std::vector<std::string> query = {text_of(encoder, kQueryTokens, 1)};
  for (int i = 0; i < 10; ++i) (void)encoder.encode(query);
  std::vector<double> times;
  const auto start = Clock::now();
  do {
    const auto one = Clock::now();
    (void)encoder.encode(query);
    times.push_back(seconds_since(one) * 1e3);
  } while (seconds_since(start) < seconds || times.size() < 20);
  std::sort(times.begin(), times.end());
  result.query_p50_ms = eval::percentile(times, 0.5);
  result.query_p95_ms = eval::percentile(times, 0.95);
}

Result measure(const State& s, const std::string& precision) {
  ModelFlags flags = s.model;
  flags.options.precision = parse_precision(precision);
  Result result;
  result.precision = precision;
  const auto start = Clock::now();
  const Encoder encoder = flags.open();
  result.open_seconds = seconds_since(start);
  result.weight_bytes = encoder.weight_bytes();
  const double seconds = static_cast<double>(s.seconds);
  for (std::size_t tokens : s.lengths) {
    if (encoder.max_length() > 0) tokens = std::min(tokens, encoder.max_length());
    result.bulk.push_back(measure_bulk(encoder, tokens, seconds));
  }
  measure_query(encoder, seconds, result);
  return result;
}

nlohmann::ordered_json to_json(const Result& result) {
  nlohmann::ordered_json bulk = nlohmann::ordered_json::array();
  for (const Throughput& t : result.bulk)
    bulk.push_back({{"tokens_a_text", t.tokens_a_text},
                    {"tokens_per_second", t.tokens_per_second},
                    {"texts_per_second", t.texts_per_second}});
  return {{"precision", result.precision},
          {"open_seconds", result.open_seconds},
          {"weight_bytes", result.weight_bytes},
          {"bulk", bulk},
          {"query", {{"p50_ms", result.query_p50_ms}, {"p95_ms", result.query_p95_ms}}}};
}

void print_text(const Result& r) {
  print("{}: opened in {:.2f} s, {:.1f} MiB of packed weights\n", r.precision, r.open_seconds,
        static_cast<double>(r.weight_bytes) / (1 << 20));
  for (const Throughput& t : r.bulk)
    print("  {:>5} tokens a text  {:>9.0f} tokens/s  {:>8.0f} texts/s\n", t.tokens_a_text,
          t.tokens_per_second, t.texts_per_second);
  print("  one query of 8 tokens  p50 {:.2f} ms  p95 {:.2f} ms\n", r.query_p50_ms, r.query_p95_ms);
}

void run(State& s) {
  if (s.precisions.empty()) s.precisions = {"fp32", "bf16", "int8"};
  if (s.lengths.empty()) s.lengths = {8, 20, 128};
  std::vector<Result> results;
  for (const std::string& precision : s.precisions) {
    results.push_back(measure(s, precision));
    if (!s.json) print_text(results.back());
    flush_out();
  }
  if (!s.json) return;
  const int threads = threads_or_environment(s.model.options.threads);
  const std::string& isa = s.model.options.isa;
  nlohmann::ordered_json object = {{"model", s.model.model},
                                   {"isa", to_string(isa.empty() ? best_isa() : parse_isa(isa))},
                                   {"threads", threads > 0 ? threads : available_cores()},
                                   {"results", nlohmann::ordered_json::array()}};
  for (const Result& result : results) object["results"].push_back(to_json(result));
  print_json(object);
}

}  // namespace

Command bench_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "bench";
  c.summary = "how fast a model runs on this machine";
  c.description =
      "Measures tokens a second on texts of several lengths, and the time of one short query, for "
      "each precision. Tokenising is part of what is measured.";
  s->model.add_argument(c);
  auto& flags = c.group("Measurement").flags;
  flags.push_back(
      flag("-p,--precisions", "TYPE", "a precision to measure; may be repeated", &s->precisions)
          .one_of({"fp32", "bf16", "int8"})
          .shown_default("all"));
  flags.push_back(flag("-l,--length", "TOKENS", "a length to measure; may be repeated", &s->lengths)
                      .shown_default("8, 20 and 128"));
  flags.push_back(flag("--seconds", "N", "how long each measurement takes", &s->seconds));
  flags.push_back(
      flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->model.options.threads));
  flags.push_back(isa_flag(&s->model.options.isa));
  flags.push_back(flag("--batch-tokens", "TOKENS", "most tokens a thread takes at once",
                       &s->model.options.batch_tokens));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  c.examples = {{"is int8 worth it here?", "kindred bench MODEL -p fp32 -p int8 -l 20"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
