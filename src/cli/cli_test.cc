// The built program from end to end on small models.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/vector_reader.h"
#include "kindred/error.h"

namespace kindred {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kModel = std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-dense";

struct Outcome {
  int status = -1;  ///< negative: the signal that ended it
  std::string out;
  std::string err;
};

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "kindred_cli_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    io::write_text_file(path(name), text);
    return path(name);
  }
  static std::string read(const std::string& file) { return io::read_text_file(file); }

  pid_t start(std::vector<std::string> words) const {
    words.insert(words.begin(), KINDRED_PROGRAM);
    const pid_t child = fork();
    if (child != 0) return child;
    const int in = open((folder_ + "/stdin").c_str(), O_RDONLY);
    dup2(in >= 0 ? in : open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(open((folder_ + "/stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open((folder_ + "/stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  Outcome finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read(folder_ + "/stdout"),
            read(folder_ + "/stderr")};
  }

  Outcome run(const std::vector<std::string>& words) const { return finish(start(words)); }

  // Runs and expects success.
  std::string ok(const std::vector<std::string>& words) const {
    const Outcome o = run(words);
    EXPECT_EQ(o.status, 0) << testing::PrintToString(words) << "\n" << o.err;
    return o.out;
  }

  std::vector<float> vectors(const std::string& file, std::size_t* rows = nullptr) const {
    const io::VectorReader reader = io::VectorReader::open(file);
    if (rows) *rows = reader.rows();
    std::vector<float> values(reader.rows() * reader.dimensions());
    reader.read_rows(0, reader.rows(), values.data());
    return values;
  }

  static std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      for (int w = 0; w < 1 + i % 9; ++w) text += "t" + std::to_string(3 + (i * 11 + w) % 90) + " ";
      text += "\n";
    }
    return text;
  }

  std::string folder_;
};

TEST_F(Cli, OneRowForEachRowEmptyOnesIncluded) {
  const std::string texts = write("texts.txt", "t5 t6\n\nt7\n");
  std::size_t rows = 0;
  for (const char* name : {"out.npy", "out.safetensors", "out.jsonl"}) {
    ok({"embed", kModel, texts, "-o", path(name)});
    EXPECT_EQ(vectors(path(name), &rows), vectors(path("out.npy")));
    EXPECT_EQ(rows, 3U);
  }
  ok({"embed", kModel, write("none.txt", ""), "-o", path("none.npy")});
  (void)vectors(path("none.npy"), &rows);
  EXPECT_EQ(rows, 0U);
}

TEST_F(Cli, ColumnsAndPipesGiveTheSameBytes) {
  ok({"embed", kModel, write("a.txt", "t5 t6\nt7 t8\n"), "-o", path("a.npy")});
  const std::string expected = read(path("a.npy"));
  ok({"embed", kModel, write("a.csv", "id,title\n1,\"t5 t6\"\n2,t7 t8\n"), "-c", "title", "-o",
      path("csv.npy")});
  ok({"embed", kModel, write("a.tsv", "title\tid\nt5 t6\t1\nt7 t8\t2\n"), "--column", "title", "-o",
      path("tsv.npy")});
  ok({"embed", kModel, write("a.jsonl", "{\"t\":\"t5 t6\"}\n{\"t\":\"t7 t8\"}\n"), "-c", "t", "-o",
      path("jsonl.npy")});
  write("stdin", "t5 t6\nt7 t8\n");
  ok({"embed", kModel, "-", "-o", path("pipe.npy")});
  ok({"embed", kModel, "-o", path("pipe2.npy")});
  for (const char* name : {"csv.npy", "tsv.npy", "jsonl.npy", "pipe.npy", "pipe2.npy"})
    EXPECT_EQ(read(path(name)), expected) << name;
}

TEST_F(Cli, ShardsConcatenatedAreTheWhole) {
  const std::string texts = write("texts.txt", lines(101));
  ok({"embed", kModel, texts, "-o", path("whole.npy")});
  std::vector<float> joined;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    ok({"embed", kModel, texts, "-o", path("part.npy"), "--shard", shard});
    const std::vector<float> part = vectors(path("part.npy"));
    joined.insert(joined.end(), part.begin(), part.end());
  }
  EXPECT_EQ(joined, vectors(path("whole.npy")));
  EXPECT_EQ(run({"embed", kModel, texts, "-o", path("x.npy"), "--shard", "0/3"}).status, 2);
  EXPECT_EQ(run({"embed", kModel, "-", "-o", path("x.npy"), "--shard", "1/3"}).status, 2);
}

