// kindred tokenize: texts to token ids, offsets and tokens.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "encode/text_chunks.h"
#include "encode/word_encoder.h"
#include "kindred/tokenizer.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kRowsAChunk = 16384;
constexpr std::size_t kBytesAChunk = std::size_t{4} << 20;
constexpr std::size_t kRowsAPart = 128;

struct State {
  std::string model;
  TextFlags text;
  int threads = 0;
  bool json = false;
  bool no_truncation = false;
  bool no_special = false;
  std::string words;
  std::optional<std::size_t> max_length;
};

void append_number(std::string& out, std::uint32_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

// Writes the lines of some texts.
class LineWriter {
 public:
  LineWriter(const Tokenizer& tokenizer, bool json) : json_(json) {
    // Spelled once: a lookup and an escape for every token of the input would cost more than the
    // tokens themselves.
    spelled_.resize(tokenizer.vocab_size());
    for (std::size_t id = 0; id < spelled_.size(); ++id) {
      const std::string token = tokenizer.id_to_token(static_cast<std::uint32_t>(id));
      spelled_[id] = json_ ? nlohmann::json(token).dump(-1, ' ', false,
                                                        nlohmann::json::error_handler_t::replace)
                           : token;
    }
  }

  void append(const Encoding& e, std::string& out) const {
    if (json_)
      append_json(e, out);
    else
      append_tokens(e, out, ' ');
    out += '\n';
  }

 private:
  void append_tokens(const Encoding& e, std::string& out, char between) const {
    for (std::size_t t = 0; t < e.ids.size(); ++t) {
      if (t > 0) out += between;
      if (e.ids[t] < spelled_.size()) out += spelled_[e.ids[t]];
    }
  }

  void append_json(const Encoding& e, std::string& out) const {
    out += "{\"ids\":[";
    for (std::size_t t = 0; t < e.ids.size(); ++t) {
      if (t > 0) out += ',';
      append_number(out, e.ids[t]);
    }
    out += "],\"offsets\":[";
    for (std::size_t t = 0; t < e.offsets.size(); ++t) {
      out += t > 0 ? ",[" : "[";
      append_number(out, e.offsets[t].begin);
      out += ',';
      append_number(out, e.offsets[t].end);
      out += ']';
    }
    out += "],\"tokens\":[";
    append_tokens(e, out, ',');
    out += "]}";
  }

  bool json_;
  std::vector<std::string> spelled_;
};

void run(const State& s) {
  const Tokenizer tokenizer = encode::open_tokenizer(s.model, s.words);
  const int threads = threads_or_environment(s.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  TokenizeOptions options;
  options.add_special_tokens = !s.no_special;
  options.max_length = s.max_length;
  if (s.no_truncation) options.max_length = TokenizeOptions::kNoTruncation;
  const LineWriter writer(tokenizer, s.json);

  encode::TextChunks chunks(s.text.source, kRowsAChunk, kBytesAChunk);
  std::vector<std::string> parts;
  while (true) {
    const std::vector<std::string_view>& texts = chunks.next();
    if (texts.empty()) return;
    parts.resize((texts.size() + kRowsAPart - 1) / kRowsAPart);
    pool.run(parts.size(), [&](std::size_t part, int) {
      parts[part].clear();
      const std::size_t end = std::min((part + 1) * kRowsAPart, texts.size());
      for (std::size_t row = part * kRowsAPart; row < end; ++row)
        writer.append(tokenizer.encode(texts[row], options), parts[part]);
    });
    for (const std::string& part : parts) write_out(part);
  }
}

}  // namespace

Command tokenize_command() {
  auto s = std::make_shared<State>();
  s->text.source.path = "-";
  Command c;
  c.name = "tokenize";
  c.summary = "the tokens of each text, exactly as the model sees them";
  c.description =
      "Writes one line a text: its tokens with spaces between them, or with --json an object of "
      "'ids', 'offsets' (pairs of begin and end in characters of the text; 0,0 for tokens that the "
      "template added) and 'tokens'. Ids and offsets are those of Hugging Face tokenizers.";
  c.arguments = {
      argument("MODEL",
               "model directory, tokenizer.json, vocab.txt, GGUF file or file of word vectors",
               &s->model)
          .must_be_given()
          .completed_by(Completes::model),
      argument("FILE", "texts; '-' is standard input (the default)", &s->text.source.path)
          .completed_by(Completes::file)};
  auto& flags = c.group("Output").flags;
  flags.push_back(toggle("--json", "a JSON object a line", &s->json));
  flags.push_back(toggle("--no-truncation", "keep all tokens of long texts", &s->no_truncation));
  flags.push_back(
      flag("--max-length", "TOKENS", "longest line, template tokens included", &s->max_length)
          .shown_default("what the tokenizer's file says")
          .not_with({"no-truncation"}));
  flags.push_back(toggle("--no-special-tokens", "without the template's tokens", &s->no_special));
  flags.push_back(flag("--words", "HOW", "of word vectors: what a text's words are", &s->words)
                      .one_of({"auto", "spaces", "unicode"})
                      .shown_default("spaces where the file has n-grams, else auto"));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->threads));
  s->text.add(c);
  c.examples = {
      {"see how a word is cut", "echo 'unbelievably cheap' | kindred tokenize MODEL"},
      {"a column, for a comparison with another tokenizer",
       "kindred tokenize MODEL products.csv -c title --json --no-truncation > tokens.jsonl"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
