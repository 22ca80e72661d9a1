// kindred tokens: the vectors of single tokens, and of a marked word in its context.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/tokens_against.h"
#include "encode/marked_text.h"
#include "encode/nearest.h"
#include "io/vector_writer.h"

namespace kindred::cli {
namespace {

struct State {
  ModelFlags model;
  std::vector<std::string> texts;
  std::string layer;
  std::string output;
  std::string against;
  std::size_t neighbours = 8;
  bool with_static = false;
  bool json = false;
};

struct Word {
  encode::MarkedText marked;
  std::vector<float> contextual;
  std::vector<float> fixed;  ///< from the word-embedding table
  std::vector<float> word;   ///< of the word vectors, with --against
};

// Fills a terminal's columns: CJK characters are two wide.
std::string padded(const std::string& text, std::size_t width) {
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) columns += byte >= 0xE3 && byte < 0xF0 ? 2 : 1;
  }
  return columns < width ? text + std::string(width - columns, ' ') : text;
}

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return encode::cosine(a.data(), b.data(), a.size());
}

nlohmann::ordered_json pairwise(const std::vector<Word>& words, std::vector<float> Word::*vector) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Word& a : words) {
    nlohmann::ordered_json row = nlohmann::ordered_json::array();
    for (const Word& b : words) row.push_back(cosine(a.*vector, b.*vector));
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_table(const char* title, const std::vector<Word>& words,
                 std::vector<float> Word::*vector) {
  print("{}\n      ", title);
  for (std::size_t b = 0; b < words.size(); ++b) print("{}  [{:>2}]", b > 0 ? "  " : "", b + 1);
  print("\n");
  for (std::size_t a = 0; a < words.size(); ++a) {
    print(" [{:>2}] ", a + 1);
    for (const Word& b : words) print(" {:>6.3f} ", cosine(words[a].*vector, b.*vector));
    print(" {}\n", words[a].marked.word);
  }
}

void write_vectors(const std::string& path, const std::vector<float>& values,
                   std::size_t dimensions) {
  io::VectorWriterOptions options;
  options.dimensions = dimensions;
  const auto writer = io::VectorWriter::create(path, options);
  writer->append(std::as_bytes(std::span(values)));
  writer->finish();
}

std::vector<StaticView> views_of(const State& s, const Encoder& encoder, std::vector<Word>& words) {
  std::vector<encode::MarkedText> texts;
  std::vector<std::vector<float>> contextual;
  for (const Word& word : words) {
    texts.push_back(word.marked);
    contextual.push_back(word.contextual);
  }
  std::vector<StaticView> views =
      static_views(s.against, texts, contextual, encoder, s.model.encode, s.neighbours,
                   threads_or_environment(s.model.options.threads));
  for (std::size_t i = 0; i < words.size(); ++i) words[i].word = views[i].vector;
  return views;
}

void run_words(const State& s, const Encoder& encoder, std::vector<encode::MarkedText> marked) {
  std::vector<Word> words;
  std::vector<float> all;
  for (encode::MarkedText& text : marked) {
    if (!text.span)
      fail(ErrorKind::bad_input, "'{}': mark a word by [[ ]] in every text", text.text);
    const TokenVectors contextual = encoder.encode_tokens(text.text, s.model.encode);
    const TokenVectors fixed = encoder.static_token_vectors(text.text, s.model.encode);
    Word word;
    word.contextual = encode::word_vector(contextual, *text.span);
    word.fixed = encode::word_vector(fixed, *text.span);
    word.marked = std::move(text);
    const std::vector<float>& shown = s.with_static ? word.fixed : word.contextual;
    all.insert(all.end(), shown.begin(), shown.end());
    words.push_back(std::move(word));
  }
  if (!s.output.empty()) write_vectors(s.output, all, all.size() / words.size());
  std::vector<StaticView> views;
  if (!s.against.empty()) views = views_of(s, encoder, words);
  if (s.json) {
    nlohmann::ordered_json listed = nlohmann::ordered_json::array();
    for (const Word& word : words)
      listed.push_back({{"text", word.marked.text},
                        {"word", word.marked.word},
                        {"span", {word.marked.span->begin, word.marked.span->end}}});
    nlohmann::ordered_json object = {{"words", listed},
                                     {"contextual", pairwise(words, &Word::contextual)},
                                     {"static", pairwise(words, &Word::fixed)}};
    if (!views.empty()) {
      object["against"] = pairwise(words, &Word::word);
      object["neighbours"] = to_json(views);
    }
    print_json(object);
    return;
  }
  for (std::size_t i = 0; i < words.size(); ++i)
    print(" [{:>2}] {}  {}\n", i + 1, padded(words[i].marked.word, 12), words[i].marked.text);
  print("\n");
  print_table("cosine of the words in their contexts:", words, &Word::contextual);
  print("\n");
  if (views.empty()) {
    print_table("cosine of the same words without context (word-embedding table):", words,
                &Word::fixed);
    return;
  }
  print_table(fmt::format("cosine of the words in {}:", s.against).c_str(), words, &Word::word);
  print_views(views);
}

void run_tokens(const State& s, const Encoder& encoder,
                const std::vector<encode::MarkedText>& texts) {
  std::vector<float> all;
  std::size_t dimensions = 0;
  for (const encode::MarkedText& text : texts) {
    const TokenVectors tokens = s.with_static
                                    ? encoder.static_token_vectors(text.text, s.model.encode)
                                    : encoder.encode_tokens(text.text, s.model.encode);
    dimensions = tokens.dimensions;
    all.insert(all.end(), tokens.values.begin(), tokens.values.end());
    for (std::size_t t = 0; t < tokens.ids.size(); ++t) {
      const float* vector = tokens.values.data() + t * dimensions;
      if (s.json) {
        const nlohmann::ordered_json object = {
            {"token", tokens.tokens[t]},
            {"id", tokens.ids[t]},
            {"offsets", {tokens.offsets[t].begin, tokens.offsets[t].end}},
            {"special", tokens.special[t] != 0},
            {"vector", std::vector<float>(vector, vector + dimensions)}};
        print_json(object);
        continue;
      }
      print("{:>8}  {:>4}-{:<4} {} {:>8.4f} {:>8.4f} {:>8.4f} … ({} values)\n", tokens.ids[t],
            tokens.offsets[t].begin, tokens.offsets[t].end, padded(tokens.tokens[t], 16), vector[0],
            dimensions > 1 ? vector[1] : 0.0F, dimensions > 2 ? vector[2] : 0.0F, dimensions);
    }
  }
  if (!s.output.empty()) write_vectors(s.output, all, dimensions);
}

void run(State& s) {
  if (!s.layer.empty()) s.model.options.layers = s.layer;
  const Encoder encoder = s.model.open();
  std::vector<encode::MarkedText> texts;
  bool marked = false;
  for (const std::string& text : s.texts) {
    texts.push_back(encode::parse_marked(text));
    marked = marked || texts.back().span.has_value();
  }
  if (!marked && !s.against.empty())
    fail(ErrorKind::bad_input, "--against compares words: mark one by [[ ]] in every text");
  if (marked)
    run_words(s, encoder, std::move(texts));
  else
    run_tokens(s, encoder, texts);
}

}  // namespace

