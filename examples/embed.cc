// The shortest program that makes vectors: embeds its arguments and prints how alike they are.
//
//   embed MODEL TEXT TEXT...
#include <cstdio>
#include <string>
#include <vector>

#include "kindred/encoder.h"
#include "kindred/error.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: embed MODEL TEXT TEXT...\n");
    return 2;
  }
  try {
    const kindred::Encoder encoder = kindred::Encoder::open(argv[1]);
    const std::vector<std::string> texts(argv + 2, argv + argc);

    kindred::EncodeOptions options;
    options.normalize = true;  // so that an inner product is a cosine
    const kindred::Embeddings e = encoder.encode(texts, options);

    for (std::size_t a = 0; a < e.rows; ++a) {
      for (std::size_t b = 0; b < e.rows; ++b) {
        float cosine = 0.0F;
        for (std::size_t d = 0; d < e.dimensions; ++d)
          cosine += e.values[a * e.dimensions + d] * e.values[b * e.dimensions + d];
        std::printf("%7.3f", cosine);
      }
      std::printf("  %s\n", texts[a].c_str());
    }
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "embed: %s\n", error.what());
    return 1;
  }
}
