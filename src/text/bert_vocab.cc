#include "text/bert_vocab.h"

#include "base/error.h"
#include "io/lfs_pointer.h"
#include "io/mapped_file.h"

namespace kindred::text {

TokenizerSource read_bert_vocabulary(const std::string& path) {
  const std::shared_ptr<const io::MappedFile> file = io::MappedFile::open(path);
  io::refuse_lfs_pointer(file->text(), path);
  nlohmann::json vocabulary = nlohmann::json::object();
  std::string_view rest = file->text();
  for (std::uint32_t id = 0; !rest.empty(); ++id) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view token = rest.substr(0, end);
    if (token.ends_with('\r')) token.remove_suffix(1);
    vocabulary[std::string(token)] = id;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (vocabulary.empty())
    fail(ErrorKind::corrupt, "{}: an empty vocabulary; fetch the file again", path);
  return take_apart({{"version", "1.0"},
                     {"model",
                      {{"type", "WordPiece"},
                       {"unk_token", "[UNK]"},
                       {"continuing_subword_prefix", "##"},
                       {"max_input_chars_per_word", 100},
                       {"vocab", std::move(vocabulary)}}}},
                    path);
}

}  // namespace kindred::text
