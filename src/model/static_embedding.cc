// Reading static token tables, model2vec's indirections folded in.
#include "model/static_embedding.h"

#include <cstring>
#include <optional>

#include "base/error.h"
#include "model/families/family.h"

namespace kindred::model {
namespace {

/// The row of the table that token `i` has. Errors: corrupt outside the table.
std::size_t mapped_row(const io::TensorView& mapping, std::size_t token, std::size_t rows,
                       const std::string& origin) {
  std::int64_t row = 0;
  if (mapping.dtype == io::DType::i64) {
    std::memcpy(&row, mapping.data + token * 8, 8);
  } else if (mapping.dtype == io::DType::i32) {
    std::int32_t narrow = 0;
    std::memcpy(&narrow, mapping.data + token * 4, 4);
    row = narrow;
  } else {
    fail(ErrorKind::unsupported, "{}: tensor \"mapping\" holds {} where I64 or I32 is expected",
         origin, io::to_string(mapping.dtype));
  }
  if (row < 0 || static_cast<std::size_t>(row) >= rows) {
    fail(ErrorKind::corrupt, "{}: \"mapping\"[{}] is {} where the table has {} rows", origin, token,
         row, rows);
  }
  return static_cast<std::size_t>(row);
}

// model2vec's int8 vectors come without their scale, which the cosine does not see.
void read_row(const io::TensorView& table, std::size_t row, float* out) {
  if (table.dtype != io::DType::i8 || table.row_scales != nullptr) return table.read_row(row, out);
  const std::size_t columns = table.columns();
  for (std::size_t i = 0; i < columns; ++i)
    out[i] = static_cast<float>(static_cast<std::int8_t>(table.data[row * columns + i]));
}

StaticTable fold(const TensorSet& tensors, const io::TensorView& table,
                 const io::TensorView* mapping, const io::TensorView* weights) {
  const std::size_t tokens = mapping != nullptr ? mapping->elements() : table.shape[0];
  const std::size_t columns = table.shape[1];
  if (tokens > kMaxVocabulary || columns > kMaxWidth) {
    fail(ErrorKind::exhausted, "{}: a table of {} tokens × {} is too large", tensors.origin(),
         tokens, columns);
  }
  std::vector<float> factors(tokens, 1.0F);
  if (weights != nullptr) factors = tensors.get("weights", {tokens}).to_floats();
  const auto values = std::make_shared<std::vector<float>>(tokens * columns);
  for (std::size_t token = 0; token < tokens; ++token) {
    const std::size_t row =
        mapping != nullptr ? mapped_row(*mapping, token, table.shape[0], tensors.origin()) : token;
    float* out = values->data() + token * columns;
    read_row(table, row, out);
    for (std::size_t i = 0; i < columns; ++i) out[i] *= factors[token];
  }
  StaticTable result;
  result.embeddings.name = table.name;
  result.embeddings.shape = {tokens, columns};
  result.embeddings.data = reinterpret_cast<const std::byte*>(values->data());
  result.embeddings.bytes = values->size() * sizeof(float);
  result.storage = values;
  return result;
}

}  // namespace

StaticTable read_static_table(const TensorSet& tensors) {
  const io::TensorView* table = tensors.find("embedding.weight");
  const io::TensorView* mapping = nullptr;
  const io::TensorView* weights = nullptr;
  if (table == nullptr) {
    table = tensors.find("embeddings");
    mapping = tensors.find("mapping");
    weights = tensors.find("weights");
  }
  if (table == nullptr || table->shape.size() != 2 || table->elements() == 0) {
    fail(ErrorKind::not_found,
         "{}: no matrix \"embedding.weight\" (sentence-transformers) or \"embeddings\" (model2vec)",
         tensors.origin());
  }
  const bool integers = table->dtype == io::DType::i8 && table->row_scales == nullptr;
  if (integers && table->name == "embeddings") return fold(tensors, *table, mapping, weights);
  const io::TensorView checked = tensors.get(table->name, table->shape);
  if (mapping != nullptr || weights != nullptr) return fold(tensors, checked, mapping, weights);
  return {checked, tensors.storage()};
}

}  // namespace kindred::model
