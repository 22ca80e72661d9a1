// The public face of a collection.
#include "kindred/index.h"

#include "base/error.h"
#include "index/collection.h"

namespace kindred {
namespace {

using index::Collection;

StoredRow read(const index::CollectionView& view, const index::Location& at) {
  const index::Part& part = view.part(at.part);
  StoredRow row{part.rows().key(at.row), std::string(part.rows().id(at.row)),
                std::string(part.rows().payload(at.row)), std::vector<float>(view.dimension())};
  part.read_vectors(std::span(&at.row, 1), view.dimension(), row.vector.data());
  const index::FieldValues fields = index::decode_fields(part.rows().fields(at.row));
  for (const index::Tag& tag : fields.tags) row.fields.push_back({tag.field, tag.value});
  for (const index::Number& n : fields.numbers) row.fields.push_back({n.field, n.value});
  return row;
}

std::string encode(std::span<const IndexField> fields) {
  if (fields.empty()) return {};
  index::FieldValues values;
  for (const IndexField& field : fields) {
    if (const double* number = std::get_if<double>(&field.value)) {
      values.numbers.push_back({field.name, *number});
    } else {
      values.tags.push_back({field.name, std::get<std::string>(field.value)});
    }
  }
  values.validate();
  return index::encode_fields(values);
}

index::UseOptions open_options(const IndexUse& use) {
  index::UseOptions options;
  options.read_only = use.read_only;
  options.ram_bytes = use.ram_bytes;
  options.threads = use.threads;
  return options;
}

}  // namespace

struct Index::Impl {
  std::unique_ptr<Collection> collection;
};

Index::Index(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Index Index::create(const std::string& directory, const IndexOptions& options,
                    const IndexUse& use) {
  index::CollectionOptions given;
  given.dimension = options.dimension;
  given.metric = static_cast<index::Metric>(options.distance);
  given.kind = static_cast<index::SegmentKind>(options.kind);
  given.recall = options.recall;
  given.fingerprint = options.fingerprint;
  return Index(
      std::make_unique<Impl>(Impl{Collection::create(directory, given, open_options(use))}));
}

Index Index::open(const std::string& directory, const IndexUse& use) {
  return Index(std::make_unique<Impl>(Impl{Collection::open(directory, open_options(use))}));
}

std::vector<std::uint64_t> Index::insert(std::span<const IndexRow> rows) {
  std::vector<index::NewRow> given;
  given.reserve(rows.size());
  std::vector<std::string> fields;
  for (const IndexRow& row : rows) fields.push_back(encode(row.fields));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].vector.size() != dimension()) {
      fail(ErrorKind::bad_input, "row {} has {} values; the vectors of {} have {}", i,
           rows[i].vector.size(), impl_->collection->directory(), dimension());
    }
    given.push_back({rows[i].key, rows[i].id, rows[i].payload, fields[i], rows[i].vector.data()});
  }
  return impl_->collection->insert(given);
}

std::uint64_t Index::erase_keys(std::span<const std::uint64_t> keys) {
  return impl_->collection->erase_keys(keys);
}

std::uint64_t Index::erase_ids(std::span<const std::string_view> ids) {
  return impl_->collection->erase_ids(ids);
}

IndexHits Index::search(const IndexQuery& query) const {
  impl_->collection->check_fingerprint(query.fingerprint);
  if (query.queries.size() % dimension() != 0) {
    fail(ErrorKind::bad_input, "queries of {} values together; vectors of {} have {} each",
         query.queries.size(), impl_->collection->directory(), dimension());
  }
  index::SearchRequest request;
  request.queries = query.queries.data();
  request.count = query.queries.size() / dimension();
  request.k = query.k;
  request.effort.recall = query.recall > 0.0 ? query.recall : impl_->collection->recall();
  index::RowFilter where;
  if (!query.where.empty()) {
    request.filter = where = index::rows_matching(query.where, *impl_->collection->view());
  }
  if (query.filter) {
    request.filter = [&](const index::Part& part) {
      const index::RowSet matching = where ? where(part) : index::RowSet(part.size(), true);
      index::RowSet rows(part.size());
      for (std::size_t r = 0; r < part.size(); ++r) {
        if (part.is_live(r) && matching.contains(r) &&
            query.filter(part.rows().key(r), part.rows().id(r), part.rows().payload(r))) {
          rows.insert(r);
        }
      }
      return rows;
    };
  }
  const index::SearchResult result = impl_->collection->search(request);
  IndexHits hits;
  hits.of_query.resize(request.count);
  for (std::size_t q = 0; q < request.count; ++q) {
    for (const index::Found& f : result.of(q)) hits.of_query[q].push_back({f.key, f.score});
  }
  return hits;
}

std::optional<StoredRow> Index::get(std::uint64_t key) const {
  const auto view = impl_->collection->view();
  const auto at = view->find_key(key);
  return at ? std::optional(read(*view, *at)) : std::nullopt;
}

std::optional<StoredRow> Index::get(std::string_view id) const {
  const auto view = impl_->collection->view();
  const auto at = view->find_id(id);
  return at ? std::optional(read(*view, *at)) : std::nullopt;
}

std::uint64_t Index::size() const {
  return impl_->collection->view()->live_rows();
}
std::size_t Index::dimension() const {
  return impl_->collection->dimension();
}
const std::string& Index::fingerprint() const {
  return impl_->collection->fingerprint();
}

void Index::compact() {
  impl_->collection->compact();
}
void Index::snapshot(const std::string& to) const {
  impl_->collection->snapshot(to);
}
void Index::verify() const {
  impl_->collection->verify();
}

}  // namespace kindred
