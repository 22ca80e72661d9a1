#include "model/model_card.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"

namespace kindred::model {
namespace {

/// A double-quoted scalar: JSON's are YAML's.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// "owner/name", as hubs name models and sets; no path of this machine.
bool is_hub_name(const std::string& name) {
  if (io::is_file(name) || io::is_directory(name)) return false;
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) return false;
  if (name.find('/', slash + 1) != std::string::npos || name.starts_with('.')) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.';
  });
}

/// The last part of a path: what a reader elsewhere can make something of.
std::string public_name(std::string name) {
  if (is_hub_name(name)) return name;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  return name.substr(name.rfind('/') + 1);
}

std::string cell(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

/// A fence longer than any in the text.
std::string fenced(const std::string& text, const char* language) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}{}\n{}{}{}\n", fence, language, text, text.ends_with('\n') ? "" : "\n",
                     fence);
}

void append_list(std::string& yaml, const char* key, const std::vector<std::string>& items) {
  if (items.empty()) return;
  yaml += fmt::format("{}:\n", key);
  for (const std::string& item : items) yaml += fmt::format("- {}\n", quoted(item));
}

std::string front_matter(const ModelCard& card) {
  std::string yaml =
      "---\nlibrary_name: sentence-transformers\npipeline_tag: sentence-similarity\n";
  append_list(yaml, "tags",
              {"sentence-transformers", "sentence-similarity", "feature-extraction", "kindred"});
  append_list(yaml, "language", card.languages);
  if (!card.licence.empty()) yaml += fmt::format("license: {}\n", quoted(card.licence));
  if (is_hub_name(card.base)) yaml += fmt::format("base_model: {}\n", quoted(card.base));
  std::vector<std::string> sets;
  for (const CardData& data : card.data)
    if (is_hub_name(data.name)) sets.push_back(data.name);
  append_list(yaml, "datasets", sets);
  return yaml + "---\n\n";
}

std::string description(const ModelCard& card) {
  const ModelInfo& info = card.info;
  std::string text =
      fmt::format("Maps a text to {} dimensions{}, compared by {}.\n\n", info.dimensions,
                  info.normalize ? " of length 1" : "", info.similarity);
  text += "| | |\n|---|---|\n";
  const auto row = [&](const char* what, const std::string& value) {
    if (!value.empty()) text += fmt::format("| {} | {} |\n", what, cell(value));
  };
  row("trained from", card.base.empty() ? "" : public_name(card.base));
  row("family", info.family);
  row("parameters", std::to_string(info.parameters));
  row("longest text", info.max_length == 0 ? "" : fmt::format("{} tokens", info.max_length));
  row("pooling", info.include_prompt ? info.pooling : info.pooling + ", the prompt left out");
  row("attention",
      !info.causal                 ? ""
      : card.bidirectional.empty() ? "causal"
      : card.bidirectional == "all"
          ? "in both directions"
          : fmt::format("causal; in both directions in the layers {}", card.bidirectional));
  for (const auto& [name, prompt] : info.prompts)
    row(fmt::format("prompt \"{}\"", cell(name)).c_str(), fmt::format("`{}`", prompt));
  return text + "\n";
}

std::string attention_note(const ModelCard& card) {
  if (!card.info.causal || card.bidirectional.empty()) return "";
  if (card.bidirectional == "all") {
    return "The model was made from a causal one and sees in both directions "
           "(`is_causal: false` in config.json). transformers honours that from 5.2 on; earlier "
           "versions say nothing and give other vectors.\n\n";
  }
  return "Some of the model's layers see in both directions (`kindred_attention` in config.json). "
         "transformers has no setting for single layers and would give other vectors: use the "
         "model "
         "with Kindred.\n\n";
}

std::string usage(const ModelCard& card) {
  const bool some_layers =
      card.info.causal && !card.bidirectional.empty() && card.bidirectional != "all";
  std::string text = "## Use\n" + attention_note(card);
  text += fenced("kindred embed DIRECTORY texts.txt -o vectors.npy\n", "sh") + "\n";
  if (some_layers) return text;
  const bool query = card.info.prompts.contains("query");
  text += fenced(fmt::format("from sentence_transformers import SentenceTransformer\n\n"
                             "model = SentenceTransformer(\"DIRECTORY\")\n"
                             "vectors = model.encode([\"a text\", \"another\"]{})\n",
                             query ? ", prompt_name=\"query\"" : ""),
                 "python");
  return text + "\n";
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "";
}

std::string training(const ModelCard& card) {
  std::string text;
  if (!card.data.empty()) {
    text += "## Data\n| set | rows | |\n|---|---|---|\n";
    for (const CardData& data : card.data)
      text += fmt::format("| {} | {} | {} |\n", cell(public_name(data.name)),
                          data.rows ? std::to_string(*data.rows) : "", cell(data.about));
    text += "\n";
  }
  if (!card.metrics.empty()) {
    text += "## Measured\n| | before | after |\n|---|---|---|\n";
    for (const CardMetric& metric : card.metrics)
      text += fmt::format("| {} | {} | {} |\n", cell(metric.name), number(metric.before),
                          number(metric.after));
    text += "\n";
  }
  if (!card.recipe.empty()) text += "## Recipe\n" + fenced(card.recipe, "toml") + "\n";
  return text;
}

}  // namespace

std::string to_markdown(const ModelCard& card) {
  std::string text = front_matter(card);
  text += fmt::format("# {}\n\n", cell(card.name.empty() ? "Model" : card.name));
  text += description(card) + usage(card) + training(card);
  if (!card.notes.empty()) {
    text += "## To know\n";
    for (const std::string& note : card.notes) text += fmt::format("- {}\n", cell(note));
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace kindred::model
