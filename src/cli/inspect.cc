// kindred inspect: what a model is.
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "encode/model_report.h"

namespace kindred::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

nlohmann::ordered_json to_json(const encode::ModelReport& report) {
  const ModelInfo& info = report.info;
  return {{"path", info.path},
          {"format", info.format},
          {"family", info.family},
          {"layers", info.layers},
          {"hidden", info.hidden},
          {"heads", info.heads},
          {"kv_heads", info.kv_heads},
          {"vocab_size", info.vocab_size},
          {"max_length", info.max_length},
          {"dimensions", info.dimensions},
          {"causal", info.causal},
          {"pooling", info.pooling},
          {"include_prompt", info.include_prompt},
          {"chat_template", info.chat_template},
          {"normalize", info.normalize},
          {"modules", info.modules},
          {"prompts", info.prompts},
          {"default_prompt", info.default_prompt},
          {"similarity", info.similarity},
          {"parameters", info.parameters},
          {"file_bytes", info.file_bytes},
          {"weight_types", info.weight_types},
          {"memory",
           {{"fp32", report.memory.fp32},
            {"bf16", report.memory.bf16},
            {"int8", report.memory.int8},
            {"mapped", report.memory.mapped}}},
          {"fingerprint", info.fingerprint},
          {"warnings", info.warnings}};
}

void line(const char* name, const std::string& value) {
  print("{:<13}{}\n", name, value);
}

void print_text(const encode::ModelReport& report) {
  const ModelInfo& info = report.info;
  line("model", info.path);
  line("format", info.format);
  line("family", info.causal ? info.family + ", causal" : info.family);
  if (info.layers > 0) {
    std::string shape =
        fmt::format("{} layers, hidden {}, {} heads", info.layers, info.hidden, info.heads);
    if (info.kv_heads != info.heads) shape += fmt::format(" on {} key-value heads", info.kv_heads);
    line("shape", shape);
  }
  line("parameters", with_thousands(info.parameters) + " in " + info.weight_types);
  line("vocabulary", with_thousands(info.vocab_size) + " tokens");
  line("max length", info.max_length == 0 ? "no limit" : fmt::format("{} tokens", info.max_length));
  line("modules", fmt::format("{}", fmt::join(info.modules, " > ")));
  line("pooling", info.include_prompt ? info.pooling : info.pooling + ", prompt left out");
  line("vector", fmt::format("{} dimensions{}, compared by {}", info.dimensions,
                             info.normalize ? ", length 1" : "", info.similarity));
  for (const auto& [name, text] : info.prompts)
    line(name == info.prompts.begin()->first ? "prompts" : "",
         fmt::format("{}: \"{}\"{}", name, text, name == info.default_prompt ? " (default)" : ""));
  if (info.chat_template)
    line("texts", "are wrapped by the model's chat template (--plain-text leaves it out)");
  line("files", megabytes(info.file_bytes) + " of weights");
  const encode::MemoryEstimate& memory = report.memory;
  if (memory.fp32 > 0)
    line("memory",
         fmt::format("fp32 {}, bf16 {}, int8 {}; and {} mapped", megabytes(memory.fp32),
                     megabytes(memory.bf16), megabytes(memory.int8), megabytes(memory.mapped)));
  else
    line("memory", megabytes(memory.mapped) + " mapped");
  line("fingerprint", info.fingerprint);
  for (const std::string& warning : info.warnings) line("warning", warning);
}

}  // namespace

Command inspect_command() {
  struct State {
    std::string model;
    bool json = false;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "inspect";
  c.summary = "what a model is, and what it needs";
  c.description =
      "Reads a model's configuration and tensor headers, and prints its family, shape, pooling, "
      "prompts, the memory that each precision takes, and the fingerprint: a SHA-256 over "
      "configuration, tokenizer and weights that tells vectors of one model from another's.";
  c.arguments = {argument("MODEL", "model directory, GGUF file or file of word vectors", &s->model)
                     .must_be_given()
                     .completed_by(Completes::model)};
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  c.examples = {{"look before you embed", "kindred inspect all-MiniLM-L6-v2"},
                {"one field, for a script", "kindred inspect MODEL --json | jq -r .fingerprint"}};
  c.run = [s] {
    const encode::ModelReport report = encode::report_model(s->model);
    if (s->json)
      print_json(to_json(report));
    else
      print_text(report);
  };
  return c;
}

}  // namespace kindred::cli
