// The shortest program that keeps vectors: stores a few, finds the nearest, and leaves them on
// disk.
//
//   index DIRECTORY
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "kindred/error.h"
#include "kindred/index.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: index DIRECTORY\n");
    return 2;
  }
  try {
    kindred::IndexOptions options;
    options.dimension = 3;
    kindred::Index index = kindred::Index::create(argv[1], options);

    const std::array<float, 3> red{0.9F, 0.1F, 0.0F}, pink{0.8F, 0.2F, 0.3F},
        blue{0.0F, 0.1F, 0.9F};
    const std::vector<kindred::IndexRow> rows{{{}, "red", "a warm colour", red},
                                              {{}, "pink", "a warm colour", pink},
                                              {{}, "blue", "a cold colour", blue}};
    index.insert(rows);  // durable when it returns

    kindred::IndexQuery query;
    query.queries = red;
    query.k = 2;
    const kindred::IndexHits hits = index.search(query);
    for (const kindred::IndexHit& hit : hits.of_query[0]) {
      std::printf("%.3f  %s\n", hit.score, index.get(hit.key)->id.c_str());
    }
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "index: %s\n", error.what());
    return 1;
  }
}
