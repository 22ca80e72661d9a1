// The shortest program that asks word vectors: prints the neighbours of a word, or what is to C as
// B is to A.
//
//   word_vectors FILE WORD | word_vectors FILE A B C
#include <cstdio>
#include <string>
#include <vector>

#include "kindred/error.h"
#include "kindred/static_vectors.h"

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) {
    std::fprintf(stderr, "usage: word_vectors FILE WORD | word_vectors FILE A B C\n");
    return 2;
  }
  try {
    const kindred::WordVectors vectors = kindred::WordVectors::open(argv[1]);
    const std::vector<kindred::WordScore> found =
        argc == 3 ? vectors.nearest(argv[2]) : vectors.analogy(argv[2], argv[3], argv[4]);
    for (const kindred::WordScore& s : found) std::printf("%.4f  %s\n", s.score, s.word.c_str());
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "word_vectors: %s\n", error.what());
    return 1;
  }
}
