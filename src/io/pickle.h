// Python's pickles as data: nothing in them is run. Tested by pickle_test.cc.
// Format: https://github.com/python/cpython/blob/main/Lib/pickletools.py (protocols 1 to 5)
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kindred::io {

/// The place of a value among those of its Pickle. A value may stand in several others, or in
/// itself: whoever follows places bounds how deep.
using PickleId = std::uint32_t;

struct PickleValue {
  enum class Kind {
    none,
    boolean,  ///< `integer` 0 or 1
    integer,
    number,
    text,        ///< a str or bytes
    tuple,       ///< `items`
    list,        ///< `items`; a set too
    dict,        ///< `items`: key, value, key, value …
    global,      ///< `text` is "module.name"
    call,        ///< `callable` with the tuple `arguments`; `items` as of a dict were put into it
    persistent,  ///< `arguments` is what stands for an object kept elsewhere
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double number = 0.0;
  std::string_view text{};
  std::vector<PickleId> items{};
  PickleId callable = 0;
  PickleId arguments = 0;
};

/// One pickle, read to its end. The state that an object is given after it is made is dropped.
///
/// Threads: immutable; every method may run concurrently.
class Pickle {
 public:
  /// Reads the pickle that `bytes` begin with; its texts are views of them. `allowed`: whether a
  /// global ("module.name") may be named. `origin` names the file in messages. Errors: unsupported
  /// for any other global and for what PyTorch does not write, by name; corrupt; exhausted.
  static Pickle read(std::string_view bytes, const std::string& origin,
                     const std::function<bool(std::string_view global)>& allowed);

  const PickleValue& root() const noexcept { return values_[root_]; }
  const PickleValue& operator[](PickleId id) const noexcept { return values_[id]; }
  const std::vector<PickleValue>& values() const noexcept { return values_; }
  /// How many of the bytes the pickle took.
  std::size_t size() const noexcept { return size_; }

 private:
  Pickle() = default;
  class Machine;

  std::vector<PickleValue> values_;
  std::deque<std::string> names_;  // of globals
  PickleId root_ = 0;
  std::size_t size_ = 0;
};

}  // namespace kindred::io
