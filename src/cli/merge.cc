// kindred merge: models of one architecture averaged into one.
#include <charconv>
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
#include "prepare/merge.h"

namespace kindred::cli {
namespace {

struct State {
  std::vector<std::string> models;
  std::string output;
  std::string method = "average";
  std::vector<double> weights;
  bool json = false;
};

std::vector<double> parse_weights(const std::string& text) {
  std::vector<double> weights;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    double value = 0.0;
    const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (error != std::errc() || stop != text.data() + end)
      fail(ErrorKind::bad_input,
           "--weights {}: '{}' is not a number; write one a model, as 0.7,0.3", text,
           text.substr(begin, end - begin));
    weights.push_back(value);
    begin = end + 1;
  }
  return weights;
}

void run(const State& s) {
  Progress progress(stderr, "merge", "bytes");
  const prepare::MergeResult result = prepare::merge_models(
      s.models, s.output, {prepare::parse_merge_method(s.method), s.weights},
      [&](std::uint64_t done, std::uint64_t) { progress.add(done - progress.done()); });
  progress.finish();
  if (s.json) {
    const nlohmann::ordered_json object = {
        {"output", s.output},      {"method", s.method},
        {"models", s.models},      {"tensors", result.merged},
        {"linear", result.linear}, {"taken_from_first", result.taken},
        {"left_out", result.left}, {"bytes_weights", result.bytes}};
    return print_json(object);
  }
  print("{}: {} tensors of {} models merged, {:.1f} MiB\n", s.output, result.merged,
        s.models.size(), static_cast<double>(result.bytes) / (1 << 20));
  if (result.linear > 0)
    print("{} of them are so nearly parallel that they were mixed linearly\n", result.linear);
  for (const std::string& name : result.taken) print("taken from the first: {}\n", name);
  for (const std::string& name : result.left) print("left out: {}\n", name);
}

}  // namespace

Command merge_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "merge";
  c.summary = "one model from several of one architecture: their mean, or a point between two";
  c.description =
      "Averages the weights of models that were trained from one base (model soups; Wortsman et "
      "al., 2022), or goes from one model to another along the arc between their weights (slerp, "
      "tensor by tensor, as mergekit does). Architecture and tokenizer must be the same and are "
      "compared. Settings, tokenizer and element types are the first model's.\n\n"
      "A model fine-tuned on a shop's texts and merged with its base often keeps more of what the "
      "base knew than the fine-tuned one alone: try weights on your own queries.";
  c.arguments = {argument("MODEL", "model directories, two or more", &s->models)
                     .must_be_given()
                     .completed_by(Completes::model)};
  auto& flags = c.group("Merging").flags;
  flags.push_back(flag("-o,--output", "FOLDER", "the new model directory", &s->output)
                      .must_be_given()
                      .completed_by(Completes::directory)
                      .written());
  flags.push_back(flag("--method", "HOW", "average of any number, or slerp between two", &s->method)
                      .one_of({"average", "slerp"}));
  Parameter weights;
  weights.names = "--weights";
  weights.value = "W,W";
  weights.help = "one a model, divided by their sum";
  weights.fallback = "equal ones";
  weights.set = [s = s.get()](const std::string& text) { s->weights = parse_weights(text); };
  flags.push_back(weights);
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  c.examples = {
      {"three parts of a fine-tuned model, one of its base",
       "kindred merge TUNED BASE --weights 0.75,0.25 -o MERGED"},
      {"half-way between two, along the arc", "kindred merge TUNED BASE --method slerp -o MERGED"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
