#include "static_vectors/vector_format.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "io/file.h"

namespace kindred::static_vectors {
namespace {

struct Named {
  std::string_view name;
  VectorFormat format;
};

constexpr Named kFormats[] = {{"word2vec", VectorFormat::word2vec_binary},
                              {"text", VectorFormat::word2vec_text},
                              {"glove", VectorFormat::glove_text},
                              {"fasttext", VectorFormat::fasttext},
                              {"static-embedding", VectorFormat::static_embedding},
                              {"model2vec", VectorFormat::model2vec}};

}  // namespace

std::string_view to_string(VectorFormat format) noexcept {
  const auto* at = std::find_if(std::begin(kFormats), std::end(kFormats),
                                [&](const Named& named) { return named.format == format; });
  return at->name;
}

std::vector<std::string> vector_format_names() {
  std::vector<std::string> names;
  for (const Named& named : kFormats) names.emplace_back(named.name);
  return names;
}

VectorFormat parse_vector_format(std::string_view name) {
  for (const Named& named : kFormats)
    if (named.name == name) return named.format;
  fail(ErrorKind::bad_input, "no format of word vectors is called '{}'; choose one of {}", name,
       fmt::join(vector_format_names(), ", "));
}

VectorFormat format_of_path(std::string_view path, bool has_model) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  if (io::has_ending(name, ".ftz")) return VectorFormat::fasttext;
  if (io::has_ending(name, ".bin"))
    return has_model ? VectorFormat::fasttext : VectorFormat::word2vec_binary;
  if (io::has_ending(name, ".w2v")) return VectorFormat::word2vec_binary;
  if (io::has_ending(name, ".vec")) return VectorFormat::word2vec_text;
  if (io::has_ending(name, ".txt"))
    return name.find("glove") != std::string_view::npos ? VectorFormat::glove_text
                                                        : VectorFormat::word2vec_text;
  if (name.find('.') == std::string_view::npos) return VectorFormat::static_embedding;
  fail(ErrorKind::bad_input,
       "{}: its ending does not say in which format; end it in .bin, .ftz, .vec or .txt, or name "
       "one of {}",
       path, fmt::join(vector_format_names(), ", "));
}

}  // namespace kindred::static_vectors
