#include "index/mutation.h"

#include "base/error.h"

namespace kindred::index {
namespace {

Mutation read_mutation(io::ByteReader& reader, std::size_t dimension, const std::string& origin) {
  Mutation m;
  const auto kind = reader.number<std::uint8_t>();
  m.kind = static_cast<Mutation::Kind>(kind);
  switch (m.kind) {
    case Mutation::Kind::put:
      m.key = reader.number<std::uint64_t>();
      m.id = reader.text();
      m.payload = reader.text();
      m.fields = reader.text();
      m.vector = io::as_bytes(reader.take(dimension * sizeof(float))).data();
      break;
    case Mutation::Kind::erase_key:
      m.key = reader.number<std::uint64_t>();
      break;
    case Mutation::Kind::erase_id:
      m.id = reader.text();
      break;
    default:
      fail(ErrorKind::corrupt, "{} holds a change of the unknown kind {}", origin, kind);
  }
  if (m.key > kMaxKey) fail(ErrorKind::corrupt, "{} holds the key {}", origin, m.key);
  return m;
}

}  // namespace

void encode_mutation(const Mutation& m, std::size_t dimension, io::ByteWriter& out) {
  out.number(static_cast<std::uint8_t>(m.kind));
  if (m.kind != Mutation::Kind::erase_id) out.number(m.key);
  if (m.kind != Mutation::Kind::erase_key) out.text(m.id);
  if (m.kind != Mutation::Kind::put) return;
  out.text(m.payload);
  out.text(m.fields);
  out.numbers(std::span(m.vector, dimension * sizeof(float)));
}

void decode_mutations(std::string_view record, std::size_t dimension, const std::string& origin,
                      const std::function<void(const Mutation&)>& apply) {
  io::ByteReader check(record, origin);
  while (check.left() > 0) read_mutation(check, dimension, origin);
  io::ByteReader reader(record, origin);
  while (reader.left() > 0) apply(read_mutation(reader, dimension, origin));
}

}  // namespace kindred::index
