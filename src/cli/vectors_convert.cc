// kindred vectors convert: word vectors in another format.
#include <memory>

#include "cli/commands.h"
#include "cli/vectors_files.h"

namespace kindred::cli {

Command vectors_convert_command() {
  auto s = std::make_shared<VectorFilesFlags>();
  Command c;
  c.name = "vectors convert";
  c.summary = "word vectors in another format";
  c.description =
      "Reads word vectors of any format that Kindred knows, as they are or compressed by gzip or "
      "Zstandard, told by what the file holds, and writes them in another. fastText's own format "
      "keeps n-grams, output and labels; the others hold a vector a word, in which the n-grams "
      "are, and know nothing of other words.";
  s->add_argument(c);
  s->add_output(c);
  c.examples = {{"a fastText model's word vectors for any program that reads word2vec's text",
                 "kindred vectors convert cc.en.300.bin -o en.vec"},
                {"the 100,000 most frequent words of a GloVe file as an encoder",
                 "kindred vectors convert glove.6B.300d.txt -o glove-encoder --limit 100000"}};
  c.run = [s] {
    const static_vectors::StaticModel model = s->read();
    s->write(model);
    s->report(model, model);
  };
  return c;
}

}  // namespace kindred::cli
