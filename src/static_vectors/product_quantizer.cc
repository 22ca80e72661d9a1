#include "static_vectors/product_quantizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "io/finite.h"

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kCentroids = Codebooks::kCentroids;
constexpr std::size_t kRounds = 15;
constexpr std::size_t kMostSampled = 128 * kCentroids;
constexpr float kSplit = 1e-7F;  // how far the halves of a cluster are moved apart

/// The centroids of one part by columns, so that one coordinate of all of them lies together.
class Nearest {
 public:
  Nearest(const float* centroids, std::size_t width)
      : width_(width), columns_(kCentroids * width), halves_(kCentroids) {
    for (std::size_t c = 0; c < kCentroids; ++c)
      for (std::size_t i = 0; i < width; ++i) {
        const float value = centroids[c * width + i];
        columns_[i * kCentroids + c] = value;
        halves_[c] += 0.5F * value * value;
      }
  }

  /// By |c|² / 2 - x·c, which falls and rises with the distance.
  std::uint8_t of(const float* x) const {
    std::array<float, kCentroids> distances;
    std::copy_n(halves_.data(), kCentroids, distances.data());
    for (std::size_t i = 0; i < width_; ++i) {
      const float* column = columns_.data() + i * kCentroids;
      const float value = x[i];
      for (std::size_t c = 0; c < kCentroids; ++c) distances[c] -= value * column[c];
    }
    return least(distances);
  }

 private:
  // In lanes, so that it vectorises. The first of equal ones.
  static std::uint8_t least(const std::array<float, kCentroids>& distances) {
    constexpr std::size_t kLanes = 16;
    std::array<float, kLanes> best;
    std::array<std::int32_t, kLanes> at{};
    std::copy_n(distances.data(), kLanes, best.data());
    for (std::size_t c = kLanes; c < kCentroids; c += kLanes)
      for (std::size_t l = 0; l < kLanes; ++l) {
        const bool nearer = distances[c + l] < best[l];
        best[l] = nearer ? distances[c + l] : best[l];
        at[l] = nearer ? static_cast<std::int32_t>(c) : at[l];
      }
    std::size_t first = 0;
    for (std::size_t l = 1; l < kLanes; ++l)
      if (best[l] < best[first] ||
          (best[l] == best[first] &&
           at[l] + static_cast<std::int32_t>(l) < at[first] + static_cast<std::int32_t>(first)))
        first = l;
    return static_cast<std::uint8_t>(static_cast<std::size_t>(at[first]) + first);
  }

  std::size_t width_;
  std::vector<float> columns_;
  std::vector<float> halves_;
};

/// Means of the rows of each cluster; `counts` are how many these are.
void move_centroids(const std::vector<float>& rows, const std::vector<std::uint8_t>& codes,
                    std::size_t width, float* centroids,
                    std::array<std::size_t, kCentroids>& counts) {
  std::vector<double> sums(kCentroids * width);
  counts.fill(0);
  for (std::size_t r = 0; r < codes.size(); ++r) {
    ++counts[codes[r]];
    for (std::size_t i = 0; i < width; ++i) sums[codes[r] * width + i] += rows[r * width + i];
  }
  for (std::size_t c = 0; c < kCentroids; ++c)
    for (std::size_t i = 0; i < width && counts[c] > 0; ++i)
      centroids[c * width + i] =
          static_cast<float>(sums[c * width + i] / static_cast<double>(counts[c]));
}

void fill_empty_clusters(std::size_t width, float* centroids,
                         std::array<std::size_t, kCentroids>& counts) {
  for (std::size_t c = 0; c < kCentroids; ++c) {
    if (counts[c] > 0) continue;
    const auto largest =
        static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
    if (counts[largest] < 2) return;
    for (std::size_t i = 0; i < width; ++i) {
      const float step = i % 2 == 0 ? -kSplit : kSplit;
      const float centre = centroids[largest * width + i];
      centroids[c * width + i] = centre + step;
      centroids[largest * width + i] = centre - step;
    }
    counts[c] = counts[largest] / 2;
    counts[largest] -= counts[c];
  }
}

/// Centroids (256 × width) of `rows`, which are `count` × width.
void find_centroids(const std::vector<float>& rows, std::size_t width, Random random,
                    float* centroids) {
  const std::size_t count = rows.size() / width;
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  random.shuffle(std::span(order));
  for (std::size_t c = 0; c < std::min(count, kCentroids); ++c)
    std::copy_n(rows.data() + order[c] * width, width, centroids + c * width);
  if (count <= kCentroids) return;
  std::vector<std::uint8_t> codes(count);
  std::array<std::size_t, kCentroids> counts{};
  for (std::size_t round = 0; round < kRounds; ++round) {
    const Nearest nearest(centroids, width);
    for (std::size_t r = 0; r < count; ++r) codes[r] = nearest.of(rows.data() + r * width);
    move_centroids(rows, codes, width, centroids, counts);
    fill_empty_clusters(width, centroids, counts);
  }
}

