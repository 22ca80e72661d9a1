// kindred index build, add and delete: what is in a collection.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_fields.h"
#include "cli/index_flags.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kAddRows = 4096;  // read and stored at once

struct Source {
  std::string vectors;
  std::string ids;
  std::string fields;
  std::string fingerprint;
  bool bits = false;
  bool json = false;

  void add(Command& c) {
    auto& flags = c.group("Input").flags;
    flags.push_back(
        flag("--vectors", "FILE", "the vectors: .npy, .safetensors, .jsonl or .fvecs", &vectors)
            .must_be_given()
            .completed_by(Completes::file));
    flags.push_back(flag("--ids", "FILE", "a line for each vector: your own name of it", &ids)
                        .completed_by(Completes::file));
    flags.push_back(flag("--fields", "FILE",
                         "what to filter by, a JSON object a vector: {\"lang\": \"zh\", \"price\": "
                         "9.5, \"size\": [\"S\", \"M\"]}",
                         &fields)
                        .completed_by(Completes::file));
    flags.push_back(flag("--fingerprint", "TEXT",
                         "the encoder that made the vectors, as 'kindred inspect' prints it; "
                         "queries of another are refused",
                         &fingerprint)
                        .shown_default("what a .safetensors file of 'kindred embed' says"));
    flags.push_back(toggle("--bits", kBitsHelp, &bits));
  }
};

// The ids and fields that files hold for the vectors of another.
class Companions {
 public:
  Companions(const Source& source, std::size_t rows) : source_(source), rows_(rows) {
    if (!source.ids.empty()) check(source.ids, ids_.emplace(source.ids).size());
    if (!source.fields.empty()) check(source.fields, fields_.emplace(source.fields).size());
  }
  void check(const std::string& file, std::size_t count) const {
    if (count == rows_) return;
    fail(ErrorKind::bad_input, "{} has {} lines or numbers, {} has {} vectors", file, count,
         source_.vectors, rows_);
  }
  std::size_t rows() const noexcept { return rows_; }
  std::string_view id(std::size_t row) const { return ids_ ? (*ids_)[row] : std::string_view(); }
  const std::optional<FieldLines>& fields() const noexcept { return fields_; }

 private:
  const Source& source_;
  std::size_t rows_;
  std::optional<IdLines> ids_;
  std::optional<FieldLines> fields_;
};

// The rows of a build: keys 0, 1, … with ids and fields.
class NamedRows final : public index::Rows {
 public:
  NamedRows(const Companions& companions, const std::string& directory) : companions_(companions) {
    if (companions.fields()) fields_.emplace(*companions.fields(), directory);
  }
  std::size_t rows() const noexcept override { return companions_.rows(); }
  std::uint64_t key(std::size_t row) const override { return row; }
  std::string_view id(std::size_t row) const override { return companions_.id(row); }
  std::string_view payload(std::size_t) const override { return {}; }
  std::string_view fields(std::size_t row) const override {
    return fields_ ? (*fields_)[row] : std::string_view();
  }

 private:
  const Companions& companions_;
  std::optional<EncodedFields> fields_;
};

void report(const Source& source, const std::string& what, std::uint64_t rows,
            std::uint64_t total) {
  if (source.json) {
    print_json(nlohmann::ordered_json({{what, rows}, {"rows", total}}));
  } else {
    note(fmt::format("{} {}; the index holds {}", with_thousands(rows), what,
                     with_thousands(total)));
  }
}

struct BuildState {
  IndexFlags index;
  Source source;
  std::string metric = "cosine";
  std::string kind = "automatic";
  std::string stored = "float16";
  std::string recall = "0.95";
};

