#include "static_vectors/training_state.h"

#include <cstring>
#include <span>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "io/mapped_file.h"

namespace kindred::static_vectors {
namespace {

constexpr std::string_view kMagic = "KNDTRST1";
constexpr std::size_t kBlock = std::size_t{1} << 22;

std::string head_of(const std::string& key, const TrainingState& state) {
  io::ByteWriter out;
  for (const char c : kMagic) out.number(c);
  for (const char c : key) out.number(c);
  out.number(state.next);
  out.number(static_cast<std::uint64_t>(state.epochs.size()));
  for (const TrainingTally& epoch : state.epochs) {
    out.number(epoch.words);
    out.number(epoch.loss);
    out.number(epoch.measured);
  }
  return out.take();
}

std::span<const std::byte> bytes_of(const Parameters& matrix) {
  return std::as_bytes(std::span(matrix.data(), matrix.size()));
}

}  // namespace

void save_training(const std::string& path, const std::string& key, const TrainingState& state,
                   const Parameters& input, const Parameters& output) {
  auto file = io::AtomicFile::create(path);
  std::uint32_t crc = 0;
  const auto write = [&](std::span<const std::byte> bytes) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(kBlock, bytes.size()))) {
      const auto block = bytes.first(std::min(kBlock, bytes.size()));
      crc = io::crc32c(block, crc);
      file.write(block);
    }
  };
  const std::string head = head_of(key, state);
  write(io::as_bytes(head));
  write(bytes_of(input));
  write(bytes_of(output));
  file.write(std::as_bytes(std::span(&crc, 1)));
  file.commit();
}

bool load_training(const std::string& path, const std::string& key, TrainingState& state,
                   Parameters& input, Parameters& output) {
  if (!io::is_file(path)) return false;
  const auto file = io::MappedFile::open(path);
  const std::string head = head_of(key, state);
  const std::size_t fixed = kMagic.size() + key.size();
  if (file->text().substr(0, fixed) != std::string_view(head).substr(0, fixed)) return false;
  const std::size_t expected =
      head.size() + bytes_of(input).size() + bytes_of(output).size() + sizeof(std::uint32_t);
  const auto damaged = [&] {
    fail(ErrorKind::corrupt, "{} is damaged; remove its directory and train anew", path);
  };
  if (file->size() != expected) damaged();
  std::uint32_t crc = 0;
  std::memcpy(&crc, file->data() + expected - sizeof(crc), sizeof(crc));
  if (crc != io::crc32c(file->bytes().first(expected - sizeof(crc)))) damaged();
  io::ByteReader in(file->text(), path);
  (void)in.take(fixed);
  state.next = in.number<std::uint64_t>();
  if (in.number<std::uint64_t>() != state.epochs.size()) damaged();
  for (TrainingTally& epoch : state.epochs) {
    epoch.words = in.number<std::uint64_t>();
    epoch.loss = in.number<double>();
    epoch.measured = in.number<double>();
  }
  for (Parameters* matrix : {&input, &output}) {
    const std::string_view values = in.take(bytes_of(*matrix).size());
    std::memcpy(matrix->data(), values.data(), values.size());
  }
  return true;
}

}  // namespace kindred::static_vectors
