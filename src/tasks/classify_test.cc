#include "tasks/classify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/expect_error.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"

namespace kindred::tasks {
namespace {

using Names = std::vector<std::string>;
const std::string kModel = std::string(KINDRED_TEST_DATA) + "/golden/models/bert-gelu";

Encoder open(const std::string& pooling = "") {
  EncoderOptions options;
  options.threads = 1;
  options.pooling = pooling;
  return Encoder::open(kModel, options);
}

// Each class has words of its own.
LabelledTexts texts(std::size_t each) {
  LabelledTexts t;
  t.names = {"a", "b", "c"};
  for (std::uint32_t i = 0; i < 3 * each; ++i) {
    const std::uint32_t word = 3 + 20 * (i % 3) + i / 3 % 7;
    t.texts.push_back("t" + std::to_string(word) + " t" + std::to_string(word + 1));
    t.labels.push_back(i % 3);
  }
  return t;
}

TEST(Classify, LearnsFromExamples) {
  const Encoder encoder = open();
  const LabelledTexts t = texts(10);
  ThreadPool pool(1);
  for (const HeadKind kind : {HeadKind::centroids, HeadKind::linear}) {
    estimators::LinearOptions linear;
    linear.c = 100.0;
    const TextClassifier c = train_classifier(encoder, t, {}, kind, linear);
    const Embeddings e = encoder.encode(t.texts);
    const auto p = c.probabilities(e.values, pool);
    Names truth;
    for (const std::uint32_t label : t.labels) truth.push_back(t.names[label]);
    // A random model: better than one in three by far, and the trained layer nearly perfect.
    EXPECT_GT(evaluate(c.names, p, truth).accuracy, kind == HeadKind::linear ? 0.9 : 0.6);
  }
}

TEST(Classify, ComesBackFromItsFile) {
  const io::TempDirectory temp;
  const Encoder encoder = open();
  ThreadPool pool(1);
  const LabelledTexts t = texts(4);
  EncodeOptions options;
  options.prompt = "t5 ";
  for (const HeadKind kind : {HeadKind::centroids, HeadKind::linear}) {
    const TextClassifier c = train_classifier(encoder, t, options, kind, {});
    c.save(temp.file("c.safetensors"));
    const TextClassifier read = TextClassifier::load(temp.file("c.safetensors"));
    EXPECT_EQ(read.names, c.names);
    EXPECT_EQ(read.prompt, "t5 ");
    const Embeddings e = encoder.encode(t.texts);
    const auto a = c.probabilities(e.values, pool);
    const auto b = read.probabilities(e.values, pool);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
    read.check_vector_space(encoder.vector_space(), "c");
    EXPECT_KINDRED_ERROR(read.check_vector_space(open("max").vector_space(), "c"),
                         ErrorKind::bad_input, "another model");
  }
}

TEST(Classify, TrustsNoFile) {
  const io::TempDirectory temp;
  const std::vector<float> weights = {1.0F, 0.0F, 0.0F, 1.0F};
  const auto write = [&](const std::string& labels, const std::string& kind,
                         const std::string& temperature, std::vector<std::size_t> shape = {2, 2}) {
    io::TensorView tensor;
    tensor.name = "weights";
    tensor.shape = std::move(shape);
    tensor.data = std::as_bytes(std::span(weights)).data();
    tensor.bytes = 16;
    io::write_safetensors(temp.file("c"), std::span(&tensor, 1),
                          {{"kindred_classifier", "1"},
                           {"labels", labels},
                           {"kind", kind},
                           {"temperature", temperature},
                           {"vector_space", "s"},
                           {"model", "m"},
                           {"prompt", ""}});
    return TextClassifier::load(temp.file("c"));
  };
  EXPECT_EQ(write(R"(["a","b"])", "centroids", "0.1").names.size(), 2U);
  EXPECT_KINDRED_ERROR(write(R"(["a","a"])", "centroids", "0.1"), ErrorKind::corrupt, "twice");
  EXPECT_KINDRED_ERROR(write(R"(["a"])", "centroids", "0.1"), ErrorKind::corrupt, "labels");
  EXPECT_KINDRED_ERROR(write(R"(["a",3])", "centroids", "0.1"), ErrorKind::corrupt, "no text");
  EXPECT_KINDRED_ERROR(write("nothing", "centroids", "0.1"), ErrorKind::corrupt, "labels");
  EXPECT_KINDRED_ERROR(write(R"(["a","b","c"])", "centroids", "0.1"), ErrorKind::corrupt, "row");
  EXPECT_KINDRED_ERROR(write(R"(["a","b"])", "centroids", "0"), ErrorKind::corrupt, "temperature");
  EXPECT_KINDRED_ERROR(write(R"(["a","b"])", "centroids", "nan"), ErrorKind::corrupt,
                       "temperature");
  EXPECT_KINDRED_ERROR(write(R"(["a","b"])", "linear", "1"), ErrorKind::corrupt, "biases");
  EXPECT_KINDRED_ERROR(write(R"(["a","b"])", "forest", "1"), ErrorKind::corrupt, "forest");
  EXPECT_KINDRED_ERROR(write(R"(["a","b"])", "centroids", "1", {4}), ErrorKind::corrupt, "weights");
}

TEST(Classify, ZeroShotTakesTheMeanOfItsTemplates) {
  const Encoder encoder = open();
  const Names names = {"t3 t4", "t40 t41"};
  const TextClassifier c = zero_shot(encoder, names, {"{}", "t9 {} t9"}, {}, 0.1);
  const Names all = {"t3 t4", "t9 t3 t4 t9"};
  const Embeddings e = embed_texts(encoder, all, {});
  const auto& head = std::get<estimators::CentroidClassifier>(c.head);
  std::vector<float> sum;
  for (std::size_t i = 0; i < e.dimensions; ++i)
    sum.push_back(e.values[i] + e.values[e.dimensions + i]);
  const auto expected = estimators::centroids_of(sum, e.dimensions);
  for (std::size_t i = 0; i < e.dimensions; ++i)
    EXPECT_NEAR(head.centroids[i], expected.centroids[i], 1e-6);
  EXPECT_KINDRED_ERROR(zero_shot(encoder, names, {"a product"}, {}, 0.1), ErrorKind::bad_input,
                       "a product");
}

TEST(Classify, OneLabelIsNoClassification) {
  LabelledTexts t;
  t.texts = {"t3", "t4"};
  t.labels = {0, 0};
  t.names = {"only"};
  EXPECT_KINDRED_ERROR(train_classifier(open(), t, {}, HeadKind::linear, {}), ErrorKind::bad_input,
                       "'only'");
}

TEST(LabelledTexts, AreReadByColumns) {
  const io::TempDirectory temp;
  temp.write("t.csv", "text,label,x\none,b,1\ntwo,a,1\n\"\",a,1\nfour,,1\n");
  const LabelledTexts t = read_labelled_texts(temp.file("t.csv"), "text", "label");
  EXPECT_EQ(t.names, (Names{"a", "b"}));
  EXPECT_EQ(t.labels, (std::vector<std::uint32_t>{1, 0, 0}));
  EXPECT_EQ(t.texts[2], "");
  EXPECT_EQ(t.skipped, 1U);
  EXPECT_KINDRED_ERROR(read_labelled_texts(temp.file("t.csv"), "text", "class"),
                       ErrorKind::not_found, "class");
  temp.write("t.txt", "one\n");
  EXPECT_KINDRED_ERROR(read_labelled_texts(temp.file("t.txt"), "text", "label"),
                       ErrorKind::bad_input, "two columns");
}

TEST(LabelNames, AreAFileOrAList) {
  const io::TempDirectory temp;
  temp.write("names.txt", "red shoes\n\nlamps, small\n");
  EXPECT_EQ(read_label_names(temp.file("names.txt")), (Names{"red shoes", "lamps, small"}));
  EXPECT_EQ(read_label_names("a,b,,c"), (Names{"a", "b", "c"}));
  EXPECT_KINDRED_ERROR(read_label_names("a,b,a"), ErrorKind::bad_input, "twice");
  EXPECT_KINDRED_ERROR(read_label_names("nowhere.txt"), ErrorKind::bad_input, "nowhere.txt");
}

TEST(StratifiedSplit, TakesOfEachClass) {
  LabelledTexts t;
  t.names = {"many", "two", "one"};
  t.labels.assign(20, 0);
  t.labels.insert(t.labels.end(), {1, 1, 2});
  t.texts.resize(t.labels.size());
  const Split s = stratified_split(t, 0.25);
  EXPECT_EQ(s.test.size(), 6U);  // 5, 1 and none
  EXPECT_EQ(s.train.size(), 17U);
  const auto of = [&](const std::vector<std::size_t>& rows, std::uint32_t label) {
    return std::count_if(rows.begin(), rows.end(),
                         [&](std::size_t row) { return t.labels[row] == label; });
  };
  EXPECT_EQ(of(s.test, 0), 5);
  EXPECT_EQ(of(s.test, 1), 1);
  EXPECT_EQ(of(s.train, 2), 1);
  EXPECT_EQ(examples_of(t, 3).size(), 6U);
  EXPECT_EQ(stratified_split(t, 0.25).test, s.test);
  EXPECT_NE(stratified_split(t, 0.25, 2).test, s.test);
  EXPECT_KINDRED_ERROR(stratified_split(t, 1.0), ErrorKind::bad_input, "share of 1");
}

// The values are those of accuracy_score and f1_score(average="macro").
TEST(Evaluate, CountsLabelsThatNobodyLearned) {
  const std::vector<double> p = {0.9, 0.1, 0.2, 0.8, 0.7, 0.3, 0.6, 0.4};
  const Evaluation e = evaluate({"a", "b"}, p, {"a", "b", "c", "b"});
  EXPECT_EQ(e.texts, 4U);
  EXPECT_EQ(e.unknown, 1U);
  EXPECT_EQ(e.accuracy, 0.5);
  EXPECT_EQ(e.top5, 0.75);
  EXPECT_NEAR(e.macro_f1, (0.5 + 2.0 / 3.0 + 0.0) / 3.0, 1e-12);
}

}  // namespace
}  // namespace kindred::tasks
