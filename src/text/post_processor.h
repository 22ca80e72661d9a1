// The last stage of a tokenizer: template tokens, type ids, trimmed offsets.
// Tested by post_processor_test.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kindred/tokenizer.h"
#include "text/json_field.h"

namespace kindred::text {

/// A part of the result: a tokenised text, or tokens that a template adds.
struct Segment {
  Encoding encoding;
  /// The tokens' own texts; filled only where needs_token_texts().
  std::vector<std::string> token_texts;
};

/// Threads: immutable; const methods may run concurrently.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// How many tokens are added to one text, or to a pair.
  virtual std::size_t added_tokens(bool pair) const = 0;
  /// Turns the segments (one or two texts, at first) into those whose concatenation is the result.
  virtual void process(std::vector<Segment>& segments, bool add_special_tokens) const = 0;
  virtual bool needs_token_texts() const { return false; }
};

/// Builds the component that `field` describes. Errors: corrupt; unsupported for an unknown `type`.
std::unique_ptr<const PostProcessor> make_post_processor(const JsonField& field);

}  // namespace kindred::text
