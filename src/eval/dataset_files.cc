#include "eval/dataset_files.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "io/file.h"
#include "io/table.h"

namespace kindred::eval {
namespace {

using Names = std::vector<std::string>;
// Split → its files in order.
using Splits = std::map<std::string, std::vector<std::string>>;

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "test" of test.jsonl.gz, test-00000-of-00003.parquet and test-00000-of-00001-1a2b3c.parquet;
// none of what holds no rows.
std::optional<std::string> split_of(std::string name) {
  const bool text = name.ends_with(".txt");
  if (!text && io::table_format_of(name) == io::TableFormat::lines) return std::nullopt;
  for (const char* ending : {".gz", ".zst"})
    if (io::has_ending(name, ending)) name.resize(name.rfind('.'));
  name.resize(name.rfind('.'));
  const std::size_t of = name.rfind("-of-");
  if (of == name.npos) return name;
  const std::size_t dash = name.rfind('-', of - 1);
  if (dash == name.npos || dash == 0 || !is_number(name.substr(dash + 1, of - dash - 1)))
    return name;
  return name.substr(0, dash);
}

Splits splits_in(const std::string& directory) {
  Splits splits;
  if (!io::is_directory(directory)) return splits;
  for (const std::string& name : io::list_directory(directory)) {
    const std::string path = io::join_path(directory, name);
    if (name.starts_with('.') || !io::is_file(path)) continue;
    if (const auto split = split_of(name)) splits[*split].push_back(path);
  }
  return splits;
}

std::string listed(const Names& names) {
  std::string list;
  for (const std::string& name : names)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", printable(name));
  return list.empty() ? "nothing" : list;
}

Names names_of(const Splits& splits) {
  Names names;
  for (const auto& [name, files] : splits) names.push_back(name);
  return names;
}

// The names a part may have, those of the subset first.
Names part_names(const Names& plain, const std::string& subset) {
  Names names;
  for (const std::string& name : plain) {
    if (!subset.empty()) names.push_back(subset + "-" + name);
    if (!subset.empty()) names.push_back(name + "-" + subset);
  }
  if (subset.empty()) names = plain;
  return names;
}

class Finder {
 public:
  explicit Finder(const std::string& directory)
      : directory_(directory),
        top_(splits_in(directory)),
        data_(splits_in(io::join_path(directory, "data"))) {}

  // All splits of a part: those in a directory of its name, or the file of its name, whose split
  // is nameless.
  Splits find(const Names& names) const {
    for (const std::string& name : names) {
      Splits splits = splits_in(io::join_path(directory_, name));
      if (!splits.empty()) return splits;
      for (const Splits* beside : {&top_, &data_}) {
        const auto file = beside->find(name);
        if (file != beside->end()) return {{"", file->second}};
      }
    }
    return {};
  }

  // C-MTEB's and others' judgements: data/SPLIT-….parquet, beside those of other parts.
  Splits data_without(const Names& parts) const {
    Splits splits = data_;
    for (const std::string& part : parts) splits.erase(part);
    return splits;
  }

  [[noreturn]] void fail_missing(std::string_view what, const Names& names) const {
    if (!io::is_directory(directory_))
      fail(ErrorKind::not_found, "{}: no such directory", directory_);
    fail(
        ErrorKind::not_found,
        "{}: no {}: neither a directory nor a table (jsonl, parquet, csv, tsv) named {}; there is: "
        "{}",
        directory_, what, listed(names), listed(io::list_directory(directory_)));
  }

 private:
  const std::string& directory_;
  Splits top_;
  Splits data_;
};

std::string choose_split(const Splits& splits, const std::string& asked,
                         const std::string& directory) {
  if (!asked.empty() && splits.contains(asked)) return asked;
  if (asked.empty()) {
    for (const char* usual : {"test", "dev", "validation"})
      if (splits.contains(usual)) return usual;
  }
  const bool nameless = splits.contains("");
  if (splits.size() == 1 && (asked.empty() || nameless)) return splits.begin()->first;
  fail(ErrorKind::not_found, "{}: no judgements of the split '{}'; there are those of: {}",
       directory, printable(asked.empty() ? "test" : asked), listed(names_of(splits)));
}

std::vector<std::string> files_for(const Splits& splits, const std::string& split,
                                   std::string_view part, const std::string& directory) {
  const auto same = splits.find(split);
  if (same != splits.end()) return same->second;
  if (splits.size() == 1) return splits.begin()->second;
  // Those of one kind named by it: corpus/corpus-….parquet.
  const auto named = splits.find(std::string(part));
  if (named != splits.end()) return named->second;
  fail(ErrorKind::not_found, "{}: the {} has no split '{}'; there are: {}", directory, part,
       printable(split), listed(names_of(splits)));
}

}  // namespace

DatasetFiles find_dataset_files(const std::string& directory, const std::string& split,
                                const std::string& subset) {
  const Finder finder(directory);
  const Names corpus_names = part_names({"corpus"}, subset);
  const Names query_names = part_names({"queries", "query"}, subset);
  const Names judgement_names = part_names({"qrels", "default"}, subset);
  Splits corpus = finder.find(corpus_names);
  // BEIR's subsets have the corpus in common.
  if (corpus.empty() && !subset.empty()) corpus = finder.find({"corpus"});
  if (corpus.empty()) finder.fail_missing("corpus", corpus_names);
  const Splits queries = finder.find(query_names);
  if (queries.empty()) finder.fail_missing("queries", query_names);
  Splits judgements = finder.find(judgement_names);
  if (judgements.empty() && subset.empty())
    judgements = finder.data_without({"corpus", "queries", "query"});
  if (judgements.empty()) finder.fail_missing("judgements", judgement_names);

  DatasetFiles files;
  files.split = choose_split(judgements, split, directory);
  files.judgements = judgements.at(files.split);
  const std::string& wanted = split.empty() ? files.split : split;
  files.corpus = files_for(corpus, wanted, "corpus", directory);
  files.queries = files_for(queries, wanted, "queries", directory);
  return files;
}

}  // namespace kindred::eval
