#include "cli/vectors_files.h"

#include "base/cpu.h"
#include "base/progress.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/vectors_flags.h"
#include "io/file.h"

namespace kindred::cli {
namespace {

using static_vectors::StaticModel;
using static_vectors::Unwritable;
using static_vectors::VectorFormat;

// Whether only fastText's own file keeps all of the model.
bool has_model(const StaticModel& model) {
  return (model.subwords && model.subwords->most > 0) || !model.labels.empty() || model.facts;
}

Unwritable unwritable_of(const std::string& text) {
  if (text == "replace") return Unwritable::replace;
  return text == "drop" ? Unwritable::leave_out : Unwritable::refuse;
}

}  // namespace

std::uint64_t bytes_of(const std::string& path) {
  if (!io::is_directory(path)) return io::file_size(path);
  std::uint64_t bytes = 0;
  for (const std::string& name : io::list_directory(path))
    if (const std::string file = io::join_path(path, name); io::is_file(file))
      bytes += io::file_size(file);
  return bytes;
}

void VectorFilesFlags::add_argument(Command& command) {
  command.arguments = {
      argument("VECTORS", kVectorsHelp, &input).must_be_given().completed_by(Completes::file)};
}

void VectorFilesFlags::add_output(Command& command) {
  auto& flags = command.group("Output").flags;
  flags.push_back(flag("-o,--output", "PATH", "the file, or the new directory, to write", &output)
                      .must_be_given()
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(
      flag("--to", "FORMAT",
           "the format: by the ending of the output unless given (.bin is fastText's where the "
           "input is, else word2vec's; .ftz fastText's, .w2v word2vec's, .vec and .txt text, no "
           "ending a StaticEmbedding directory)",
           &format)
          .one_of(static_vectors::vector_format_names()));
  flags.push_back(flag("--unwritable", "HOW",
                       "what is done with words that the format cannot hold, as one with a blank "
                       "in word2vec's: refuse, replace the blanks by _, or drop the words",
                       &unwritable)
                      .one_of({"refuse", "replace", "drop"}));
  flags.push_back(toggle("--json", "print a JSON object", &json));
  auto& reading = command.group("Input").flags;
  reading.push_back(flag("--limit", "N", "read the first N words only; 0 is all", &limit));
  reading.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &threads));
}

StaticModel VectorFilesFlags::read() const {
  static_vectors::ReadOptions options;
  options.limit = limit;
  options.output = true;
  const int wanted = threads_or_environment(threads);
  options.threads = wanted > 0 ? wanted : available_cores();
  return static_vectors::read_static_model(input, options);
}

VectorFormat VectorFilesFlags::target(const StaticModel& model) const {
  if (!format.empty()) return static_vectors::parse_vector_format(format);
  return static_vectors::format_of_path(output, has_model(model));
}

void VectorFilesFlags::write(const StaticModel& model) const {
  static_vectors::WriteOptions options;
  options.unwritable = unwritable_of(unwritable);
  Progress progress(stderr, "write", "words", model.size());
  std::uint64_t seen = 0;
  options.progress = [&](std::size_t words) {
    progress.add(words - seen);
    seen = words;
  };
  static_vectors::write_static_model(model, output, target(model), options);
  progress.finish();
}

void VectorFilesFlags::report(const StaticModel& before, const StaticModel& after) const {
  const std::uint64_t from = bytes_of(input);
  const std::uint64_t to = bytes_of(output);
  const auto name = static_vectors::to_string(target(after));
  if (json) {
    print_json(nlohmann::ordered_json{{"input", input},
                                      {"read_as", before.format},
                                      {"output", output},
                                      {"format", name},
                                      {"words_before", before.size()},
                                      {"words", after.size()},
                                      {"dimensions", after.dimensions()},
                                      {"bytes_before", from},
                                      {"bytes", to}});
    return;
  }
  print("{}: {} words of {} dimensions as {}, {:.1f} MiB; read as {} with {} words, {:.1f} MiB\n",
        output, with_thousands(after.size()), after.dimensions(), name,
        static_cast<double>(to) / (1 << 20), before.format, with_thousands(before.size()),
        static_cast<double>(from) / (1 << 20));
}

}  // namespace kindred::cli
