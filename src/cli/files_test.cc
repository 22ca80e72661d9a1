// What commands read and write: nothing that is read is replaced, nothing is taken for what it is
// not, and rows are counted right. The program itself, on small models.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "cli/shop_cli.h"
#include "io/half.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/vector_reader.h"

#include <gmock/gmock.h>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Files : public ShopCli {
 protected:
  // Expects `status` and `part` of the one line on standard error.
  void refused(const std::string& words, const std::string& part, int status = 2) {
    EXPECT_EQ(run(words), status) << words << ": " << err_ << out_;
    EXPECT_THAT(err_, HasSubstr(part)) << words;
    EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  }
  std::string read(const std::string& name) const { return io::read_text_file(temp_.file(name)); }
  void npy(const std::string& name, const std::vector<float>& values, std::size_t columns) const {
    const std::vector<std::size_t> shape{values.size() / columns, columns};
    io::write_npy(temp_.file(name), io::DType::f32, shape, std::as_bytes(std::span(values)));
  }
  std::size_t rows(const std::string& name) const {
    return io::VectorReader::open(temp_.file(name)).rows();
  }
  void copy_model(const std::string& name) const {
    fs::copy(kModels + "st-dense", temp_.file(name), fs::copy_options::recursive);
  }

  const std::string model_ = kModels + "st-dense ";
};

TEST_F(Files, NoCommandWritesOverWhatItReads) {
  const std::string texts = "{\"t\": \"t5 t6\"}\n{\"t\": \"t7\"}\n";
  temp_.write("d.jsonl", texts);
  fs::create_symlink("d.jsonl", temp_.file("link.jsonl"));
  fs::create_hard_link(temp_.file("d.jsonl"), temp_.file("hard.jsonl"));
  for (const char* output : {"d.jsonl", "./d.jsonl", "link.jsonl", "hard.jsonl"}) {
    refused("embed " + model_ + "d.jsonl -c t -o " + output, "would be replaced");
    refused("embed " + model_ + "d.jsonl -c t --calibrate " + output, "would be replaced");
    refused("idf " + model_ + "d.jsonl -c t -o " + output, "would be replaced");
  }
  refused("embed " + model_ + "- --format jsonl -c t -o d.jsonl < d.jsonl", "would be replaced");
  refused("import d.jsonl --store s.db --report d.jsonl", "would be replaced");
  refused("import d.jsonl --store s.db --duplicates ./d.jsonl", "would be replaced");
  temp_.write("v.npy.partial", "t5\n");
  refused("embed " + model_ + "v.npy.partial --format lines -o v.npy", "would be replaced");
  EXPECT_EQ(read("d.jsonl"), texts);
  EXPECT_EQ(read("v.npy.partial"), "t5\n");

  ok("embed " + model_ + "d.jsonl -c t -o v.npy");
  ok("index build i --vectors v.npy");
  refused("index search i --queries v.npy -o v.npy", "would be replaced");
  refused("index search i --queries v.npy -o k.npy --distances ./k.npy", "same file");
  refused("index export i -o e.npy --ids e.npy", "same file");
  EXPECT_EQ(rows("v.npy"), 2U);
}

TEST_F(Files, NoFileOfAModelIsReplaced) {
  copy_model("m");
  temp_.write("t.txt", "t5\nt6\n");
  const std::string weights = read("m/model.safetensors");
  refused("embed m t.txt -o m/model.safetensors", "a file of m");
  refused("embed m t.txt -o m/new.safetensors", "a file of m");
  refused("embed m t.txt --calibrate m/config.json", "a file of m");
  refused("idf m t.txt -o m/tokenizer.json", "a file of m");
  refused("tokens m t5 -o m/model.safetensors", "a file of m");
  refused("quantize m -o m/int8", "a file of m");
  fs::create_hard_link(temp_.file("m/model.safetensors"), temp_.file("w.safetensors"));
  refused("embed m t.txt -o w.safetensors", "a file of m");
  fs::rename(temp_.file("m"), temp_.file("n.partial"));
  refused("quantize n.partial -o n", "would be replaced");
  EXPECT_EQ(read("n.partial/model.safetensors"), weights);
  ok("embed n.partial t.txt -o n.partial/vectors.npy");
}

TEST_F(Files, PipesByNameAreReadOnce) {
  temp_.write("t.txt", "t5\nt6\n");
  ok("embed " + model_ + "t.txt -o file.npy");
  ASSERT_EQ(::mkfifo(temp_.file("pipe").c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(temp_.file("pipe")) << "t5\nt6\n"; });
  ok("embed " + model_ + "pipe -o v.npy");
  writer.join();
  EXPECT_EQ(read("v.npy"), read("file.npy"));
  refused("embed " + model_ + "pipe --shard 1/2 -o v.npy", "cannot be cut into shards");
}

