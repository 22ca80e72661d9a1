// kindred embed: a file of texts to a file of vectors.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/window_flags.h"
#include "encode/embed_file.h"

namespace kindred::cli {
namespace {

struct State {
  ModelFlags model;
  TextFlags text;
  std::string output;
  std::string output_type = "float32";
  std::string calibration;
  std::string calibrate;
  std::string shard = "1/1";
  WindowFlags windows;
  bool json = false;
  bool quiet = false;
};

std::optional<WindowOptions> windows_of(const State& s) {
  const std::optional<WindowOptions> windows = s.windows.options();
  if (windows && s.model.encode.long_text != LongText::truncate)
    fail(ErrorKind::bad_input, "--window takes texts of any length: leave out --long");
  return windows;
}

encode::EmbedJob make_job(const State& s) {
  encode::EmbedJob job;
  job.source = s.text.source;
  job.output = s.output;
  job.encode = s.model.encode;
  job.type = io::parse_vector_type(s.output_type);
  if (!s.calibration.empty()) job.calibration = encode::Calibration::load(s.calibration);
  job.shard = encode::Shard::parse(s.shard);
  job.windows = windows_of(s);
  job.stop = interrupted;
  return job;
}

void print_summary(const State& s, const Encoder& encoder, const encode::EmbedSummary& summary) {
  const std::uint64_t done = summary.rows - summary.resumed;
  const double rate = summary.seconds > 0 ? static_cast<double>(done) / summary.seconds : 0.0;
  const double token_rate =
      summary.seconds > 0 ? static_cast<double>(summary.tokens) / summary.seconds : 0.0;
  if (s.json) {
    const nlohmann::ordered_json object = {{"output", s.output},
                                           {"rows", summary.rows},
                                           {"resumed", summary.resumed},
                                           {"dimensions", summary.dimensions},
                                           {"type", s.output_type},
                                           {"tokens", summary.tokens},
                                           {"truncated", summary.truncated},
                                           {"seconds", summary.seconds},
                                           {"texts_per_second", rate},
                                           {"tokens_per_second", token_rate},
                                           {"fingerprint", encoder.fingerprint(s.model.encode)}};
    print_json(object);
    return;
  }
  if (s.quiet) return;
  std::string line = fmt::format("{}: {} vectors of {} dimensions in {}", s.output,
                                 with_thousands(summary.rows), summary.dimensions,
                                 format_duration(std::chrono::duration<double>(summary.seconds)));
  if (summary.resumed > 0)
    line += fmt::format(", {} of them by an earlier run", with_thousands(summary.resumed));
  if (done > 0) line += fmt::format(" ({:.0f} texts/s, {:.0f} tokens/s)", rate, token_rate);
  note(line);
  if (summary.truncated > 0)
    note(
        fmt::format("{} texts were longer than {} tokens and were cut; --long windows averages "
                    "all of a text, --max-length raises the limit where the model allows it",
                    with_thousands(summary.truncated), encoder.max_length()));
}

void run(const State& s) {
  if (s.output.empty() == s.calibrate.empty())
    fail(ErrorKind::bad_input,
         "give either -o OUT for vectors or --calibrate FILE for a calibration");
  encode::EmbedJob job = make_job(s);
  const Encoder encoder = s.model.open();
  if (!s.quiet)
    for (const std::string& warning : encoder.info().warnings) note("kindred: " + warning);
  catch_interrupts();
  // Counting the rows takes a read of the file: only for somebody who looks.
  std::optional<std::uint64_t> total;
  if (!s.quiet && stderr_is_terminal()) total = encode::rows_of(job);
  Progress progress(s.quiet ? nullptr : stderr, "embed", "texts", total);
  job.on_progress = [&](std::uint64_t texts, bool resumed) {
    if (resumed)
      progress.skip(texts);
    else
      progress.add(texts);
  };
  if (!s.calibrate.empty()) {
    const encode::Calibration calibration = encode::calibrate(encoder, job);
    progress.finish();
    if (interrupted()) throw Interrupted();
    calibration.save(s.calibrate);
    for (const std::string& doubt : calibration.doubts()) note("kindred: warning: " + doubt);
    return;
  }
  const encode::EmbedSummary summary = encode::embed_file(encoder, job);
  progress.finish();
  if (!summary.stopped) {
    print_summary(s, encoder, summary);
    return;
  }
  note(job.source.is_read_once()
           ? std::string("kindred: interrupted; a pipe cannot be resumed, nothing is kept")
           : fmt::format("kindred: interrupted after {} rows; the same command goes on from there",
                         with_thousands(summary.rows)));
  throw Interrupted();
}

}  // namespace

Command embed_command() {
  auto s = std::make_shared<State>();
  s->text.source.path = "-";
  Command c;
  c.name = "embed";
  c.summary = "one vector for each text of a file";
  c.description =
      "Reads texts (plain lines, or a column of a CSV, TSV or JSONL file) and writes one vector "
      "for "
      "each row, empty ones included, in the same order: a NumPy array (.npy), a safetensors file "
      "with the tensor 'embeddings' (.safetensors), a JSON object a line (.jsonl) or rows of "
      "float32 behind their number (.fvecs). A .safetensors file also says which model made it, "
      "and 'kindred similar' and 'kindred index' then refuse queries of another.\n\n"
      "Lines end in LF or CRLF; a last line without an end counts, an empty file has no rows, and "
      "a byte order mark is no text. An empty line is a row of plain lines; in JSONL and in tables "
      "of several columns it is passed over. A JSON file may be one array instead of lines. What "
      "gzip or Zstandard compressed (.gz, .zst, or in a pipe) is read as what is in it; UTF-16, "
      "archives and binary files are refused. A row has at most 64 MB.\n\n"
      "The vectors are those of the reference implementation for the model: its own pooling, "
      "prompts, dense layers and normalisation apply unless a flag says otherwise. A row's vector "
      "does not depend on the other rows, the threads or the batch size.\n\n"
      "Work that is interrupted or killed, or loses its power, leaves OUT.partial and "
      "OUT.partial.key, which says how far the rows are sure; the same command goes on from there "
      "and gives the same bytes as an undisturbed run.";
  s->model.add_argument(c);
  c.arguments.push_back(
      argument("FILE", "texts; '-' is standard input (the default)", &s->text.source.path)
          .completed_by(Completes::file));
  auto& output = c.group("Output").flags;
  output.push_back(flag("-o,--output", "OUT",
                        "the file of vectors: .npy, .safetensors, .jsonl or .fvecs", &s->output)
                       .completed_by(Completes::file)
                       .written()
                       .not_with({"calibrate"}));
  output.push_back(flag("--output-type", "TYPE",
                        "what an element is; binary types hold 8 dimensions a byte",
                        &s->output_type)
                       .one_of({"float32", "float16", "int8", "uint8", "binary", "ubinary"}));
  output.push_back(flag("--calibration", "FILE",
                        "value ranges for int8 and uint8, made by --calibrate", &s->calibration)
                       .completed_by(Completes::file));
  output.push_back(flag("--calibrate", "FILE",
                        "instead of vectors, write the value ranges of these texts' vectors",
                        &s->calibrate)
                       .completed_by(Completes::file)
                       .written()
                       .not_with({"output-type", "calibration", "shard", "json"}));
  output.push_back(flag("--shard", "I/N",
                        "embed only part I of N equal parts of the rows; concatenated, the parts "
                        "are the whole",
                        &s->shard));
  output.push_back(toggle("--json", "print a summary as a JSON object", &s->json));
  output.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
  s->windows.add(c, ", and OUT.rows.jsonl says where each lies");
  s->text.add(c);
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {
      {"lines of a file, as NumPy reads them",
       "kindred embed all-MiniLM-L6-v2 titles.txt -o titles.npy"},
      {"a column, behind the model's prompt for passages",
       "kindred embed multilingual-e5-small products.csv -c title --prompt passage -o "
       "products.npy"},
      {"int8 vectors: calibrate on a sample, then embed everything",
       "kindred embed MODEL sample.txt --calibrate ranges.json && kindred embed MODEL all.txt -o "
       "all.npy --output-type int8 --calibration ranges.json"},
      {"paragraphs of long pages as rows of their own, with their places in pages.npy.rows.jsonl",
       "kindred embed MODEL pages.jsonl -c text --window 128 --stride 96 --join late -o pages.npy"},
      {"from a pipe", "cut -f2 log.tsv | kindred embed MODEL - -o queries.safetensors"},
      {"the second of four machines",
       "kindred embed MODEL all.jsonl -c text --shard 2/4 -o part2.npy"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