void run_build(const BuildState& s) {
  const FileVectors vectors(s.source.vectors, s.source.bits);
  index::CollectionOptions options;
  options.dimension = vectors.dimension();
  options.metric = s.metric == "cosine" ? index::Metric::cosine
                   : s.metric == "ip"   ? index::Metric::inner_product
                                        : index::Metric::euclidean;
  options.kind = s.kind == "flat"  ? index::SegmentKind::flat
                 : s.kind == "ivf" ? index::SegmentKind::ivf
                                   : index::SegmentKind::automatic;
  options.stored = s.stored == "float32"    ? index::StoredType::float32
                   : s.stored == "bfloat16" ? index::StoredType::bfloat16
                   : s.stored == "int8"     ? index::StoredType::int8
                                            : index::StoredType::float16;
  options.recall = parse_recall(s.recall);
  options.fingerprint = s.source.fingerprint.empty() ? vectors.maker() : s.source.fingerprint;
  const Companions companions(s.source, vectors.rows());
  const NamedRows rows(companions, s.index.directory);

  catch_interrupts();
  StageProgress progress;
  index::BulkOptions bulk;
  bulk.threads = threads_or_environment(s.index.threads);
  if (!s.index.ram.empty()) bulk.ram_bytes = parse_bytes("--ram", s.index.ram);
  bulk.progress = [&](const char* stage, std::size_t done, std::size_t total) {
    progress(stage, done, total);
  };
  index::Collection::build(s.index.directory, options, vectors, &rows, bulk);
  progress.finish();
  report(s.source, "built", vectors.rows(), vectors.rows());
}

struct AddState {
  IndexFlags index;
  Source source;
  std::string keys;
};

void run_add(const AddState& s) {
  const auto collection = s.index.open(/*read_only=*/false);
  const FileVectors vectors(s.source.vectors, s.source.bits, collection->dimension());
  const Companions companions(s.source, vectors.rows());
  std::vector<std::uint64_t> keys;
  if (!s.keys.empty()) {
    keys = read_keys(s.keys);
    companions.check(s.keys, keys.size());
  }
  collection->check_fingerprint(
      maker_to_check(s.source.fingerprint, vectors, collection->fingerprint()));
  if (vectors.dimension() != collection->dimension()) {
    fail(ErrorKind::bad_input,
         "{} has vectors of {} dimensions, {} of {}; were they made by another model?",
         s.source.vectors, vectors.dimension(), s.index.directory, collection->dimension());
  }
  catch_interrupts();
  StageProgress progress;
  std::vector<float> block(kAddRows * vectors.dimension());
  for (std::size_t at = 0; at < vectors.rows();) {
    const std::size_t count = std::min(kAddRows, vectors.rows() - at);
    vectors.read(at, count, block.data());
    std::vector<index::NewRow> rows(count);
    std::vector<std::string> fields(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (!keys.empty()) rows[i].key = keys[at + i];
      rows[i].id = companions.id(at + i);
      if (companions.fields()) fields[i] = companions.fields()->encoded(at + i);
      rows[i].fields = fields[i];
      rows[i].vector = block.data() + i * vectors.dimension();
    }
    collection->insert(rows);
    at += count;
    progress("add", at, vectors.rows());
  }
  progress.finish();
  report(s.source, "added", vectors.rows(), collection->view()->live_rows());
}

struct DeleteState {
  IndexFlags index;
  Source source;
  std::string id_file;
  std::string key_file;
  std::vector<std::string> ids;
  std::vector<std::size_t> keys;
};

void run_delete(const DeleteState& s) {
  std::vector<std::uint64_t> keys(s.keys.begin(), s.keys.end());
  if (!s.key_file.empty()) {
    const auto more = read_keys(s.key_file);
    keys.insert(keys.end(), more.begin(), more.end());
  }
  std::vector<std::string_view> ids(s.ids.begin(), s.ids.end());
  std::optional<IdLines> lines;
  if (!s.id_file.empty()) {
    lines.emplace(s.id_file);
    for (std::size_t i = 0; i < lines->size(); ++i) ids.push_back((*lines)[i]);
  }
  if (keys.empty() && ids.empty()) {
    fail(ErrorKind::bad_input, "nothing is named: give --key, --keys, --id or --ids");
  }
  const auto collection = s.index.open(/*read_only=*/false);
  const std::uint64_t count = collection->erase_keys(keys) + collection->erase_ids(ids);
  report(s.source, "deleted", count, collection->view()->live_rows());
}

}  // namespace

