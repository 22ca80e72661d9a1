// Any bytes as a run and judgements (a NUL between them): Errors, or what is read is the same when
// written and read again, and every measure is a share.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "eval/retrieval.h"
#include "io/table.h"
#include "kindred/error.h"

namespace {

using kindred::eval::Judgements;
using kindred::eval::Metric;
using kindred::eval::Run;

kindred::io::TableReader lines(std::string_view text) {
  kindred::io::TableOptions options;
  options.format = kindred::io::TableFormat::lines;
  return kindred::io::TableReader::from_memory(text, "input", options);
}

// What `read` gives, or nothing where that is an error of the input.
template <typename T, typename Read>
T read_or_empty(const Read& read) {
  try {
    return read();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
    return T{};
  }
}

std::string file(const char* name) {
  static const std::string directory = [] {
    std::string made = (std::filesystem::temp_directory_path() / "trec-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) std::abort();
    return made;
  }();
  return directory + "/" + name;
}

void check_written(const Run& run, const Judgements& judgements) {
  kindred::eval::write_trec_run(file("run"), run);
  const Run again = kindred::eval::read_trec_run(file("run"));
  if (again.of_query.size() != run.of_query.size()) std::abort();
  for (const auto& [query, documents] : run.of_query) {
    auto sorted = documents;
    kindred::eval::rank_documents(sorted);
    const auto& found = again.of_query.at(query);
    if (found.size() != sorted.size()) std::abort();
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i].id != sorted[i].id || found[i].score != sorted[i].score) std::abort();
  }
  // Ids of BEIR's may hold quotes at both ends, which would be taken off.
  for (const auto& [query, grades] : judgements) {
    if (query.find('"') != query.npos) return;
    for (const auto& [document, grade] : grades)
      if (document.find('"') != document.npos) return;
  }
  kindred::eval::write_judgements(file("qrels.tsv"), judgements);
  if (kindred::eval::read_judgements(file("qrels.tsv")) != judgements) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = std::min(input.find('\0'), size);
  const auto run = read_or_empty<Run>(
      [&] { return kindred::eval::read_trec_run(lines(input.substr(0, middle)), "run"); });
  const std::string_view rest = middle == size ? input : input.substr(middle + 1);
  const auto judgements = read_or_empty<Judgements>(
      [&] { return kindred::eval::read_judgements(lines(rest), "qrels"); });
  std::vector<Metric> metrics = kindred::eval::default_metrics();
  for (const char* name : {"ndcg", "recall", "precision", "map", "mrr", "hit_rate", "precision@2"})
    metrics.push_back(Metric::parse(name));
  for (const bool identical : {false, true}) {
    kindred::eval::MeasureOptions options;
    options.ignore_identical_ids = identical;
    const auto measured = kindred::eval::measure(run, judgements, metrics, options);
    for (const auto& values : measured.values)
      for (const double value : values)
        if (!(value >= 0.0 && value <= 1.0 + 1e-9)) std::abort();
  }
  // Some of them, for each write waits for the disk.
  if (size % 64 == 35) check_written(run, judgements);
  return 0;
}