class Quantizer {
 public:
  Quantizer(const RowTable& table, const ProductOptions& options, ThreadPool& pool)
      : table_(table), options_(options), pool_(pool) {
    books_.dimensions = table.columns();
    books_.part = options.part;
    if (options.part == 0 || options.part > table.columns())
      fail(ErrorKind::bad_input, "parts of {} dimensions of vectors of {}: choose 1 to {}",
           options.part, table.columns(), table.columns());
    require(table.rows() > 0, "quantize_product: no rows");
    books_.centroids.resize(kCentroids * books_.dimensions);
  }

  ProductTable run() {
    measure();
    draw_sample();
    codes_.resize(table_.rows() * books_.parts());
    const std::size_t parts = books_.parts();
    std::mutex mutex;
    std::size_t done = 0;
    pool_.run(parts, [&](std::size_t p, int) {
      train_part(p);
      const std::lock_guard lock(mutex);
      if (options_.progress) options_.progress(++done, parts);
    });
    encode();
    std::optional<ProductTable::Norms> norms;
    if (options_.norms) norms = encode_norms();
    return {table_.rows(), std::move(books_), std::move(codes_), std::move(norms)};
  }

 private:
  static constexpr std::size_t kBlockRows = 1024;

  std::size_t blocks() const { return (table_.rows() + kBlockRows - 1) / kBlockRows; }

  /// Calls fn(row) for every row, a block of them a part of the job.
  template <typename Function>
  void for_rows(const Function& fn) {
    pool_.run(blocks(), [&](std::size_t block, int) {
      std::vector<float> values(table_.columns());
      const std::size_t end = std::min(table_.rows(), (block + 1) * kBlockRows);
      for (std::size_t row = block * kBlockRows; row < end; ++row) fn(row, values);
    });
  }

  /// The lengths of all rows; 1 where they are not kept apart.
  void measure() {
    lengths_.assign(table_.rows(), 1.0F);
    for_rows([&](std::size_t row, std::vector<float>& values) {
      table_.read_row(row, values.data());
      if (io::first_not_finite(values.data(), values.size()) < values.size())
        fail(ErrorKind::bad_input,
             "row {} has values that are NaN or infinite, which cannot be quantised; leave its "
             "word out",
             row + 1);
      if (!options_.norms) return;
      double sum = 0.0;
      for (const float value : values) sum += static_cast<double>(value) * value;
      lengths_[row] = static_cast<float>(std::sqrt(sum));
    });
  }

  void read(std::size_t row, std::vector<float>& values) const {
    table_.read_row(row, values.data());
    if (!options_.norms || lengths_[row] == 0.0F) return;
    for (float& value : values) value /= lengths_[row];
  }

  void draw_sample() {
    sample_.resize(table_.rows());
    std::iota(sample_.begin(), sample_.end(), 0U);
    if (sample_.size() <= kMostSampled) return;
    Random random(options_.seed);
    random.shuffle(std::span(sample_));
    sample_.resize(kMostSampled);
    std::sort(sample_.begin(), sample_.end());
  }

  void train_part(std::size_t p) {
    const std::size_t width = books_.width(p);
    std::vector<float> rows(sample_.size() * width);
    std::vector<float> values(table_.columns());
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      read(sample_[i], values);
      std::copy_n(values.data() + p * books_.part, width, rows.data() + i * width);
    }
    find_centroids(rows, width, Random(options_.seed).split(p + 1),
                   books_.centroids.data() + p * kCentroids * books_.part);
  }

  void encode() {
    const std::size_t parts = books_.parts();
    std::vector<Nearest> nearest;
    for (std::size_t p = 0; p < parts; ++p)
      nearest.emplace_back(books_.centroid(p, 0), books_.width(p));
    for_rows([&](std::size_t row, std::vector<float>& values) {
      read(row, values);
      for (std::size_t p = 0; p < parts; ++p)
        codes_[row * parts + p] = nearest[p].of(values.data() + p * books_.part);
    });
  }

  ProductTable::Norms encode_norms() {
    ProductTable::Norms norms;
    norms.books.dimensions = norms.books.part = 1;
    norms.books.centroids.resize(kCentroids);
    std::vector<float> rows;
    for (const std::uint32_t row : sample_) rows.push_back(lengths_[row]);
    find_centroids(rows, 1, Random(options_.seed).split(0), norms.books.centroids.data());
    norms.codes.resize(table_.rows());
    const Nearest nearest(norms.books.centroids.data(), 1);
    for_rows([&](std::size_t row, std::vector<float>&) {
      norms.codes[row] = nearest.of(&lengths_[row]);
    });
    return norms;
  }

  const RowTable& table_;
  const ProductOptions& options_;
  ThreadPool& pool_;
  Codebooks books_;
  std::vector<std::uint8_t> codes_;
  std::vector<float> lengths_;
  std::vector<std::uint32_t> sample_;
};

}  // namespace

ProductTable quantize_product(const RowTable& table, const ProductOptions& options,
                              ThreadPool& pool) {
  return Quantizer(table, options, pool).run();
}

}  // namespace kindred::static_vectors