TEST_F(Files, ALinkAsOutputIsFollowed) {
  temp_.write("t.txt", "t5\nt6\n");
  fs::create_directory(temp_.file("disk"));
  fs::create_symlink("disk/real.npy", temp_.file("link.npy"));
  for (int i = 0; i < 2; ++i) {  // new, then replaced
    ok("embed " + model_ + "t.txt -o link.npy");
    EXPECT_TRUE(fs::is_symlink(temp_.file("link.npy")));
    EXPECT_EQ(rows("disk/real.npy"), 2U);
  }
  ok("idf " + model_ + "t.txt -o link.npy");
  EXPECT_TRUE(fs::is_symlink(temp_.file("link.npy")));
}

TEST_F(Files, AnArgumentIsOneArgument) {
  const auto texts = [&](const std::string& words) {
    ok("tokens " + model_ + words);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = out_.find("<s>", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  for (const char* text : {"'[t5,t6]'", "'[t5] [t6]'", "'[]'", "'{}'", "'%%'", "''", "'a\"b'"})
    EXPECT_EQ(texts(text), 1U) << text;
  EXPECT_EQ(texts("-- --json -h"), 2U);
  make_shop(10);
  ok("delete s '[p1,p2,p3]'");
  EXPECT_THAT(out_, HasSubstr("0 of 1 products deleted; 10 are left"));
  ok("delete s -- -1 '' 'p1' '{p2}'");
  EXPECT_THAT(out_, HasSubstr("1 of 4 products deleted; 9 are left"));
}

TEST_F(Files, NanIsRefusedWhereItIsRead) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  npy("good.npy", {1, 0, 0, 1, 1, 1, 2, 0}, 2);
  npy("bad.npy", {1, 0, nan, 1, 1, 1, 2, 0}, 2);
  npy("huge.npy", {1e20F, 0, 0, 1e-25F, 1e-25F, 1e-25F, 1e38F, 1e38F}, 2);
  refused("similar bad.npy --queries good.npy", "bad.npy: row 1 has NaN or infinity");
  refused("similar good.npy --queries bad.npy", "bad.npy: row 1 has NaN or infinity");
  refused("compare good.npy bad.npy", "bad.npy: row 1");
  refused("index build i --vectors bad.npy", "bad.npy: row 1");
  ok("index build i --vectors good.npy");
  refused("index add i --vectors bad.npy", "bad.npy: row 1");
  refused("index search i --queries bad.npy", "bad.npy: row 1");
  ok("similar huge.npy --queries good.npy -k 4 --json");
  const nlohmann::json first = nlohmann::json::parse(out_.substr(0, out_.find('\n')));
  EXPECT_EQ(first["results"][0]["row"], 0);
  EXPECT_NEAR(first["results"][0]["cosine"].get<double>(), 1.0, 1e-6);
  EXPECT_NEAR(first["results"][1]["cosine"].get<double>(), 0.70710678, 1e-6);
  EXPECT_NEAR(first["results"][2]["cosine"].get<double>(), 0.70710678, 1e-6);
}

TEST_F(Files, AModelThatGivesNanIsNamed) {
  copy_model("m");
  std::string weights = read("m/model.safetensors");
  {
    const io::Safetensors file = io::Safetensors::open(temp_.file("m/model.safetensors"));
    const io::TensorView& table = file.at("embeddings.word_embeddings.weight");
    ASSERT_EQ(table.dtype, io::DType::f32);
    const auto begin =
        weights.size() - (file.tensors().back().data + file.tensors().back().bytes - table.data);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(weights.data() + begin + 7 * table.columns() * sizeof(float), &nan, sizeof(nan));
  }
  temp_.write("m/model.safetensors", weights);
  temp_.write("t.txt", "t5\nt6 t7\nt8\n");
  for (const char* output : {"v.npy", "v.safetensors", "v.jsonl", "v.fvecs"}) {
    refused(std::string("embed m t.txt -o ") + output, "NaN", 4);
    EXPECT_FALSE(fs::exists(temp_.file(output)));
  }
}

TEST_F(Files, NothingIsTakenForLines) {
  const std::string text = "t5 t6\nt7\n";
  temp_.write("plain.txt", text);
  ASSERT_EQ(std::system(("cd " + temp_.path() +
                         " && gzip -c plain.txt > a.txt.gz && gzip -c plain.txt > "
                         "b.txt && bzip2 -c plain.txt > a.bz2 && xz -c plain.txt > a.xz")
                            .c_str()),
            0);
  refused("idf " + model_ + "a.bz2 -o w.tsv", "bzcat");
  refused("tokenize " + model_ + "a.xz", "xzcat");
  for (const char* input : {"a.txt.gz", "b.txt", "- < a.txt.gz", "- < b.txt"}) {
    ok("embed " + model_ + input + " -o gz.npy");
    ok("embed " + model_ + "plain.txt -o plain.npy");
    EXPECT_EQ(read("gz.npy"), read("plain.npy"));
  }
  npy("v.npy", {1, 0, 0, 1}, 2);
  fs::copy(temp_.file("v.npy"), temp_.file("v.txt"));
  refused("embed " + model_ + "v.npy -o w.npy", "vectors");
  refused("embed " + model_ + "v.txt -o w.npy", "NumPy array");
  refused("similar v.txt -m " + model_ + "-q t5", "NumPy array");
  refused("similar v.ivecs -m " + model_ + "-q t5", "true neighbours");
  temp_.write("a.json", "[{\"t\": \"t5 t6\"},\n {\"t\": \"t7\"}]\n");
  ok("embed " + model_ + "a.json -c t -o json.npy");
  ok("embed " + model_ + "plain.txt -o plain.npy");
  EXPECT_EQ(read("json.npy"), read("plain.npy"));
}

TEST_F(Files, FvecsAndBvecsAreVectors) {
  temp_.write("t.txt", "t5 t6\nt7\nt9\n");
  ok("embed " + model_ + "t.txt -o v.fvecs");
  ok("similar v.fvecs --queries v.fvecs -k 1");
  EXPECT_THAT(out_, HasSubstr("query 2\n  1.0000         2"));
  ok("similar v.fvecs -m " + model_ + "-q t7 -k 1");
  EXPECT_THAT(out_, HasSubstr("1.0000         1"));
}

TEST_F(Files, PackedBitsAreNotNumbers) {
  temp_.write("t.txt", "t5 t6\nt7\nt9 t30 t4\n");
  for (const std::string type : {"binary", "ubinary"}) {
    ok("embed " + model_ + "t.txt -o b.npy --output-type " + type);
    ok("embed " + model_ + "t.txt -o b.safetensors --output-type " + type);
    const std::string queries = " -m " + model_ + "-q 't9 t30 t4' -k 3 --json";
    ok("similar b.safetensors" + queries);
    const std::string expected = out_;
    ok("similar b.npy" + queries);  // seen from the model's dimension
    EXPECT_EQ(out_, expected);
    ok("similar b.npy --queries b.npy --bits -k 1 --json");
    EXPECT_THAT(out_, HasSubstr("\"query 1\",\"results\":[{\"row\":1,\"cosine\":1.0"));
    ok("compare b.npy b.safetensors --json");
    EXPECT_EQ(nlohmann::json::parse(out_)["cosine"]["min"], 1.0);
    ok("compare b.npy b.npy --bits");
    EXPECT_THAT(out_, HasSubstr(type + " and " + type));
    ok("index build i" + type + " --vectors b.npy --bits");
    ok("index search i" + type + " --queries b.npy -k 1");
  }
  ok("embed " + model_ + "t.txt -o f.npy");
  refused("similar f.npy --queries b.npy --bits -k 1 -q t5", "exclude");
}

TEST_F(Files, VectorsOfAnotherModelAreRefused) {
  temp_.write("t.txt", "t5 t6\nt7\n");
  ok("embed " + model_ + "t.txt --prompt query -o a.safetensors");
  ok("embed " + kModels + "st-dense-new t.txt -o b.safetensors");
  ok("similar a.safetensors -m " + model_ + "-q t5 --precision int8");
  refused("similar a.safetensors -m " + kModels + "st-dense-new -q t5", "vector space");
  refused("similar a.safetensors -m " + model_ + "-q t5 --pooling max+last", "vector space");
  refused("similar a.safetensors --queries b.safetensors", "vector space");
  ok("similar a.safetensors --queries a.safetensors");
  ok("index build i --vectors a.safetensors");
  refused("index search i --queries b.safetensors", "vector-space");
  refused("index add i --vectors b.safetensors", "vector-space");
  ok("index search i --queries a.safetensors");
}

TEST_F(Files, ContradictionsAreRefused) {
  temp_.write("t.txt", "t5\n");
  const std::string embed = "embed " + model_ + "t.txt -o v.npy ";
  refused(embed + "--prompt query --prompt-text x", "--prompt and --prompt-text exclude");
  refused(embed + "--normalize --no-normalize", "--normalize and --no-normalize exclude");
  refused(embed + "--calibrate r.json", "--output and --calibrate exclude");
  refused("embed " + model_ + "t.txt --calibrate r.json --shard 1/2", "exclude");
  refused("tokenize " + model_ + "t.txt --no-truncation --max-length 5", "exclude");
  refused("tokens " + model_ + "t5 --layer 1 --layers 0", "exclude");
  refused("import t.txt --store s.db --into s", "exclude");
  refused(embed + "--pooling cls", "goes on with a dense layer");
  refused(embed + "--pooling cls+mean+max", "goes on with a dense layer");
}

TEST_F(Files, QueriesHaveAColumnOfTheirOwn) {
  temp_.write("t.csv", "id,title\n1,t5 t6\n2,t7\n");
  temp_.write("q.csv", "n,question\n1,t7\n2,t5 t6\n");
  const std::string similar = "similar t.csv -c title -k 1 --json -m " + model_;
  ok(similar + "--queries q.csv --query-column question");
  EXPECT_THAT(out_, HasSubstr("{\"query\":\"t7\",\"results\":[{\"row\":1"));
  EXPECT_THAT(out_, HasSubstr("{\"query\":\"t5 t6\",\"results\":[{\"row\":0"));
  refused(similar + "--queries q.csv", "n, question");
}

TEST_F(Files, FewTextsForACalibrationAreDoubted) {
  temp_.write("t.txt", "t5\n");
  ok("embed " + model_ + "t.txt --calibrate r.json");
  EXPECT_THAT(err_, HasSubstr("100 or more"));
  std::string many;
  for (int i = 0; i < 120; ++i) many += title(i) + "\n";
  temp_.write("t.txt", many);
  ok("embed " + model_ + "t.txt --calibrate r.json");
  EXPECT_EQ(err_, "");
}

TEST_F(Files, MessagesAndJsonAreSafeToPrint) {
  EXPECT_EQ(run("embed " + model_ + "\"$(printf 'bad\\033[31m\\377.txt')\" -o v.npy"), 3);
  EXPECT_THAT(err_, HasSubstr("bad\\x1b[31m\\xff.txt"));
  EXPECT_EQ(err_.find('\x1b'), std::string::npos);
  temp_.write("t.txt", "t5\n");
  ok("embed " + model_ + "t.txt --json -o \"$(printf 'v\\377.npy')\"");
  EXPECT_THAT(out_, HasSubstr("v\xEF\xBF\xBD.npy"));
  temp_.write("odd.txt", "t5 \xff\x1b[31m\nt6\n");
  ok("similar odd.txt -q t6 --json -m " + model_);
  EXPECT_FALSE(nlohmann::json::parse(out_, nullptr, false).is_discarded());
  ok("compare --json --model " + model_ + "\"$(printf 't5\\377')\" t5");
  copy_model("m");
  fs::rename(temp_.file("m"), temp_.file("m\xff"));
  ok("embed \"$(printf 'm\\377')\" t.txt -o v.safetensors");
}

TEST_F(Files, RowsAreCountedRight) {
  const auto count = [&](const std::string& text, const std::string& name = "t.txt",
                         const std::string& more = "") {
    temp_.write(name, text);
    ok("embed " + model_ + name + " -o v.npy " + more);
    return rows("v.npy");
  };
  EXPECT_EQ(count(""), 0U);
  EXPECT_EQ(count("\n"), 1U);
  EXPECT_EQ(count("t5"), 1U);
  EXPECT_EQ(count("t5\nt6"), 2U);
  EXPECT_EQ(count("t5\r\nt6\r\n"), 2U);
  const std::string lf = (count("t5\nt6\n"), read("v.npy"));
  EXPECT_EQ((count("\xEF\xBB\xBFt5\r\nt6"), read("v.npy")), lf);
  EXPECT_EQ(count("t5\n\n\nt6\n\n"), 5U);
  EXPECT_EQ(count("\xEF\xBB\xBF"), 0U);
  EXPECT_EQ(count("t\n", "t.csv"), 0U);
  EXPECT_EQ(count("t\nt5", "t.csv"), 1U);
  EXPECT_EQ(count("t\nt5\n\nt6\n", "t.csv"), 3U);  // one column: an empty text
  EXPECT_EQ(count("t,u\nt5,1\n\nt6,2\n", "t.csv", "-c t"), 2U);
  EXPECT_EQ(count("t\n\"t5\nt6\"\n", "t.csv"), 1U);
  EXPECT_EQ(count("\"t5\"\n\n\"t6\"\n", "t.jsonl"), 2U);
  std::string long_line;
  for (int i = 0; i < 1'000'000; ++i) long_line += "t5 ";
  EXPECT_EQ(count(long_line), 1U);
  EXPECT_THAT(err_, HasSubstr("1 texts were longer"));
}

}  // namespace
}  // namespace kindred
