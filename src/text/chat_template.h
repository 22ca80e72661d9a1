// Texts wrapped by a model's chat template, as sentence-transformers wraps them: the text is a
// user's message, the prompt a system message before it. Tested by chat_template_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "text/jinja/template.h"
#include "text/tokenizer_config.h"

namespace kindred::text {

/// A template and what it is rendered with.
struct ChatSource {
  std::string origin;      ///< the file, for messages
  std::string source;      ///< Jinja
  bool structured = true;  ///< a message's content is a list of parts, not a string
  /// Beside messages, tools, documents and add_generation_prompt: the special tokens by name, and
  /// what the model's own settings add.
  nlohmann::ordered_json variables = nlohmann::ordered_json::object();
  bool restore_suffix = true;  ///< see Wrapper in encode/tokenised.h
};

/// The template of a directory: chat_template.jinja and additional_chat_templates/*.jinja, else
/// `chat_template` of tokenizer_config.json; the one named "default" of several. Nothing where
/// there is none. `model_type` is config.json's; `format` is "flat", "structured" or "auto".
/// Errors: corrupt; unsupported where several have no default.
std::optional<ChatSource> read_chat_template(const std::string& folder,
                                             const std::string& model_type,
                                             const std::string& format);

/// Threads: immutable.
class ChatTemplate {
 public:
  /// Errors: those of jinja::Template.
  explicit ChatTemplate(const ChatSource& source);

  /// `prompt` may be empty: then there is no system message. Errors: those of
  /// jinja::Template::render, with the template's file.
  std::string wrap(std::string_view prompt, std::string_view text) const;
  bool reads_clock() const noexcept { return template_.reads_clock(); }

 private:
  std::string origin_;
  bool structured_;
  jinja::Dict variables_;
  jinja::Template template_;
};

}  // namespace kindred::text
