// kindred index verify, stats, compact, snapshot and export.
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/json_output.h"
#include "io/atomic_file.h"
#include "io/npy.h"
#include "io/vector_writer.h"

namespace kindred::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void print_stats(const index::CollectionStats& s, bool json) {
  if (json) {
    nlohmann::ordered_json segments = nlohmann::ordered_json::array();
    for (const auto& g : s.segments) {
      segments.push_back({{"number", g.number},
                          {"kind", g.kind},
                          {"rows", g.rows},
                          {"deleted", g.deleted},
                          {"memory_bytes", g.memory_bytes},
                          {"disk_bytes", g.disk_bytes}});
    }
    const nlohmann::ordered_json out = {
        {"dimension", s.dimension},     {"metric", name_of(s.metric)},
        {"fingerprint", s.fingerprint}, {"rows", s.rows},
        {"deleted", s.deleted},         {"memtable_rows", s.memtable_rows},
        {"log_bytes", s.log_bytes},     {"memory_bytes", s.memory_bytes},
        {"disk_bytes", s.disk_bytes},   {"next_key", s.next_key},
        {"segments", segments}};
    print_json(out);
    return;
  }
  print("{} rows of {} dimensions, {}\n", with_thousands(s.rows), s.dimension, name_of(s.metric));
  if (!s.fingerprint.empty()) print("encoder       {}\n", s.fingerprint);
  print(
      "deleted       {}\nin memory     {} rows not in a segment yet, log {}\nmemory        "
      "{}\ndisk          {}\n",
      with_thousands(s.deleted), with_thousands(s.memtable_rows), megabytes(s.log_bytes),
      megabytes(s.memory_bytes), megabytes(s.disk_bytes));
  for (const auto& g : s.segments) {
    print("segment {:>4}  {:4} {:>12} rows, {:>10} deleted, memory {}, disk {}\n", g.number, g.kind,
          with_thousands(g.rows), with_thousands(g.deleted), megabytes(g.memory_bytes),
          megabytes(g.disk_bytes));
  }
}

struct ExportState {
  IndexFlags index;
  std::string output;
  std::string keys;
  std::string ids;
};

// Rows in the order of their keys, in blocks.
void run_export(const ExportState& s) {
  const auto collection = s.index.open(/*read_only=*/true);
  const auto view = collection->view();
  io::VectorWriterOptions options;
  options.dimensions = collection->dimension();
  const auto vectors = io::VectorWriter::create(s.output, options);
  std::optional<io::AtomicFile> keys, ids;
  if (!s.keys.empty()) {
    keys = io::AtomicFile::create(s.keys);
    const std::vector<std::size_t> shape{view->live_rows()};
    keys->write(io::npy_header(io::DType::i64, shape));
  }
  if (!s.ids.empty()) ids = io::AtomicFile::create(s.ids);
  catch_interrupts();
  StageProgress progress;
  std::vector<float> row(collection->dimension());
  std::size_t done = 0;
  collection->for_each_by_key(
      [&](std::uint64_t key, const index::Location& at) {
        const index::Part& part = view->part(at.part);
        part.read_vectors(std::span(&at.row, 1), row.size(), row.data());
        vectors->append(std::as_bytes(std::span(row)));
        if (keys) keys->write(std::as_bytes(std::span(&key, 1)));
        if (ids) {
          const std::string_view id = part.rows().id(at.row);
          if (id.find('\n') != std::string_view::npos) {
            fail(ErrorKind::bad_input, "the id of key {} has a line end in it; export keys instead",
                 key);
          }
          ids->write(id);
          ids->write("\n");
        }
        if (++done % 1024 == 0) progress("export", done, view->live_rows());
      },
      *view);
  progress.finish();
  vectors->finish();
  if (keys) keys->commit();
  if (ids) ids->commit();
}

}  // namespace

Command index_verify_command() {
  auto s = std::make_shared<IndexFlags>();
  Command c;
  c.name = "index verify";
  c.summary = "whether an index is whole";
  c.description =
      "Reads every file, checks every checksum, and that each key and each id is live in exactly "
      "one "
      "place. Ends with status 4 and the place of the first damage found.";
  s->add_argument(c);
  s->add_resources(c);
  c.examples = {{"before a backup is trusted", "kindred index verify backup.index"}};
  c.run = [s] {
    const auto collection = s->open(/*read_only=*/true);
    collection->verify();
    note(fmt::format("{}: {} rows, all sound", s->directory,
                     with_thousands(collection->view()->live_rows())));
  };
  return c;
}

Command index_stats_command() {
  struct State {
    IndexFlags index;
    bool json = false;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "index stats";
  c.summary = "what an index holds and takes";
  c.description = "Prints rows, segments, memory and disk.";
  s->index.add_argument(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->index.add_resources(c);
  c.examples = {{"for a script", "kindred index stats products.index --json"}};
  c.run = [s] { print_stats(s->index.open(/*read_only=*/true)->stats(), s->json); };
  return c;
}

Command index_compact_command() {
  auto s = std::make_shared<IndexFlags>();
  Command c;
  c.name = "index compact";
  c.summary = "one segment, without what was deleted";
  c.description =
      "Builds the index anew from its live rows. Needs room for both on the disk while it runs; "
      "readers are served meanwhile.";
  s->add_argument(c);
  s->add_resources(c);
  c.examples = {{"after many deletes", "kindred index compact products.index"}};
  c.run = [s] {
    const auto collection = s->open(/*read_only=*/false);
    catch_interrupts();
    StageProgress progress;
    collection->compact([&](const char* stage, std::size_t done, std::size_t total) {
      progress(stage, done, total);
    });
    progress.finish();
  };
  return c;
}

Command index_snapshot_command() {
  struct State {
    std::string directory;
    std::string to;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "index snapshot";
  c.summary = "a copy of this moment, by hard links";
  c.description =
      "Makes the directory TO an index of its own with the present content. On the same disk its "
      "files are links and take no room until the index changes; on another they are copied. A "
      "program "
      "that writes the index meanwhile need not stop: every write that it had answered is in.";
  c.arguments.push_back(argument("DIR", "the directory of the index", &s->directory)
                            .must_be_given()
                            .completed_by(Completes::directory));
  c.arguments.push_back(argument("TO", "the directory to make", &s->to)
                            .must_be_given()
                            .completed_by(Completes::directory)
                            .written());
  c.examples = {{"before an import", "kindred index snapshot products.index monday.index"}};
  c.run = [s] { index::Collection::snapshot(s->directory, s->to); };
  return c;
}

Command index_export_command() {
  auto s = std::make_shared<ExportState>();
  Command c;
  c.name = "index export";
  c.summary = "the vectors of an index, back into a file";
  c.description =
      "Writes the live vectors in the order of their keys, as they are stored: normalised for the "
      "cosine, and rounded to the index's type.";
  s->index.add_argument(c);
  auto& flags = c.group("Output").flags;
  flags.push_back(
      flag("-o,--output", "FILE", "the vectors: .npy, .safetensors, .jsonl or .fvecs", &s->output)
          .must_be_given()
          .completed_by(Completes::file)
          .written());
  flags.push_back(flag("--keys", "FILE", "their keys: .npy of int64", &s->keys)
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(flag("--ids", "FILE", "their ids, one a line", &s->ids)
                      .completed_by(Completes::file)
                      .written());
  s->index.add_resources(c);
  c.examples = {
      {"to move elsewhere", "kindred index export products.index -o vectors.npy --ids ids.txt"}};
  c.run = [s] { run_export(*s); };
  return c;
}

}  // namespace kindred::cli
