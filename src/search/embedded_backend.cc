#include "search/embedded_backend.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::search {
namespace {

constexpr std::uint64_t kNoKey = ~std::uint64_t{0};
constexpr std::size_t kBatchItems = 4096;

// An item's texts and payload, as the collection keeps them.
std::string encode_payload(const Item& item) {
  io::ByteWriter out;
  out.number(static_cast<std::uint32_t>(item.texts.size()));
  for (const FieldText& text : item.texts) {
    out.number(static_cast<std::uint8_t>(text.field));
    out.text(text.language);
    out.text(text.text);
  }
  out.text(item.payload);
  return out.take();
}

std::string decode_payload(std::string_view bytes, std::vector<FieldText>* texts) {
  io::ByteReader in(bytes, "an item's payload");
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto field = in.number<std::uint8_t>();
    if (field >= kFieldWeights.size())
      fail(ErrorKind::corrupt, "an item's payload has a text of the unknown field {}", field);
    const std::string_view language = in.text();
    const std::string_view text = in.text();
    if (texts != nullptr)
      texts->push_back({static_cast<TextField>(field), std::string(language), std::string(text)});
  }
  return std::string(in.text());
}

LexicalDocument document_of(std::uint64_t key, const Item& item) {
  return {key, item.texts, item.fields};
}

}  // namespace

/// What a write is about to change.
struct EmbeddedBackend::Touched {
  std::string id;
  std::uint64_t key;  // kNoKey: it is not there yet
};

EmbeddedBackend::EmbeddedBackend(std::string directory, bool read_only)
    : directory_(std::move(directory)), fields_(io::join_path(directory_, "fields"), !read_only) {}

std::unique_ptr<EmbeddedBackend> EmbeddedBackend::create(const std::string& directory,
                                                         const EmbeddedOptions& options,
                                                         const index::UseOptions& use) {
  io::FileSystem& files = io::system_files();
  files.make_directory(directory);
  if (io::is_directory(io::join_path(directory, "vectors"))) {
    fail(ErrorKind::bad_input,
         "{} holds a collection already; open it, or choose another directory", directory);
  }
  // Vectors last: a directory without them is no collection, and can be made again.
  files.make_directory(io::join_path(directory, "fields"));
  const std::string words = io::join_path(directory, "words");
  io::remove_tree(files, words);
  LexicalIndex::create(words, options.bm25);
  index::Collection::create(io::join_path(directory, "vectors"), options.vectors, use);
  files.sync_directory(directory);
  return open(directory, use);
}

std::unique_ptr<EmbeddedBackend> EmbeddedBackend::open(const std::string& directory,
                                                       const index::UseOptions& use) {
  std::unique_ptr<EmbeddedBackend> backend(new EmbeddedBackend(directory, use.read_only));
  backend->vectors_ = index::Collection::open(io::join_path(directory, "vectors"), use);
  backend->words_ =
      LexicalIndex::open(io::join_path(directory, "words"), {.read_only = use.read_only});
  if (!use.read_only) backend->take_up();
  return backend;
}

void EmbeddedBackend::begin(std::span<const Touched> items) const {
  io::ByteWriter out;
  out.number(static_cast<std::uint32_t>(items.size()));
  for (const Touched& item : items) {
    out.text(item.id);
    out.number(item.key);
  }
  out.number(io::crc32c(io::as_bytes(out.bytes())));
  io::replace_file(io::system_files(), io::join_path(directory_, "UNFINISHED"), out.take());
}

// It need not reach the disk: taking up a finished write changes nothing.
void EmbeddedBackend::finish() const {
  io::system_files().remove(io::join_path(directory_, "UNFINISHED"));
}

void EmbeddedBackend::take_up() {
  const std::string path = io::join_path(directory_, "UNFINISHED");
  if (!io::is_file(path)) return;
  const std::string bytes = io::read_text_file(path);
  io::ByteReader in(bytes, path);
  const std::string_view checked =
      std::string_view(bytes).substr(0, bytes.size() - std::min<std::size_t>(bytes.size(), 4));
  const auto count = in.number<std::uint32_t>();
  std::vector<LexicalDocument> documents;
  std::vector<std::uint64_t> gone;
  const auto view = vectors_->view();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view id = in.text();
    const auto key = in.number<std::uint64_t>();
    const auto at = view->find_id(id);
    if (!at) {
      if (key != kNoKey) gone.push_back(key);
      continue;
    }
    const index::Rows& rows = view->part(at->part).rows();
    LexicalDocument document{rows.key(at->row), {}, index::decode_fields(rows.fields(at->row))};
    decode_payload(rows.payload(at->row), &document.texts);
    documents.push_back(std::move(document));
  }
  if (in.number<std::uint32_t>() != io::crc32c(io::as_bytes(checked))) {
    fail(ErrorKind::corrupt, "{}: the checksum differs; restore the collection from a backup",
         path);
  }
  words_->upsert(documents);
  words_->erase(gone);
  finish();
}

