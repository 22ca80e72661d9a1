// A chat template that can be rendered: the part of Jinja that published templates use, with
// transformers' additions (raise_exception, strftime_now, tojson without HTML escapes).
// Templates come from untrusted files: a rendering is bounded in steps, text and depth, and cannot
// touch anything outside of it but the clock. Tested by template_test.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace kindred::text::jinja {

/// Threads: immutable; `render` may run concurrently.
class Template {
 public:
  /// Errors: corrupt for what is no Jinja, unsupported for what Kindred does not have; each with
  /// the line.
  explicit Template(std::string_view source);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  /// Errors: bad_input where the template refuses its input (raise_exception) or does what Python
  /// does not allow; unsupported; exhausted.
  std::string render(const Dict& variables) const;

  /// Its result depends on the day: it asks for the time.
  bool reads_clock() const noexcept { return reads_clock_; }

 private:
  struct Parsed;
  std::unique_ptr<const Parsed> parsed_;
  bool reads_clock_ = false;
};

}  // namespace kindred::text::jinja
