#include "io/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/error.h"

namespace kindred::io {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kGzip = "\x1F\x8B"sv;
constexpr std::string_view kZstandard = "\x28\xB5\x2F\xFD"sv;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits

class Gzip final : public Decompressor {
 public:
  explicit Gzip(std::string name) : Decompressor(std::move(name)) {
    constexpr int kWithGzipHeader = 15 + 16;
    if (inflateInit2(&stream_, kWithGzipHeader) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }

 private:
  Step step(std::string_view in, std::span<char> out) override {
    if (between_) {
      const std::size_t padding = std::min(in.find_first_not_of('\0'), in.size());
      if (padding > 0 || in.empty()) return {.read = padding, .ended = true};
      inflateReset(&stream_);
      between_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMostAtOnce));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min(out.size(), kMostAtOnce));
    const uInt had = stream_.avail_in, room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    between_ = result == Z_STREAM_END;
    Step done{had - stream_.avail_in, room - stream_.avail_out, between_};
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      done.damage = stream_.msg ? stream_.msg : "not gzip";
    return done;
  }

  z_stream stream_ = {};
  bool between_ = false;  // members, or behind the last
};

class Zstandard final : public Decompressor {
 public:
  explicit Zstandard(std::string name)
      : Decompressor(std::move(name)), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

 private:
  Step step(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream_.get(), &to, &from);
    Step done{from.pos, to.pos, result == 0};
    if (ZSTD_isError(result)) done.damage = ZSTD_getErrorName(result);
    return done;
  }

  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::of(std::string_view head, const std::string& name) {
  if (head.starts_with(kGzip)) return std::make_unique<Gzip>(name);
  if (head.starts_with(kZstandard)) return std::make_unique<Zstandard>(name);
  return nullptr;
}

std::size_t Decompressor::run(std::string_view& in, std::span<char> out) {
  while (!in.empty() || full_) {
    const Step done = step(in, out);
    if (done.damage)
      fail(ErrorKind::corrupt,
           "{}: what is compressed in it is damaged ({}); fetch or make it anew", name_,
           done.damage);
    in.remove_prefix(done.read);
    full_ = done.wrote == out.size();
    if (done.read > 0 || done.wrote > 0) complete_ = done.ended;
    if (done.wrote > 0) return done.wrote;
    if (done.read == 0) break;
  }
  return 0;
}

}  // namespace kindred::io
