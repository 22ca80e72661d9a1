// The memory that a collection was given bounds it: a child process that may have no more builds,
// searches and writes one whose vectors are several times as large.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "base/random.h"
#include "index/collection.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kRows = 500'000, kDimension = 64;
constexpr std::size_t kMemory = std::size_t{32} << 20;
// The program itself, its threads' stacks and the allocator.
constexpr std::size_t kProgram = std::size_t{40} << 20;
static_assert(kRows * kDimension * sizeof(float) > 120'000'000);

class Clusters final : public VectorSource {
 public:
  std::size_t rows() const noexcept override { return kRows; }
  std::size_t dimension() const noexcept override { return kDimension; }
  void read(std::size_t begin, std::size_t count, float* out) const override {
    for (std::size_t i = 0; i < count; ++i) {
      Random center((begin + i) % 500), noise(begin + i + 1'000'000);
      for (std::size_t d = 0; d < kDimension; ++d) {
        out[i * kDimension + d] =
            static_cast<float>(center.uniform() - 0.5 + 0.2 * (noise.uniform() - 0.5));
      }
    }
  }
};

void build_and_use(const std::string& directory) {
  const Clusters source;
  CollectionOptions options;
  options.dimension = kDimension;
  BulkOptions bulk;
  bulk.ram_bytes = kMemory;
  bulk.threads = 2;
  Collection::build(directory, options, source, nullptr, bulk);
  UseOptions open;
  open.ram_bytes = kMemory;
  open.threads = 2;
  const auto collection = Collection::open(directory, open);
  std::vector<float> queries(50 * kDimension);
  source.read(1000, 50, queries.data());
  SearchRequest request;
  request.queries = queries.data();
  request.count = 50;
  const SearchResult result = collection->search(request);
  std::size_t itself = 0;
  for (std::size_t q = 0; q < 50; ++q) {
    for (const Found& f : result.of(q)) itself += f.key == 1000 + q;
  }
  if (itself < 45) throw std::runtime_error("the rows asked for were not found");
  std::vector<NewRow> rows(1000);
  std::vector<float> vectors(rows.size() * kDimension);
  for (std::size_t at = 0; at < 50'000; at += rows.size()) {
    source.read(at, rows.size(), vectors.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].key = at + i;  // each replaces one
      rows[i].vector = vectors.data() + i * kDimension;
    }
    collection->insert(rows);
  }
  collection->flush();
  if (collection->view()->live_rows() != kRows) throw std::runtime_error("rows were lost");
}

TEST(Memory, BuildsSearchesAndWritesWithinItsBound) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
  const io::TempDirectory temp;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{kMemory + kProgram, kMemory + kProgram};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) ::_exit(3);
    try {
      build_and_use(temp.file("c"));
      ::_exit(0);
    } catch (const std::exception& error) {
      const std::string_view what = error.what();
      (void)!::write(STDERR_FILENO, what.data(), what.size());
      ::_exit(2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace kindred::index
