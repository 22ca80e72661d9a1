#include "cli/model_flags.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/cpu.h"
#include "base/error.h"

namespace kindred::cli {
namespace {

const std::vector<std::string> kPrecisions = {"fp32", "bf16", "int8"};

Parameter model_parameter(Parameter p) {
  return p.completed_by(Completes::model);
}

}  // namespace

Precision parse_precision(const std::string& text) {
  if (text == "fp32") return Precision::fp32;
  if (text == "bf16") return Precision::bf16;
  if (text == "int8") return Precision::int8;
  fail(ErrorKind::bad_input, "precision '{}' is not one of fp32, bf16, int8", text);
}

std::string_view name_of(Precision precision) {
  return kPrecisions[static_cast<std::size_t>(precision)];
}

int threads_or_environment(int threads) {
  const char* text = std::getenv("KINDRED_THREADS");
  if (threads != 0 || !text || !*text) return threads;
  int number = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), number);
  if (error != std::errc() || *end != '\0' || number < 0)
    fail(ErrorKind::bad_input, "KINDRED_THREADS: '{}' is not a number of threads", text);
  return number;
}

Parameter isa_flag(std::string* isa) {
  std::vector<std::string> names;
  for (const Isa set : kAllIsas) names.emplace_back(to_string(set));
  return flag("--isa", "SET", "highest instruction set to use", isa)
      .one_of(std::move(names))
      .shown_default("KINDRED_ISA, or the best here");
}

void ModelFlags::add_argument(Command& command) {
  command.arguments.push_back(model_parameter(
      argument("MODEL",
               "model directory (sentence-transformers or Hugging Face), GGUF file or file of word "
               "vectors",
               &model)
          .must_be_given()));
}

void ModelFlags::add_optional(Command& command) {
  command.group("Model").flags.push_back(model_parameter(
      flag("-m,--model", "MODEL",
           "model directory, GGUF file or file of word vectors that embeds the texts", &model)));
}

void ModelFlags::add_model_flags(Command& command) {
  auto& flags = command.group("Model").flags;
  Parameter precision;
  precision.names = "--precision";
  precision.value = "TYPE";
  precision.help = "how weights are held and multiplied";
  precision.fallback = "fp32";
  precision.choices = kPrecisions;
  precision.set = [this](const std::string& text) { options.precision = parse_precision(text); };
  flags.push_back(precision);
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &options.threads));
  flags.push_back(isa_flag(&options.isa));
  flags.push_back(flag("--device", "DEVICE",
                       "where the model runs: cpu; cuda or cuda:N; torch, LibTorch on the CPU",
                       &options.device));
  flags.push_back(flag("--pooling", "HOW",
                       "from token vectors to one: cls, mean, max, sqrt, weighted, last, idf; "
                       "several joined by + are concatenated; of word vectors mean, idf, sif",
                       &options.pooling)
                      .shown_default("the model's own"));
  flags.push_back(flag("--base", "DIR",
                       "the base model of a LoRA adapter (a PEFT directory as the model)",
                       &options.base)
                      .completed_by(Completes::directory)
                      .shown_default("the one that the adapter names"));
  flags.push_back(flag("--token-weights", "FILE",
                       "token weights for pooling idf, as 'kindred idf' writes them",
                       &options.token_weights)
                      .completed_by(Completes::file));
  flags.push_back(flag("--layers", "WHICH",
                       "hidden states to pool: 16,24 averaged; 0.5,0.75 of depth; last4 averaged; "
                       "last4:concat; first-last",
                       &options.layers)
                      .shown_default("the last"));
  flags.push_back(flag("--bidirectional", "LAYERS",
                       "decoder layers that see both directions: all, none, 0-11,20; prompt lets "
                       "the prompt's tokens alone see each other",
                       &options.bidirectional)
                      .shown_default("the model's own"));
  flags.push_back(
      flag("--max-length", "TOKENS", "longest input, template tokens included", &options.max_length)
          .shown_default("the model's own"));
  flags.push_back(flag("--words", "HOW",
                       "of word vectors: what a text's words are: what stands between spaces, "
                       "Unicode's words, or the first with the second where a word is unknown",
                       &options.words)
                      .one_of({"auto", "spaces", "unicode"})
                      .shown_default("spaces where the file has n-grams, else auto"));
  flags.push_back(toggle("--plain-text",
                         "encode texts as they are, where the model's chat template would wrap "
                         "them",
                         &options.plain_text));
  flags.push_back(flag("--batch-tokens", "TOKENS",
                       "most tokens a thread takes through the layers at once; fewer need less "
                       "memory",
                       &options.batch_tokens));
}

void ModelFlags::add_vector_flags(Command& command) {
  auto& flags = command.group("Vectors").flags;
  flags.push_back(flag("--prompt", "NAME", "put the model's prompt of this name before each text",
                       &encode.prompt_name)
                      .shown_default("the model's default prompt")
                      .not_with({"prompt-text"}));
  flags.push_back(flag("--prompt-text", "TEXT", "put this text before each text", &encode.prompt));
  flags.push_back(flag("--dimensions", "N",
                       "keep the first N dimensions (Matryoshka) and renormalise",
                       &encode.dimensions)
                      .shown_default("all"));
  flags.push_back(toggle("--normalize", "give vectors of length 1", &encode.normalize, true));
  flags.push_back(toggle("--no-normalize", "leave out the model's final normalisation",
                         &encode.normalize, false));
  flags.push_back(toggle("--no-renormalize",
                         "with --dimensions: do not normalise again after cutting, as "
                         "sentence-transformers",
                         &encode.renormalize_truncated, false));
  Parameter long_text;
  long_text.names = "--long";
  long_text.value = "HOW";
  long_text.help =
      "texts over the maximum: keep the first tokens and report it, fail, or average consecutive "
      "windows";
  long_text.fallback = "truncate";
  long_text.choices = {"truncate", "error", "windows"};
  long_text.set = [this](const std::string& text) {
    encode.long_text = text == "error"     ? LongText::error
                       : text == "windows" ? LongText::windows
                                           : LongText::truncate;
  };
  flags.push_back(long_text);
}

Encoder ModelFlags::open() const {
  EncoderOptions chosen = options;
  chosen.threads = threads_or_environment(options.threads);
  return Encoder::open(model, chosen);
}

void TextFlags::add(Command& command) {
  auto& flags = command.group("Input").flags;
  flags.push_back(flag("-c,--column", "NAME",
                       "the column of a CSV, TSV or JSONL file that holds the texts",
                       &source.column));
  Parameter format;
  format.names = "--format";
  format.value = "FORMAT";
  format.help = "what the input is, where its ending does not say it";
  format.fallback = "by the ending, else lines";
  format.choices = {"lines", "csv", "tsv", "jsonl"};
  format.set = [this](const std::string& text) { source.format = io::parse_table_format(text); };
  flags.push_back(format);
}

}  // namespace kindred::cli
