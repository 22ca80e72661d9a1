#include "eval/dataset.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/printable.h"
#include "base/warning.h"
#include "eval/dataset_files.h"
#include "eval/row_source.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/partial_directory.h"

namespace kindred::eval {
namespace {

using Fields = std::span<const io::JsonlField>;

// Warns of `count` odd things in one line, if there are any.
struct Oddity {
  std::size_t count = 0;
  std::string first = {};

  void add(std::string_view id) {
    if (count++ == 0) first = printable(id);
  }
  void report(const std::string& where, std::string_view what) const {
    if (count > 0) warn("{}: {} {}; the first is '{}'", where, count, what, first);
  }
};

class RecordReader {
 public:
  std::vector<Record> read(const std::vector<std::string>& files, const std::string& directory,
                           std::string_view what) {
    for (const std::string& file : files) {
      for_each_row(file, [&](Fields fields, std::uint64_t line) { add(file, fields, line); });
    }
    twice_.report(directory, fmt::format("{} stand twice, the last of which counts", what));
    return std::move(records_);
  }

 private:
  void add(const std::string& file, Fields fields, std::uint64_t line) {
    const io::JsonlField* id = find_field(fields, {"_id", "id"});
    if (id == nullptr) fail_without_column(file, line, "_id or id", fields);
    const io::JsonlField* text = find_field(fields, {"text"});
    if (text == nullptr) fail_without_column(file, line, "text", fields);
    const io::JsonlField* title = find_field(fields, {"title"});
    for (const io::JsonlField* field : {id, text, title}) {
      if (field == nullptr || !field->nested) continue;
      fail(ErrorKind::bad_input,
           "{}, row {}: the column {} holds a list or an object, where a text is needed", file,
           line, printable(field->key));
    }
    if (id->value.empty()) fail(ErrorKind::bad_input, "{}, row {}: an empty id", file, line);
    Record record{std::string(id->value),
                  title == nullptr ? "" : std::string(title->value),
                  std::string(text->value),
                  {}};
    for (const io::JsonlField& field : fields) {
      const bool metadata = field.key == "metadata" && field.value.starts_with('{');
      if (metadata) add_metadata(record, std::string(field.value), file, line);
      const bool own = &field == id || &field == text || &field == title;
      if (!own && !field.nested && !field.value.empty())
        record.columns.insert_or_assign(std::string(field.key), std::string(field.value));
    }
    const auto [place, is_new] = places_.try_emplace(record.id, records_.size());
    if (is_new) {
      records_.push_back(std::move(record));
    } else {
      twice_.add(record.id);
      records_[place->second] = std::move(record);
    }
  }

  // Columns beside it win.
  void add_metadata(Record& record, const std::string& json, const std::string& file,
                    std::uint64_t line) {
    for (const io::JsonlField& field : metadata_.fields(json, file, line)) {
      if (!field.nested && !field.value.empty()) record.columns.emplace(field.key, field.value);
    }
  }

