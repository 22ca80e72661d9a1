#include "search/embedded_backend.h"

#include <algorithm>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file.h"

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

LexicalOptions words_options(const index::UseOptions& use) {
  LexicalOptions options{.read_only = use.read_only, .files = use.files};
  if (use.memtable_bytes != 0) options.memtable_bytes = use.memtable_bytes;
  return options;
}

}  // namespace

/// What a write is about to change.
struct EmbeddedBackend::Touched {
  std::string id;
  std::uint64_t key;  // kNoKey: it is not there yet
};

EmbeddedBackend::EmbeddedBackend(std::string directory, const index::UseOptions& use)
    : directory_(std::move(directory)), read_only_(use.read_only), files_(*use.files) {}

std::unique_ptr<EmbeddedBackend> EmbeddedBackend::create(const std::string& directory,
                                                         const EmbeddedOptions& options,
                                                         const index::UseOptions& use) {
  io::FileSystem& files = *use.files;
  files.make_directory(directory);
  files.sync_directory(io::directory_of(directory));
  const std::string vectors = io::join_path(directory, "vectors");
  if (io::is_file(io::join_path(vectors, index::kManifestName))) {
    fail(ErrorKind::bad_input,
         "{} holds a collection already; open it, or choose another directory", directory);
  }
  // Vectors last: a directory without them is no collection, and can be made again.
  const std::string words = io::join_path(directory, "words");
  io::remove_tree(files, words);
  LexicalIndex::create(words, options.bm25, words_options(use));
  index::Collection::create(vectors, options.vectors, use);
  return open(directory, use);
}

std::unique_ptr<EmbeddedBackend> EmbeddedBackend::open(const std::string& directory,
                                                       const index::UseOptions& use) {
  std::unique_ptr<EmbeddedBackend> backend(new EmbeddedBackend(directory, use));
  backend->vectors_ = index::Collection::open(io::join_path(directory, "vectors"), use);
  backend->words_ = LexicalIndex::open(io::join_path(directory, "words"), words_options(use));
  if (use.read_only) return backend;
  // Tables of fields, which have moved into the collection's segments.
  io::remove_tree(backend->files_, io::join_path(directory, "fields"));
  backend->unfinished_ = io::is_file(backend->unfinished_path());
  if (backend->unfinished_) backend->take_up();
  return backend;
}

std::string EmbeddedBackend::unfinished_path() const {
  return io::join_path(directory_, "UNFINISHED");
}

// Runs `both`, which changes the vectors and then the words. What fails between them is made good
// at once where that is possible, or else before the next write.
void EmbeddedBackend::write(std::span<const Touched> items, const std::function<void()>& both) {
  io::ByteWriter out;
  out.number(static_cast<std::uint32_t>(items.size()));
  for (const Touched& item : items) {
    out.text(item.id);
    out.number(item.key);
  }
  out.number(io::crc32c(io::as_bytes(out.bytes())));
  io::replace_file(files_, unfinished_path(), out.take());
  unfinished_ = true;
  try {
    both();
  } catch (...) {
    try {
      take_up();
    } catch (const std::exception&) {
    }
    throw;
  }
  finish();
}

// It need not reach the disk: taking up a finished write changes nothing.
void EmbeddedBackend::finish() noexcept {
  try {
    files_.remove(unfinished_path());
    unfinished_ = false;
  } catch (const std::exception&) {
  }
}

void EmbeddedBackend::take_up() {
  // Of vectors whose last write is in doubt nobody can say which words belong to them.
  vectors_->check_writable();
  const std::string path = unfinished_path();
  if (!io::is_file(path)) {
    unfinished_ = false;
    return;
  }
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
  if (unfinished_) take_up();
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
    write(touched, [&] {
      const std::vector<std::uint64_t> keys = vectors_->insert(rows);
      std::vector<LexicalDocument> documents;
      for (std::size_t i = 0; i < batch.size(); ++i)
        documents.push_back(document_of(keys[i], batch[i]));
      words_->upsert(documents);
    });
  }
}

std::uint64_t EmbeddedBackend::erase(std::span<const std::string> ids) {
  const std::lock_guard lock(write_mutex_);
  if (unfinished_) take_up();
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
  std::uint64_t erased = 0;
  write(touched, [&] {
    erased = vectors_->erase_ids(views);
    words_->erase(keys);
  });
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
    request.filter = [&](const index::Part& part) { return part.matching(*filter); };
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
  const std::lock_guard lock(write_mutex_);  // both at one moment
  files_.make_directory(to);
  words_->snapshot(io::join_path(to, "words"));
  vectors_->snapshot(io::join_path(to, "vectors"));  // last: now it is a collection
  files_.sync_directory(to);
}

void EmbeddedBackend::verify() const {
  vectors_->verify();
  words_->verify();
  const std::lock_guard lock(write_mutex_);
  if (read_only_ || unfinished_) return;
  const std::vector<std::uint64_t> words = words_->keys();
  auto next = words.begin();
  bool same = true;
  vectors_->for_each_by_key(
      [&](std::uint64_t key, const index::Location&) {
        same = same && next != words.end() && *next++ == key;
      },
      *vectors_->view());
  if (!same || next != words.end()) {
    fail(ErrorKind::corrupt,
         "{}: the items that have vectors are not those that have words; import the catalogue "
         "again",
         directory_);
  }
}

}  // namespace kindred::search