void EmbeddedBackend::upsert(std::span<const Item> items) {
  for (const Item& item : items) item.validate(dimension());
  const std::lock_guard lock(write_mutex_);
  for (std::size_t begin_at = 0; begin_at < items.size(); begin_at += kBatchItems) {
    const auto batch = items.subspan(begin_at, std::min(kBatchItems, items.size() - begin_at));
    std::vector<Touched> touched;
    std::vector<std::string> bytes;  // payload and fields in turn
    for (const Item& item : batch) {
      touched.push_back({item.id, find_id(item.id).value_or(kNoKey)});
      bytes.push_back(encode_payload(item));
      bytes.push_back(index::encode_fields(item.fields));
    }
    std::vector<index::NewRow> rows;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      rows.push_back(
          {std::nullopt, batch[i].id, bytes[2 * i], bytes[2 * i + 1], batch[i].vector.data()});
    }
    begin(touched);
    const std::vector<std::uint64_t> keys = vectors_->insert(rows);
    std::vector<LexicalDocument> documents;
    for (std::size_t i = 0; i < batch.size(); ++i)
      documents.push_back(document_of(keys[i], batch[i]));
    words_->upsert(documents);
    finish();
  }
}

std::uint64_t EmbeddedBackend::erase(std::span<const std::string> ids) {
  const std::lock_guard lock(write_mutex_);
  std::vector<Touched> touched;
  std::vector<std::uint64_t> keys;
  std::vector<std::string_view> views;
  for (const std::string& id : ids) {
    const auto key = find_id(id);
    if (!key) continue;
    touched.push_back({id, *key});
    keys.push_back(*key);
    views.push_back(id);
  }
  if (touched.empty()) return 0;
  begin(touched);
  const std::uint64_t erased = vectors_->erase_ids(views);
  words_->erase(keys);
  finish();
  return erased;
}

std::vector<RankedKey> EmbeddedBackend::nearest(std::span<const float> query, std::size_t k,
                                                const index::Filter* filter, double recall) const {
  index::SearchRequest request;
  request.queries = query.data();
  request.count = 1;
  request.k = k;
  request.effort.recall = recall;
  const auto view = vectors_->view();
  if (filter != nullptr) {
    request.filter = [&](const index::Part& part) { return fields_.admitted(*filter, view, part); };
  }
  ThreadPool alone(1);
  const index::SearchResult result = view->search(request, alone);
  std::vector<RankedKey> keys;
  for (const index::Found& found : result.of(0)) keys.push_back({found.key, found.score});
  return keys;
}

std::vector<StoredItem> EmbeddedBackend::fetch(std::span<const std::uint64_t> keys,
                                               bool vectors) const {
  std::vector<StoredItem> items;
  const auto view = vectors_->view();
  for (const std::uint64_t key : keys) {
    const auto at = view->find_key(key);
    if (!at) continue;
    const index::Part& part = view->part(at->part);
    StoredItem& item = items.emplace_back();
    item.key = key;
    item.id = part.rows().id(at->row);
    item.fields = index::decode_fields(part.rows().fields(at->row));
    item.payload = decode_payload(part.rows().payload(at->row), nullptr);
    if (!vectors) continue;
    item.vector.resize(dimension());
    part.read_vectors(std::span(&at->row, 1), dimension(), item.vector.data());
  }
  return items;
}

std::optional<std::uint64_t> EmbeddedBackend::find_id(const std::string& id) const {
  const auto view = vectors_->view();
  const auto at = view->find_id(id);
  if (!at) return std::nullopt;
  return view->part(at->part).rows().key(at->row);
}

void EmbeddedBackend::snapshot(const std::string& to) {
  if (io::is_directory(to) && !io::list_directory(to).empty())
    fail(ErrorKind::bad_input, "{} is not empty; choose a new directory for the copy", to);
  io::FileSystem& files = io::system_files();
  const std::lock_guard lock(write_mutex_);  // the words change in writes alone
  files.make_directory(to);
  files.make_directory(io::join_path(to, "fields"));
  const std::string from_words = io::join_path(directory_, "words");
  const std::string words = io::join_path(to, "words");
  files.make_directory(words);
  for (const std::string& name : io::list_directory(from_words)) {
    const std::string source = io::join_path(from_words, name);
    const std::string copy = io::join_path(words, name);
    const bool immutable = io::has_ending(name, ".words") || io::has_ending(name, ".fields");
    if (immutable) {
      files.link(source, copy);
    } else if (name != "LOCK") {
      io::write_text_file(copy,
                          io::read_text_file(source, std::numeric_limits<std::size_t>::max()));
    }
  }
  files.sync_directory(words);
  vectors_->snapshot(io::join_path(to, "vectors"));  // last: now it is a collection
  files.sync_directory(to);
}

void EmbeddedBackend::verify() const {
  vectors_->verify();
  words_->verify();
  const std::uint64_t rows = vectors_->view()->live_rows();
  const std::uint64_t documents = words_->stats().documents;
  if (rows != documents) {
    fail(ErrorKind::corrupt,
         "{}: {} items have vectors and {} have words; import the catalogue again", directory_,
         rows, documents);
  }
}

}  // namespace kindred::search