  std::vector<Record> records_;
  std::unordered_map<std::string, std::size_t> places_;
  io::JsonlFields metadata_;
  Oddity twice_;
};

double grade_of(const io::JsonlField& field, const std::string& file, std::uint64_t line) {
  double grade = 0.0;
  const char* const end = field.value.data() + field.value.size();
  const auto [at, error] = std::from_chars(field.value.data(), end, grade);
  if (error != std::errc() || at != end || !is_grade(grade)) {
    fail(ErrorKind::bad_input, "{}, row {}: the {} '{}' is not a number below a million", file,
         line, field.key, printable(field.value));
  }
  return grade;
}

Judgements read_judgement_files(const std::vector<std::string>& files) {
  Judgements judgements;
  for (const std::string& file : files) {
    const io::TableFormat format = io::table_format_of(file);
    if (format == io::TableFormat::tsv || format == io::TableFormat::lines) {
      for (auto& [query, grades] : read_judgements(file))
        for (auto& [document, grade] : grades) judgements[query][document] = grade;
      continue;
    }
    for_each_row(file, [&](Fields fields, std::uint64_t line) {
      const io::JsonlField* query = find_field(fields, {"query-id", "qid"});
      if (query == nullptr) fail_without_column(file, line, "query-id", fields);
      const io::JsonlField* document = find_field(fields, {"corpus-id", "pid"});
      if (document == nullptr) fail_without_column(file, line, "corpus-id", fields);
      const io::JsonlField* grade = find_field(fields, {"score"});
      if (grade == nullptr) fail_without_column(file, line, "score", fields);
      if (query->value.empty() || document->value.empty())
        fail(ErrorKind::bad_input, "{}, row {}: an empty id", file, line);
      judgements[std::string(query->value)][std::string(document->value)] =
          grade_of(*grade, file, line);
    });
  }
  return judgements;
}

// Leaves only the queries with judgements, and the judgements with queries.
void match_queries(Dataset& dataset, const std::string& directory) {
  std::unordered_set<std::string_view> known;
  for (const Record& query : dataset.queries) known.insert(query.id);
  Oddity unknown;
  for (auto at = dataset.judgements.begin(); at != dataset.judgements.end();) {
    const bool has_text = known.contains(at->first);
    if (!has_text) unknown.add(at->first);
    at = has_text ? std::next(at) : dataset.judgements.erase(at);
  }
  const auto unjudged = [&](const Record& query) { return !dataset.judgements.contains(query.id); };
  if (dataset.judgements.empty()) {
    fail(
        ErrorKind::bad_input,
        "{}: none of the {} judged queries ('{}' …) is among the {} queries ('{}' …); do the files "
        "belong together?",
        directory, unknown.count, unknown.first, dataset.queries.size(),
        dataset.queries.empty() ? "" : printable(dataset.queries.front().id));
  }
  std::erase_if(dataset.queries, unjudged);
  unknown.report(directory, "judged queries have no text and are left out");
}

void check_documents(const Dataset& dataset, const std::string& directory) {
  std::unordered_set<std::string_view> known;
  for (const Record& document : dataset.corpus) known.insert(document.id);
  std::vector<std::string_view> unknown;
  bool any = false;
  for (const auto& [query, grades] : dataset.judgements) {
    for (const auto& [document, grade] : grades) {
      if (known.contains(document))
        any = true;
      else
        unknown.push_back(document);
    }
  }
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  if (!any) {
    fail(ErrorKind::bad_input,
         "{}: none of the judged documents ('{}' …) is among the {} of the corpus ('{}' …); do the "
         "files belong together?",
         directory, unknown.empty() ? "" : printable(unknown.front()), dataset.corpus.size(),
         dataset.corpus.empty() ? "" : printable(dataset.corpus.front().id));
  }
  if (!unknown.empty()) {
    warn("{}: {} judged documents are not in the corpus and can never be found; the first is '{}'",
         directory, unknown.size(), printable(unknown.front()));
  }
}

std::string name_of(std::string directory, const std::string& subset) {
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  const std::string name = directory.substr(directory.rfind('/') + 1);
  return subset.empty() ? name : fmt::format("{}/{}", name, subset);
}

void write_records(const std::string& path, const std::vector<Record>& records) {
  io::AtomicFile file = io::AtomicFile::create(path);
  for (const Record& record : records) {
    nlohmann::ordered_json object = {{"_id", record.id}};
    if (!record.title.empty()) object["title"] = record.title;
    object["text"] = record.text;
    if (!record.columns.empty()) object["metadata"] = record.columns;
    try {
      file.write(object.dump() + "\n");
    } catch (const nlohmann::json::type_error&) {
      fail(ErrorKind::bad_input, "{}: '{}' is not UTF-8, which JSON is written in", path,
           printable(record.id));
    }
  }
  file.commit();
}

}  // namespace

Dataset read_dataset(const std::string& directory, const std::string& split,
                     const std::string& subset) {
  const DatasetFiles files = find_dataset_files(directory, split, subset);
  Dataset dataset;
  dataset.name = name_of(directory, subset);
  dataset.judgements = read_judgement_files(files.judgements);
  if (dataset.judgements.empty())
    fail(ErrorKind::bad_input, "{}: no judgement in it", files.judgements.front());
  dataset.queries = RecordReader().read(files.queries, directory, "queries");
  dataset.corpus = RecordReader().read(files.corpus, directory, "documents");
  match_queries(dataset, directory);
  check_documents(dataset, directory);
  return dataset;
}

void write_beir(const std::string& directory, const Dataset& dataset, const std::string& split) {
  io::PartialDirectory made(directory);
  write_records(io::join_path(made.path(), "corpus.jsonl"), dataset.corpus);
  write_records(io::join_path(made.path(), "queries.jsonl"), dataset.queries);
  const std::string qrels = io::join_path(made.path(), "qrels");
  std::filesystem::create_directory(qrels);
  write_judgements(io::join_path(qrels, split + ".tsv"), dataset.judgements);
  made.commit();
}

}  // namespace kindred::eval