Command index_build_command() {
  auto s = std::make_shared<BuildState>();
  Command c;
  c.name = "index build";
  c.summary = "an index of the vectors of a file";
  c.description =
      "Makes the directory DIR, in which the vectors of a file can be found fast. The vectors are "
      "read in blocks, never all at once; the key of a vector is its row number. A build that is "
      "interrupted leaves DIR as it is, and the same command goes on there.\n\n"
      "How vectors are laid out (lists, bits, probes) is chosen from the data, the recall and the "
      "memory. Searches are calibrated for that recall on sampled vectors; other queries may find "
      "a little less or more: 'kindred index recall' measures it.";
  s->index.add_argument(c);
  s->source.add(c);
  auto& flags = c.group("Index").flags;
  flags.push_back(
      flag("--metric", "METRIC", "what near means", &s->metric).one_of({"cosine", "ip", "l2"}));
  flags.push_back(
      flag("--kind", "KIND", "flat looks at every vector, ivf at a part of its lists", &s->kind)
          .one_of({"automatic", "flat", "ivf"}));
  flags.push_back(
      flag("--recall", "R", "share of the true neighbours that searches should find", &s->recall));
  flags.push_back(flag("--stored", "TYPE", "how vectors are kept for exact scores", &s->stored)
                      .one_of({"float32", "float16", "bfloat16", "int8"}));
  s->index.add_resources(c);
  c.group("Output").flags.push_back(
      toggle("--json", "print a summary as a JSON object", &s->source.json));
  c.examples = {{"vectors made by 'kindred embed'",
                 "kindred index build products.index --vectors products.npy"},
                {"thirty million on a machine of 8 GB",
                 "kindred index build big.index --vectors big.npy --ids ids.txt --ram 7G"}};
  c.run = [s] { run_build(*s); };
  return c;
}

Command index_add_command() {
  auto s = std::make_shared<AddState>();
  Command c;
  c.name = "index add";
  c.summary = "more vectors into an index, or new ones for old rows";
  c.description =
      "Adds the vectors of a file. What is reported as added survives a crash. A vector whose id "
      "or "
      "key is in the index replaces that row; one without gets the next free key.";
  s->index.add_argument(c);
  s->source.add(c);
  c.group("Input").flags.push_back(
      flag("--keys", "FILE", "a key for each vector: int64 .npy", &s->keys)
          .completed_by(Completes::file));
  s->index.add_resources(c);
  c.group("Output").flags.push_back(
      toggle("--json", "print a summary as a JSON object", &s->source.json));
  c.examples = {
      {"today's products", "kindred index add products.index --vectors today.npy --ids today.txt"}};
  c.run = [s] { run_add(*s); };
  return c;
}

Command index_delete_command() {
  auto s = std::make_shared<DeleteState>();
  Command c;
  c.name = "index delete";
  c.summary = "rows out of an index";
  c.description =
      "Deletes the rows that have these ids or keys; those that are not there are passed over.";
  s->index.add_argument(c);
  auto& flags = c.group("Input").flags;
  flags.push_back(flag("--id", "ID", "an id; may be repeated", &s->ids));
  flags.push_back(
      flag("--ids", "FILE", "ids, one a line", &s->id_file).completed_by(Completes::file));
  flags.push_back(flag("--key", "N", "a key; may be repeated", &s->keys));
  flags.push_back(
      flag("--keys", "FILE", "keys: int64 .npy", &s->key_file).completed_by(Completes::file));
  s->index.add_resources(c);
  c.group("Output").flags.push_back(
      toggle("--json", "print a summary as a JSON object", &s->source.json));
  c.examples = {{"sold out", "kindred index delete products.index --ids sold-out.txt"}};
  c.run = [s] { run_delete(*s); };
  return c;
}

}  // namespace kindred::cli
