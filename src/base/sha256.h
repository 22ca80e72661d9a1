// SHA-256 (FIPS 180-4), by OpenSSL. Tested by sha256_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kindred {

/// Threads: one at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  /// 64 hex digits. The object is as new after it.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// 64 hex digits.
std::string sha256(std::string_view text);

}  // namespace kindred
