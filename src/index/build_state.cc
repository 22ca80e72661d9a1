#include "index/build_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "index/ivf_build.h"
#include "index/segment_file.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "kindred/error.h"

namespace kindred::index {
namespace {

constexpr std::string_view kCentroids = "build-centroids";
constexpr std::string_view kRows = "build-rows";

void save(const std::string& directory, std::string_view name, ByteWriter& out) {
  out.put(io::crc32c(out.bytes()));
  io::write_text_file(io::join_path(directory, name),
                      {reinterpret_cast<const char*>(out.bytes().data()), out.bytes().size()});
}

/// The bytes before the checksum; nothing when the file is missing or damaged.
std::optional<std::string> load(const std::string& directory, std::string_view name) {
  const std::string path = io::join_path(directory, name);
  if (!io::is_file(path)) return std::nullopt;
  std::string text = io::read_text_file(path, std::size_t{4} << 30);
  if (text.size() < 4) return std::nullopt;
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, text.data() + text.size() - 4, 4);
  text.resize(text.size() - 4);
  if (io::crc32c(std::as_bytes(std::span(text))) != checksum) return std::nullopt;
  return text;
}

/// `begin` is where each group of `lists` begins, and where the last ends.
bool are_groups(const std::vector<std::size_t>& begin, std::size_t lists) {
  return begin.size() >= 2 && begin.front() == 0 && begin.back() == lists &&
         std::adjacent_find(begin.begin(), begin.end(), std::greater_equal<>()) == begin.end();
}

}  // namespace

std::uint64_t build_key(const VectorSource& source, const BuildOptions& options, const Plan& plan) {
  ByteWriter out;
  const std::uint64_t rows = source.rows(), d = source.dimension();
  for (const std::uint64_t value :
       {rows, d, static_cast<std::uint64_t>(options.metric),
        static_cast<std::uint64_t>(options.stored), options.seed, std::uint64_t{plan.lists},
        std::uint64_t{plan.sample_rows}, std::uint64_t{plan.partitions}, std::uint64_t{plan.spill}})
    out.put(value);
  // Sources of one shape differ in their vectors: some from all over.
  std::vector<float> vector(d);
  for (std::uint64_t i = 0; i < 16; ++i) {
    source.read(static_cast<std::size_t>(i * (rows - 1) / 15), 1, vector.data());
    out.put_all(std::span<const float>(vector));
  }
  const std::uint32_t first = io::crc32c(out.bytes());
  return std::uint64_t{first} << 32 | io::crc32c(out.bytes(), ~first);
}

void save_centroids(const std::string& directory, std::uint64_t key,
                    const TrainedCentroids& trained) {
  ByteWriter out;
  out.put(key);
  out.put(std::uint64_t{trained.group_begin.size()});
  for (const std::size_t begin : trained.group_begin) out.put(std::uint64_t{begin});
  out.put_all(std::span<const float>(trained.mean));
  out.put_all(std::span<const float>(trained.centroids));
  save(directory, kCentroids, out);
}

std::optional<TrainedCentroids> load_centroids(const std::string& directory, std::uint64_t key,
                                               const Plan& plan, std::size_t dimension) {
  const std::optional<std::string> text = load(directory, kCentroids);
  if (!text) return std::nullopt;
  try {
    ByteReader in(std::as_bytes(std::span(*text)), std::string(kCentroids));
    if (in.get<std::uint64_t>() != key) return std::nullopt;
    TrainedCentroids trained;
    for (const std::uint64_t begin : in.get_all<std::uint64_t>(in.get<std::uint64_t>()))
      trained.group_begin.push_back(static_cast<std::size_t>(begin));
    trained.mean = in.get_all<float>(dimension);
    trained.centroids = in.get_all<float>(plan.lists * dimension);
    if (in.left() != 0 || !are_groups(trained.group_begin, plan.lists)) return std::nullopt;
    return trained;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void save_partition_state(const std::string& directory, std::uint64_t key,
                          const PartitionState& state) {
  ByteWriter out;
  out.put(key);
  out.put(state.rows);
  out.put_all(std::span<const std::uint64_t>(state.bytes));
  out.put_all(std::span<const std::uint32_t>(state.checksums));
  save(directory, kRows, out);
}

std::optional<PartitionState> load_partition_state(const std::string& directory, std::uint64_t key,
                                                   const Plan& plan) {
  const std::optional<std::string> text = load(directory, kRows);
  if (!text) return std::nullopt;
  try {
    ByteReader in(std::as_bytes(std::span(*text)), std::string(kRows));
    if (in.get<std::uint64_t>() != key) return std::nullopt;
    PartitionState state;
    state.rows = in.get<std::uint64_t>();
    const std::size_t files = plan.partitions * (plan.spill ? 2 : 1);
    state.bytes = in.get_all<std::uint64_t>(files);
    state.checksums = in.get_all<std::uint32_t>(files);
    if (in.left() != 0) return std::nullopt;
    return state;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string partition_name(std::size_t partition) {
  return fmt::format("build-part-{:03}", partition);
}

std::string spill_name(std::size_t partition) {
  return fmt::format("build-spill-{:03}", partition);
}

bool is_build_file(std::string_view name) noexcept {
  return name.starts_with("build-");
}

void remove_build_files(const std::string& directory) {
  for (const std::string& name : io::list_directory(directory))
    if (is_build_file(name)) io::remove_file(io::join_path(directory, name));
}

}  // namespace kindred::index
