// How fast is the native executor, and where does its time go? A MiniLM-shaped random model
// (6 layers, 384 wide, 12 heads, 1,536 inside), or another shape by options.
//
//   executor_bench [--precision fp32|bf16|int8] [--threads N] [--length N] [--batch TOKENS]
//                  [--seconds S] [--isa NAME] [--layers N] [--hidden N] [--heads N] [--inner N]
//
// --seconds 0 leaves out the whole passes. --length 0 (the default) draws lengths of product
// titles, 6 to 34 tokens, 20 on average.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kernels/attention.h"
#include "kernels/norm.h"
#include "native/executor.h"
#include "native/packed_model.h"
#include "model/random_model_testing.h"

namespace {

using namespace kindred;  // NOLINT: a program of its own
using Clock = std::chrono::steady_clock;

struct Options {
  Precision precision = Precision::fp32;
  int threads = 1;
  std::size_t length = 0;
  std::size_t batch = 512;
  double seconds = 3.0;
  Isa isa = best_isa();
  std::size_t layers = 6, hidden = 384, heads = 12, inner = 1536;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

model::TransformerSpec bert_spec(const Options& o) {
  model::TransformerSpec s;
  s.family = "bench";
  s.vocab_size = 8000;
  s.hidden = o.hidden;
  s.heads = s.kv_heads = o.heads;
  s.head_dim = o.hidden / o.heads;
  s.intermediate = o.inner;
  s.max_positions = 8192;
  s.positions = model::Positions::learned;
  s.embedding_norm = true;
  s.attention_scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
  s.layers.resize(o.layers);
  return s;
}

/// A micro-batch of about `o.batch` tokens.
struct Batch {
  std::vector<std::uint32_t> ids, offsets = {0};
  model::PackedTokens tokens() const { return {ids, offsets, {}}; }
};

Batch make_batch(const Options& o, std::mt19937& random) {
  Batch batch;
  const auto next_length = [&]() -> std::size_t {
    if (o.length > 0) return o.length;
    return std::uniform_int_distribution<std::size_t>(6, 34)(random);
  };
  std::size_t n = next_length();
  do {
    for (std::size_t i = 0; i < n; ++i) batch.ids.push_back(random() % 8000);
    batch.offsets.push_back(static_cast<std::uint32_t>(batch.ids.size()));
    n = next_length();
  } while (batch.ids.size() + n <= o.batch);
  return batch;
}

long peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  return 0;
}

/// Each thread runs its own micro-batches.
void bulk(const native::Executor& executor, const Options& o) {
  const model::ForwardOptions forward{.layers = {static_cast<std::uint32_t>(o.layers)},
                                       .bidirectional = {}};
  std::vector<double> rates(static_cast<std::size_t>(o.threads));
  const auto worker = [&](std::size_t index) {
    std::mt19937 random(static_cast<unsigned>(index));
    std::vector<Batch> batches;
    for (int i = 0; i < 16; ++i) batches.push_back(make_batch(o, random));
    ThreadPool serial(1);
    std::vector<float> out;
    executor.forward(batches[0].tokens(), forward, serial, out);
    std::size_t tokens = 0;
    const auto start = Clock::now();
    for (std::size_t i = 0; seconds_since(start) < o.seconds; ++i) {
      executor.forward(batches[i % batches.size()].tokens(), forward, serial, out);
      tokens += batches[i % batches.size()].ids.size();
    }
    rates[index] = static_cast<double>(tokens) / seconds_since(start);
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < o.threads; ++t) threads.emplace_back(worker, static_cast<std::size_t>(t));
  for (std::thread& t : threads) t.join();
  double total = 0.0;
  for (const double rate : rates) total += rate;
  std::printf("bulk: %.0f tokens/s on %d threads, micro-batches of %zu tokens\n", total, o.threads,
              o.batch);
}

void single(const native::Executor& executor, const Options& o) {
  ThreadPool pool(o.threads, true);
  const model::ForwardOptions forward{.layers = {static_cast<std::uint32_t>(o.layers)},
                                       .bidirectional = {}};
  Batch query;
  query.ids = {101, 7, 2054, 19, 900, 44, 3, 102};
  query.offsets = {0, 8};
  std::vector<float> out;
  std::vector<double> times;
  const auto start = Clock::now();
  while (seconds_since(start) < o.seconds) {
    const auto begin = Clock::now();
    executor.forward(query.tokens(), forward, pool, out);
    times.push_back(seconds_since(begin) * 1e3);
  }
  std::sort(times.begin(), times.end());
  std::printf("one query of 8 tokens: p50 %.3f ms, p99 %.3f ms\n", times[times.size() / 2],
              times[times.size() * 99 / 100]);
}

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Milliseconds of processor time of `run` on this thread: the median of many.
double stage(const std::function<void()>& run) {
  run();
  std::vector<double> times;
  const auto start = Clock::now();
  while (seconds_since(start) < 0.3) {
    const double before = thread_seconds();
    run();
    times.push_back((thread_seconds() - before) * 1e3);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

/// The kernels of a layer alone, on the shapes of one micro-batch.
void stages(const model::RandomModel& random, const Options& o) {
  ThreadPool pool(1);
  const native::PackedModel packed =
      native::PackedModel::pack(random.spec, random.weights, o.precision, pool, o.isa);
  const native::PackedLayer& layer = packed.layers[0];
  std::mt19937 generator(3);
  const Batch batch = make_batch(o, generator);
  const std::size_t t = batch.ids.size(), h = o.hidden;
  std::vector<float> x(t * h), qkv(t * 3 * h), context(t * h), inner(t * o.inner);
  std::normal_distribution<float> normal;
  for (float& v : x) v = normal(generator);
  double total = 0.0;
  std::vector<std::pair<const char*, double>> times;
  const auto measure = [&](const char* name, const std::function<void()>& run) {
    times.emplace_back(name, stage(run));
    total += times.back().second;
  };
  const auto multiply = [&](const std::vector<float>& in, const native::PackedLinear& w,
                            kernels::Epilogue epilogue, std::vector<float>& out, std::size_t n) {
    kernels::matmul(in.data(), t, w.weight->k(), *w.weight, epilogue, out.data(), n, pool);
  };
  measure("query key value", [&] {
    multiply(x, layer.query_key_value, layer.query_key_value.epilogue(), qkv, 3 * h);
  });
  measure("attention", [&] {
    kernels::AttentionInput in;
    in.q = qkv.data();
    in.k = in.q + h;
    in.v = in.k + h;
    in.ld = 3 * h;
    in.heads = in.kv_heads = o.heads;
    in.head_dim = h / o.heads;
    in.offsets = batch.offsets;
    in.scale = random.spec.attention_scale;
    kernels::attention(in, context.data(), h, pool, o.isa);
  });
  std::vector<float> y = x;
  measure("attention output", [&] {
    kernels::Epilogue epilogue = layer.attention_output.epilogue();
    epilogue.residual = x.data();
    multiply(context, layer.attention_output, epilogue, y, h);
  });
  measure("two norms", [&] {
    const kernels::RowNorm norm{.centered = true,
                                .weight = layer.attention_norm.weight.data(),
                                .bias = layer.attention_norm.bias.data(),
                                .eps = 1e-12F};
    kernels::norm_rows(norm, x.data(), t, h, h, x.data(), h, kernels::NormStore::overwrite, o.isa);
    kernels::norm_rows(norm, x.data(), t, h, h, x.data(), h, kernels::NormStore::overwrite, o.isa);
  });
  measure("up, GELU", [&] {
    kernels::Epilogue epilogue = layer.up.epilogue();
    epilogue.activation = kernels::MatmulActivation::gelu_erf;
    multiply(x, layer.up, epilogue, inner, o.inner);
  });
  measure("down", [&] {
    kernels::Epilogue epilogue = layer.down.epilogue();
    epilogue.residual = x.data();
    multiply(inner, layer.down, epilogue, y, h);
  });
  std::printf("one layer, %zu tokens, one thread: %.3f ms\n", t, total);
  for (const auto& [name, ms] : times)
    std::printf("  %-18s %7.3f ms %5.1f%%\n", name, ms, 100.0 * ms / total);
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    const auto number = static_cast<std::size_t>(std::atoll(argv[i + 1]));
    if (name == "--precision")
      o.precision = value == "int8"   ? Precision::int8
                    : value == "bf16" ? Precision::bf16
                                      : Precision::fp32;
    else if (name == "--threads")
      o.threads = static_cast<int>(number);
    else if (name == "--length")
      o.length = number;
    else if (name == "--batch")
      o.batch = number;
    else if (name == "--seconds")
      o.seconds = std::atof(argv[i + 1]);
    else if (name == "--layers")
      o.layers = number;
    else if (name == "--hidden")
      o.hidden = number;
    else if (name == "--heads")
      o.heads = number;
    else if (name == "--inner")
      o.inner = number;
    else if (name == "--isa") {
      for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::avx512bf16, Isa::amx})
        if (to_string(isa) == value) o.isa = isa;
    } else {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      std::exit(2);
    }
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  const model::RandomModel random(bert_spec(o), 1, true, true);
  if (o.seconds > 0.0) {
    ThreadPool pool(1);
    const auto executor =
        native::Executor::create(random.spec, random.weights, o.precision, pool, o.isa);
    std::printf("weights: %.1f MB\n", static_cast<double>(executor->weight_bytes()) / 1e6);
    bulk(*executor, o);
    single(*executor, o);
  }
  stages(random, o);
  std::printf("peak memory: %ld kB, the unpacked random weights among them\n", peak_kilobytes());
  return 0;
}
