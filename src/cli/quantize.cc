// kindred quantize: a model directory with smaller weights, checked.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/nearest.h"
#include "encode/text_chunks.h"
#include "kindred/model.h"

namespace kindred::cli {
namespace {

struct State {
  std::string model;
  std::string output;
  std::string precision = "int8";
  TextFlags text;
  int threads = 0;
  bool json = false;
};

// Kinds of text that shops have, in several languages: enough to show a broken conversion.
const std::vector<std::string> kSample = {
    "wireless bluetooth headphones with noise cancelling",
    "women's running shoes, size 38, red",
    "iPhone 15 Pro Max 256GB case, shockproof, clear",
    "Stainless steel water bottle 750 ml",
    "how do I return a damaged parcel?",
    "a",
    "手机壳 适用于苹果15 透明防摔",
    "红色跑鞋 女款",
    "保温杯 不锈钢 大容量",
    "zapatillas de running para mujer, rojas",
    "auriculares inalámbricos con cancelación de ruido",
    "botella de agua de acero inoxidable",
    "chaussures de course pour femme, rouges",
    "casque sans fil à réduction de bruit",
    "Bouteille isotherme en acier inoxydable 750 ml",
    ("The two halves of the garden table are joined by four screws, which are in the bag with the "
     "feet; tighten them by hand first, then turn the table over and check that it stands level.")};
constexpr std::size_t kMostTexts = 10000;

struct Check {
  double mean = 0.0;
  double min = 1.0;
  std::size_t texts = 0;
};

Check check(const State& s, const std::vector<std::string>& texts) {
  ModelFlags flags;
  flags.options.threads = s.threads;
  flags.model = s.model;
  const Embeddings before = flags.open().encode(texts);
  flags.model = s.output;
  flags.options.precision = parse_precision(s.precision);
  const Embeddings after = flags.open().encode(texts);
  Check result;
  result.texts = texts.size();
  const std::size_t d = before.dimensions;
  for (std::size_t r = 0; r < before.rows; ++r) {
    const double cosine =
        encode::cosine(before.values.data() + r * d, after.values.data() + r * d, d);
    if (!std::isfinite(cosine)) {
      fail(ErrorKind::corrupt,
           "{}: the vectors of text {} are not finite, before or after; do not use {}", s.model,
           r + 1, s.output);
    }
    result.mean += cosine / static_cast<double>(before.rows);
    result.min = std::min(result.min, cosine);
  }
  return result;
}

void run(const State& s) {
  const std::vector<std::string> texts =
      s.text.source.path.empty() ? kSample : encode::read_all_texts(s.text.source, kMostTexts);
  if (texts.empty()) fail(ErrorKind::bad_input, "{}: no texts to check with", s.text.source.path);
  std::uint64_t seen = 0;
  Progress progress(stderr, "quantize", "bytes", std::nullopt);
  const QuantizeResult result =
      quantize(s.model, s.output, s.precision == "bf16" ? WeightFormat::bf16 : WeightFormat::int8,
               [&](std::uint64_t done, std::uint64_t) {
                 progress.add(done - seen);
                 seen = done;
               });
  progress.finish();
  const Check c = check(s, texts);
  if (s.json) {
    const nlohmann::ordered_json object = {{"output", s.output},
                                           {"precision", s.precision},
                                           {"bytes_before", result.bytes_before},
                                           {"bytes_after", result.bytes_after},
                                           {"cosine", {{"mean", c.mean}, {"min", c.min}}},
                                           {"texts", c.texts}};
    print_json(object);
    return;
  }
  print("{}: {:.1f} MiB of weights, from {:.1f}\n", s.output,
        static_cast<double>(result.bytes_after) / (1 << 20),
        static_cast<double>(result.bytes_before) / (1 << 20));
  print("cosine with the original over {} texts: mean {:.6f}, min {:.6f}\n", c.texts, c.mean,
        c.min);
}

}  // namespace

Command quantize_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "quantize";
  c.summary = "a model directory with smaller weights";
  c.description =
      "Writes a copy of the model with its matrices as bf16 or int8 (one scale an output channel), "
      "then embeds texts with both and prints how alike the vectors are. The copy is a quarter to "
      "a "
      "half of the size on disk; in memory, --precision of the other commands decides.";
  c.arguments = {argument("MODEL", "model directory", &s->model)
                     .must_be_given()
                     .completed_by(Completes::model)};
  auto& flags = c.group("Output").flags;
  flags.push_back(flag("-o,--output", "FOLDER", "the new model directory", &s->output)
                      .must_be_given()
                      .completed_by(Completes::directory)
                      .written());
  flags.push_back(flag("--precision", "TYPE", "how matrices are stored", &s->precision)
                      .one_of({"bf16", "int8"}));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  flags.push_back(
      flag("-t,--threads", "N", "threads of the check; 0 is one a physical core", &s->threads));
  flags.push_back(flag("--check", "FILE", "texts to check with, rather than built-in ones",
                       &s->text.source.path)
                      .completed_by(Completes::file));
  s->text.add(c);
  c.examples = {{"a quarter of the size, checked on your own texts",
                 "kindred quantize MODEL -o MODEL-int8 --check titles.txt"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
