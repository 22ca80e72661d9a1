#include "static_vectors/directory_reader.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "kindred/tokenizer.h"
#include "model/directory.h"

namespace kindred::static_vectors {

StaticModel read_static_directory(const std::string& path, const ReadOptions& options) {
  const auto directory = model::ModelDirectory::open(path);
  if (!directory.is_static)
    fail(ErrorKind::bad_input,
         "{} is a transformer, whose words have no vector of their own; name a file of word "
         "vectors, or a StaticEmbedding or model2vec directory",
         path);
  const auto tokenizer = Tokenizer::open(directory.require_tokenizer());
  const io::TensorView& table = directory.static_embeddings;
  StaticModel model;
  model.origin = path;
  model.format = "static embedding";
  const std::size_t columns = table.columns();
  const std::size_t limit = options.limit == 0 ? table.rows() : options.limit;
  std::vector<float> values;
  values.reserve(std::min(limit, table.rows()) * columns);
  for (std::size_t row = 0; row < table.rows() && model.size() < limit; ++row) {
    const auto id = static_cast<std::uint32_t>(row);
    const std::string token = tokenizer.id_to_token(id);
    if (tokenizer.token_to_id(token) != id) continue;  // a hole, or padding of the table
    model.vocabulary.add(token, 0);
    values.resize(values.size() + columns);
    table.read_row(row, values.data() + values.size() - columns);
  }
  if (model.vocabulary.empty())
    fail(ErrorKind::corrupt, "{}: none of the rows of its table belongs to a token", path);
  model.input = std::make_shared<FloatTable>(model.size(), columns, std::move(values));
  return model;
}

}  // namespace kindred::static_vectors