// Kills (or interrupts) a job once it has noted that part of it is on the disk; returns false when
// it was too fast.
bool stop_midway(pid_t child, const std::string& partial, int signal) {
  constexpr std::size_t kFirstLine = 18;  // of the state; a note or an empty line follows
  for (int i = 0; i < 20000; ++i) {
    std::string state;
    if (io::is_file(partial + ".key")) {
      try {
        state = io::read_text_file(partial + ".key");
      } catch (const Error&) {
        // it is being replaced
      }
    }
    if (state.size() > kFirstLine && state[kFirstLine] != '\n') {
      kill(child, signal);
      return true;
    }
    siginfo_t ended = {};
    waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid == child) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return false;
}

TEST_F(Cli, GoesOnAfterAKillWithTheSameBytes) {
  const std::string texts = write("texts.txt", lines(60000));
  const std::vector<std::string> words = {"embed", kModel, texts, "-o", path("out.npy"), "-t", "1"};
  std::vector<std::string> whole = words;
  whole[4] = path("whole.npy");
  ok(whole);
  for (const int signal : {SIGKILL, SIGINT}) {
    fs::remove(path("out.npy"));
    const pid_t child = start(words);
    ASSERT_TRUE(stop_midway(child, path("out.npy.partial"), signal)) << "the job ended too early";
    const Outcome stopped = finish(child);
    EXPECT_EQ(stopped.status, signal == SIGINT ? 130 : -SIGKILL) << stopped.err;
    EXPECT_FALSE(fs::exists(path("out.npy")));
    std::vector<std::string> again = words;
    again.push_back("--json");
    const nlohmann::json summary = nlohmann::json::parse(ok(again));
    EXPECT_EQ(summary["rows"], 60000);
    EXPECT_GT(summary["resumed"], 0);
    EXPECT_EQ(read(path("out.npy")), read(path("whole.npy")));
  }
}

TEST_F(Cli, AnotherJobIsNotMixedIn) {
  const std::string texts = write("texts.txt", lines(60000));
  const pid_t child = start({"embed", kModel, texts, "-o", path("out.npy"), "-t", "1"});
  ASSERT_TRUE(stop_midway(child, path("out.npy.partial"), SIGKILL)) << "the job ended too early";
  (void)finish(child);
  const nlohmann::json summary = nlohmann::json::parse(
      ok({"embed", kModel, texts, "-o", path("out.npy"), "--prompt", "query", "--json"}));
  EXPECT_EQ(summary["resumed"], 0);
  ok({"embed", kModel, texts, "-o", path("fresh.npy"), "--prompt", "query"});
  EXPECT_EQ(read(path("out.npy")), read(path("fresh.npy")));
}

TEST_F(Cli, FlagsOfEmbed) {
  const std::string texts = write("texts.txt", lines(50));
  const auto embed = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"embed", kModel, texts, "-o", path("out.npy")});
    ok(more);
    return vectors(path("out.npy"));
  };
  const std::vector<float> plain = embed({});
  EXPECT_EQ(embed({"--threads", "3", "--batch-tokens", "40"}), plain);
  EXPECT_NE(embed({"--prompt", "query"}), plain);
  EXPECT_EQ(embed({"--prompt-text", "t11 t12 "}), embed({"--prompt", "query"}));
  EXPECT_NE(embed({"--no-normalize"}), plain);
  EXPECT_NE(embed({"--max-length", "4"}), plain);
  EXPECT_EQ(embed({"--dimensions", "7"}).size(), 50U * 7);
  EXPECT_NE(embed({"--pooling", "max+last"}), plain);
  EXPECT_NE(embed({"--precision", "int8"}), plain);
  EXPECT_NE(embed({"--layers", "0"}), plain);
}

TEST_F(Cli, StoredTypesAndCalibration) {
  const std::string texts = write("texts.txt", lines(50));
  EXPECT_EQ(run({"embed", kModel, texts, "-o", path("a.npy"), "--output-type", "int8"}).status, 2);
  ok({"embed", kModel, texts, "--calibrate", path("ranges.json")});
  for (const char* type : {"int8", "uint8", "binary", "ubinary", "float16"}) {
    ok({"embed", kModel, texts, "-o", path("a.safetensors"), "--output-type", type, "--calibration",
        path("ranges.json")});
    EXPECT_EQ(io::to_string(io::VectorReader::open(path("a.safetensors")).type()), type);
  }
  const Outcome other = run({"embed", kModel, texts, "-o", path("b.npy"), "--output-type", "int8",
                             "--calibration", path("ranges.json"), "--prompt", "query"});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("fingerprint"));
}