Command tokens_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "tokens";
  c.summary = "vectors of single tokens, or of a word in its context";
  c.description =
      "Prints the vector of each token of the texts, before pooling. A word marked by [[ ]] in "
      "each "
      "text is compared across the texts instead: the mean of its tokens' vectors in that context, "
      "and beside it the same word's rows of the word-embedding table, which know no context. So "
      "the two meanings of a word are told apart.\n\n"
      "With --against, the table is that of a file of word vectors (Word2Vec, GloVe, fastText), "
      "and "
      "beside it stand the words nearest to the word's one vector, and, of the 50 nearest, those "
      "that each place draws: whose vectors, each word as a text of its own, are nearer to this "
      "place than to the average of the places.";
  s->model.add_argument(c);
  c.arguments.push_back(
      argument("TEXT", "texts; a word may be marked in each: 'I ate an [[apple]]'", &s->texts)
          .must_be_given());
  auto& flags = c.group("Output").flags;
  flags.push_back(flag("--layer", "N", "which hidden state; 0 is the embedding layer", &s->layer)
                      .shown_default("the last")
                      .not_with({"layers", "static"}));
  flags.push_back(toggle("--static", "rows of the word-embedding table instead", &s->with_static));
  flags.push_back(
      flag("--against", "FILE", "compare marked words with these word vectors", &s->against)
          .completed_by(Completes::file)
          .not_with({"static"}));
  flags.push_back(
      flag("--neighbours", "K", "of --against: how many words are listed", &s->neighbours));
  flags.push_back(flag("-o,--output", "OUT",
                       "also write the vectors: .npy, .safetensors, .jsonl or .fvecs", &s->output)
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(toggle("--json", "print JSON", &s->json));
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {{"two meanings of 苹果",
                 "kindred tokens multilingual-e5-small '我吃了一个[[苹果]]' '[[苹果]]发布了新手机' "
                 "'我买了一斤[[苹果]]和香蕉'"},
                {"beside the one vector that GloVe has for a word",
                 "kindred tokens multilingual-e5-small --layer 6 --against glove.txt 'the [[bank]] "
                 "of the river' 'money in the [[bank]]'"},
                {"every token of a title", "kindred tokens MODEL 'red running shoes' --json"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