TEST_F(Cli, SummarySaysWhatWasCut) {
  const std::string texts = write(
      "texts.txt", "t5\n" + [] {
        std::string longer;
        for (int i = 0; i < 60; ++i) longer += "t9 ";
        return longer;
      }() + "\n");
  const nlohmann::json s =
      nlohmann::json::parse(ok({"embed", kModel, texts, "-o", path("o.npy"), "--json"}));
  EXPECT_EQ(s["rows"], 2);
  EXPECT_EQ(s["truncated"], 1);
  EXPECT_EQ(s["tokens"], 3 + 38);
  EXPECT_EQ(s["dimensions"], 20);
  EXPECT_EQ(s["fingerprint"].get<std::string>().size(), 64U);
  const Outcome o = run({"embed", kModel, texts, "-o", path("o.npy"), "--long", "error"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("row 1"));
}

TEST_F(Cli, ErrorsAreOneLineAndAStatus) {
  const std::string texts = write("t.txt", "t5\n");
  const auto expect = [&](int status, const std::string& start_of, std::vector<std::string> words) {
    const Outcome o = run(words);
    EXPECT_EQ(o.status, status) << testing::PrintToString(words) << o.err;
    EXPECT_THAT(o.err, StartsWith("kindred: " + start_of + ": "));
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
    EXPECT_EQ(o.out, "");
  };
  expect(2, "bad input", {"embedd"});
  expect(2, "bad input", {"embed", kModel, texts});
  expect(2, "bad input", {"embed", kModel, texts, "-o", path("x.txt")});
  expect(2, "bad input", {"embed", kModel, texts, "-o", path("x.npy"), "--pooling", "median"});
  expect(2, "bad input", {"embed", kModel, texts, "-o", path("x.npy"), "--precision", "fp8"});
  expect(3, "not found", {"embed", kModel + "-not", texts, "-o", path("x.npy")});
  expect(3, "not found", {"embed", kModel, path("none.txt"), "-o", path("x.npy")});
  expect(3, "not found", {"embed", kModel, texts, "-o", path("no/folder/x.npy")});
  expect(3, "not found", {"embed", kModel, texts, "-o", path("x.npy"), "--prompt", "none"});
  expect(4, "corrupt", {"tokenize", write("tokenizer.json", "{"), texts});
  EXPECT_FALSE(fs::exists(path("x.npy")));
}

TEST_F(Cli, EnvironmentIsRead) {
  const std::string texts = write("t.txt", "t5\n");
  setenv("KINDRED_THREADS", "many", 1);
  const Outcome threads = run({"embed", kModel, texts, "-o", path("x.npy")});
  setenv("KINDRED_THREADS", "2", 1);
  setenv("KINDRED_ISA", "scalar", 1);
  ok({"embed", kModel, texts, "-o", path("scalar.npy")});
  setenv("KINDRED_ISA", "mmx", 1);
  const Outcome isa = run({"embed", kModel, texts, "-o", path("x.npy")});
  unsetenv("KINDRED_THREADS");
  unsetenv("KINDRED_ISA");
  EXPECT_EQ(threads.status, 2);
  EXPECT_EQ(isa.status, 2);
  EXPECT_THAT(isa.err, HasSubstr("mmx"));
}

TEST_F(Cli, TheInstructionSetHoldsForEveryKernelOfEveryCommand) {
  setenv("KINDRED_ISA", "scalar", 1);
  const nlohmann::json here = nlohmann::json::parse(ok({"version", "--json"}));
  setenv("KINDRED_ISA", "mmx", 1);
  const Outcome index = run({"index", "stats", path("none")});
  unsetenv("KINDRED_ISA");
  EXPECT_EQ(here["isa"], "scalar");
  for (const nlohmann::json& kernel : here["kernels"]) EXPECT_EQ(kernel["isa"], "scalar");
  EXPECT_EQ(index.status, 2);
  EXPECT_THAT(index.err, HasSubstr("mmx"));
}

TEST_F(Cli, AnInstructionSetIsAFlag) {
  const std::string texts = write("t.txt", "t5 t6\n");
  ok({"embed", kModel, texts, "-o", path("a.npy"), "--isa", "scalar"});
  setenv("KINDRED_ISA", "scalar", 1);
  ok({"embed", kModel, texts, "-o", path("b.npy")});
  unsetenv("KINDRED_ISA");
  EXPECT_EQ(read(path("a.npy")), read(path("b.npy")));
  EXPECT_EQ(run({"embed", kModel, texts, "-o", path("c.npy"), "--isa", "mmx"}).status, 2);
}

TEST_F(Cli, TokenizePrintsAnObjectALine) {
  const std::string texts = write("t.txt", "t5 t66\n\n");
  EXPECT_EQ(ok({"tokenize", kModel, texts, "--json"}),
            "{\"ids\":[1,5,66,2],\"offsets\":[[0,0],[0,2],[3,6],[0,0]],\"tokens\":[\"<s>\",\"t5\","
            "\"t66\",\"</s>\"]}\n"
            "{\"ids\":[1,2],\"offsets\":[[0,0],[0,0]],\"tokens\":[\"<s>\",\"</s>\"]}\n");
  EXPECT_EQ(ok({"tokenize", kModel, texts, "--no-special-tokens"}), "t5 t66\n\n");
  EXPECT_EQ(ok({"tokenize", kModel, texts, "--max-length", "3"}), "<s> t5 </s>\n<s> </s>\n");
}

TEST_F(Cli, SimilarFindsTheNearest) {
  const std::string texts = write("t.csv", "id,title\n1,t5 t6\n2,t7 t8\n3,t9\n");
  ok({"embed", kModel, texts, "-c", "title", "-o", path("t.npy")});
  const std::string shown = ok({"similar", path("t.npy"), "--texts", texts, "-c", "title", "-m",
                                kModel, "-q", "t7 t8", "-k", "2", "--json"});
  const nlohmann::json found = nlohmann::json::parse(shown);
  EXPECT_EQ(found["query"], "t7 t8");
  ASSERT_EQ(found["results"].size(), 2U);
  EXPECT_EQ(found["results"][0]["row"], 1);
  EXPECT_EQ(found["results"][0]["text"], "t7 t8");
  EXPECT_NEAR(found["results"][0]["cosine"].get<float>(), 1.0F, 1e-5F);
  EXPECT_EQ(ok({"similar", texts, "-c", "title", "-m", kModel, "-q", "t7 t8", "-k", "2", "--json"}),
            shown);
  EXPECT_THAT(ok({"similar", path("t.npy"), "--queries", path("t.npy"), "-k", "1"}),
              HasSubstr("query 2\n  1.0000         2"));
  EXPECT_EQ(run({"similar", path("t.npy"), "-q", "t7"}).status, 2);  // no model
}

TEST_F(Cli, CompareTextsAndFiles) {
  EXPECT_EQ(ok({"compare", "t5", "t5", "--model", kModel}), "cosine 1.000000\n");
  const std::string texts = write("t.txt", lines(40));
  ok({"embed", kModel, texts, "-o", path("a.npy")});
  ok({"embed", kModel, texts, "-o", path("b.npy"), "--precision", "int8"});
  const nlohmann::json c =
      nlohmann::json::parse(ok({"compare", path("a.npy"), path("b.npy"), "--json"}));
  EXPECT_EQ(c["rows"], 40);
  EXPECT_GT(c["cosine"]["min"].get<double>(), 0.9);
  EXPECT_LT(c["cosine"]["min"].get<double>(), 1.0);
  ok({"embed", kModel, texts, "-o", path("c.npy"), "--dimensions", "4"});
  EXPECT_EQ(run({"compare", path("a.npy"), path("c.npy")}).status, 2);
}

TEST_F(Cli, TokensTellsWordsInContextApart) {
  const nlohmann::json t = nlohmann::json::parse(
      ok({"tokens", kModel, "t5 [[t6]] t7", "t9 [[t6]] t6", "--json", "-o", path("words.npy")}));
  EXPECT_EQ(t["words"][0]["word"], "t6");
  EXPECT_LT(t["contextual"][0][1].get<float>(), 0.99999F);
  EXPECT_NEAR(t["static"][0][1].get<float>(), 1.0F, 1e-5F);
  std::size_t rows = 0;
  (void)vectors(path("words.npy"), &rows);
  EXPECT_EQ(rows, 2U);
  const std::string tokens = ok({"tokens", kModel, "t5 t6", "--json", "--layer", "0"});
  EXPECT_EQ(std::count(tokens.begin(), tokens.end(), '\n'), 4);
  EXPECT_EQ(run({"tokens", kModel, "[[t5"}).status, 2);
}

// The examples of docs/meaning-in-context.md.
TEST_F(Cli, TheRealModelTellsMeaningsApart) {
  const std::string model = std::string(KINDRED_MODELS) + "/multilingual-e5-small";
  if (!fs::exists(model))
    GTEST_SKIP() << "multilingual-e5-small is not laid out; run 'make models'";
  const std::string page = read(std::string(KINDRED_DOCS) + "/meaning-in-context.md");
  const std::vector<std::vector<std::string>> examples = {
      {"我吃了一个很甜的[[苹果]]", "超市的[[苹果]]和香蕉都很新鲜", "[[苹果]]今天发布了新款手机",
       "[[苹果]]公司的股价上涨了"},
      {"We walked along the [[bank]] of the river", "Trees grow on the [[bank]] of the stream",
       "We borrowed money from the [[bank]] in the city",
       "I opened an account at the [[bank]] in town"},
      {"The cat chased the [[mouse]] into its hole", "The owl caught a [[mouse]] in the field",
       "Click the left button of the [[mouse]] to open it",
       "Plug the [[mouse]] and the keyboard into the computer"}};
  for (std::vector<std::string> words : examples) {
    for (const std::string& text : words) EXPECT_THAT(page, HasSubstr("'" + text + "'"));
    words.insert(words.begin(), {"tokens", model, "--layer", "6"});
    words.push_back("--json");
    const nlohmann::json t = nlohmann::json::parse(ok(words));
    const auto contextual = [&](int a, int b) { return t["contextual"][a][b].get<float>(); };
    for (const auto& [a, b] : {std::pair{0, 2}, {0, 3}, {1, 2}, {1, 3}}) {
      EXPECT_LT(contextual(a, b) + 0.02F, std::min(contextual(0, 1), contextual(2, 3)));
      EXPECT_NEAR(t["static"][a][b].get<float>(), 1.0F, 1e-5F);
    }
  }
}

TEST_F(Cli, TheReferencePageIsUpToDate) {
  EXPECT_EQ(ok({"man", "--markdown"}), read(std::string(KINDRED_DOCS) + "/cli.md"))
      << "write it again: kindred man --markdown > docs/cli.md";
}

TEST_F(Cli, InspectQuantizeIdfGenerateAndBench) {
  const nlohmann::json info = nlohmann::json::parse(ok({"inspect", kModel, "--json"}));
  EXPECT_EQ(info["family"], "bert");
  EXPECT_EQ(info["dimensions"], 20);
  EXPECT_EQ(info["prompts"]["query"], "t11 t12 ");
  EXPECT_EQ(info["fingerprint"].get<std::string>().size(), 64U);
  EXPECT_GT(info["memory"]["fp32"].get<int>(), info["memory"]["int8"].get<int>());
  EXPECT_THAT(ok({"inspect", kModel}), HasSubstr("cls+mean"));

  ok({"idf", kModel, write("t.txt", lines(40)), "-o", path("w.tsv")});
  ok({"embed", kModel, path("t.txt"), "-o", path("idf.npy"), "--pooling", "cls+idf",
      "--token-weights", path("w.tsv")});

  const std::string made = ok({"generate", "-n", "5"});
  EXPECT_EQ(std::count(made.begin(), made.end(), '\n'), 5);
  EXPECT_TRUE(nlohmann::json::parse(made.substr(0, made.find('\n'))).contains("title"));
  EXPECT_EQ(ok({"generate", "-n", "3"}), made.substr(0, ok({"generate", "-n", "3"}).size()));

  const nlohmann::json bench = nlohmann::json::parse(
      ok({"bench", kModel, "--json", "--seconds", "0", "-p", "fp32", "-l", "8"}));
  EXPECT_GT(bench["results"][0]["bulk"][0]["tokens_per_second"].get<double>(), 0.0);

  for (const char* precision : {"bf16", "int8"}) {
    const std::string folder = path(precision);
    ok({"quantize", kModel, "-o", folder, "--precision", precision});
    ok({"embed", kModel, path("t.txt"), "-o", path("a.npy")});
    ok({"embed", folder, path("t.txt"), "-o", path("b.npy")});
    const nlohmann::json c =
        nlohmann::json::parse(ok({"compare", path("a.npy"), path("b.npy"), "--json"}));
    EXPECT_GT(c["cosine"]["mean"].get<double>(), 0.99) << precision;
  }
}

// Weights that are finite but so large that sums of them are not.
TEST_F(Cli, QuantizeRefusesVectorsThatAreNotFinite) {
  fs::copy(std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-static", path("model"));
  io::TensorView table;
  {
    const io::Safetensors file = io::Safetensors::open(path("model/model.safetensors"));
    table = file.tensors().front();
  }
  const std::vector<float> values(table.elements(), 3e38F);
  table.dtype = io::DType::f32;
  table.data = std::as_bytes(std::span(values)).data();
  table.bytes = values.size() * sizeof(float);
  io::write_safetensors(path("model/model.safetensors"), std::span(&table, 1));
  const Outcome outcome = run({"quantize", path("model"), "-o", path("out")});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("NaN or infinity"));
}

// A directory that holds a GGUF file and nothing else is that file.
TEST_F(Cli, TakesADirectoryWithOneGgufFile) {
  const std::string file = std::string(KINDRED_TEST_DATA) + "/golden/gguf_tokenizers/bert.gguf";
  fs::create_directories(path("model"));
  fs::copy(file, path("model/model.gguf"));
  const std::string texts = write("t.txt", "hello\nworld\n");
  EXPECT_EQ(ok({"tokenize", path("model"), texts}), ok({"tokenize", file, texts}));
  ok({"idf", path("model"), texts, "-o", path("a.tsv")});
  ok({"idf", file, texts, "-o", path("b.tsv")});
  EXPECT_EQ(read(path("a.tsv")), read(path("b.tsv")));
}

TEST_F(Cli, HelpOfEveryCommandAndShellScripts) {
  EXPECT_THAT(ok({"--help"}), HasSubstr("embed"));
  EXPECT_THAT(ok({"--version"}), StartsWith("kindred "));
  EXPECT_EQ(ok({}), ok({"--help"}));
  for (const cli::Command& c : cli::all_commands()) {
    std::vector<std::string> words;
    std::stringstream name(c.name);
    for (std::string word; name >> word;) words.push_back(word);
    words.push_back("--help");
    EXPECT_THAT(ok(words), StartsWith("kindred " + c.name + ": "));
    EXPECT_THAT(ok({"man", c.name}), StartsWith(".TH KINDRED-"));
  }
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_THAT(ok({"completion", shell}), HasSubstr("tokenize")) << shell;
  EXPECT_EQ(run({"man", "nothing"}).status, 3);
}

// Runs a shell command; skips where the tool is not there.
int shell(const std::string& line) {
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Cli, BashCompletes) {
  if (shell("command -v bash >/dev/null") != 0) GTEST_SKIP() << "no bash";
  write("kindred.bash", ok({"completion", "bash"}));
  EXPECT_EQ(shell("bash -n " + path("kindred.bash")), 0);
  const std::string script = write(
      "try.bash", "source " + path("kindred.bash") +
                      "\ncomplete_it() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _kindred; "
                      "echo \"${COMPREPLY[*]}\"; }\n"
                      "complete_it kindred emb\ncomplete_it kindred embed m --pre\n"
                      "complete_it kindred embed m --precision b\n");
  ASSERT_EQ(shell("bash " + script + " > " + path("tried")), 0);
  EXPECT_EQ(read(path("tried")), "embed\n--precision\nbf16\n");
}

TEST_F(Cli, ManualPagesRender) {
  if (shell("command -v groff >/dev/null") != 0) GTEST_SKIP() << "no groff";
  write("embed.1", ok({"man", "embed"}));
  write("kindred.1", ok({"man"}));
  for (const char* page : {"embed.1", "kindred.1"}) {
    ASSERT_EQ(shell("groff -man -ww -Tutf8 " + path(page) + " > " + path("page") + " 2> " +
                    path("warnings")),
              0);
    EXPECT_EQ(read(path("warnings")), "") << page;
    EXPECT_THAT(read(path("page")), HasSubstr("One line on standard"));
  }
}

}  // namespace
}  // namespace kindred
