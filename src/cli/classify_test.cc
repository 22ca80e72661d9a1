// kindred classify. Runs the program.
#include <gmock/gmock.h>

#include "cli/shop_cli.h"

namespace kindred {
namespace {

using testing::HasSubstr;

class ClassifyCli : public ShopCli {
 protected:
  ClassifyCli() {
    std::string labelled = "text,label\n";
    std::string texts;
    for (int i = 0; i < 30; ++i) {
      const int word = 3 + 40 * (i % 2) + i % 7;
      const std::string text = "t" + std::to_string(word) + " t" + std::to_string(word + 1);
      labelled += text + (i % 2 == 0 ? ",low\n" : ",\"high, very\"\n");
      texts += text + "\n";
    }
    temp_.write("labelled.csv", labelled);
    temp_.write("texts.txt", texts);
  }
  const std::string model_ = kModels + "st-dense";
};

TEST_F(ClassifyCli, TrainsSavesAndUses) {
  const auto measured = answer("classify " + model_ +
                               " --train labelled.csv --method linear --cost 100 --hold-out 0.2");
  EXPECT_EQ(measured["texts"], 6);
  EXPECT_GT(measured["accuracy"], 0.8);
  ok("classify " + model_ + " --train labelled.csv --save c.safetensors");
  ok("classify " + model_ + " texts.txt --use c.safetensors -k 2 -o out.csv");
  const std::string csv = io::read_text_file(temp_.file("out.csv"));
  EXPECT_THAT(csv, testing::StartsWith("row,label,probability,label_2,probability_2\n0,low,"));
  EXPECT_THAT(csv, HasSubstr("\n1,\"high, very\","));
  ok("classify " + model_ + " texts.txt --use c.safetensors -o out.jsonl");
  EXPECT_THAT(io::read_text_file(temp_.file("out.jsonl")), HasSubstr(R"({"row":29,"label":)"));
  ok("classify " + model_ + " --use c.safetensors --evaluate labelled.csv");
  EXPECT_THAT(out_, HasSubstr("macro F1"));
}

TEST_F(ClassifyCli, RefusesAnotherModel) {
  ok("classify " + model_ + " --train labelled.csv --save c.safetensors");
  EXPECT_NE(run("classify " + model_ + " texts.txt --use c.safetensors --dimensions 8"), 0);
  EXPECT_THAT(err_, HasSubstr("another model"));
}

TEST_F(ClassifyCli, NeedsNoExamples) {
  ok("classify " + model_ + " texts.txt --labels 't3 t4,t43 t44' --template '{}' -k 2");
  EXPECT_THAT(out_, HasSubstr("0  t3 t4 "));
  EXPECT_NE(run("classify " + model_ + " texts.txt --labels a,b --template none"), 0);
}

TEST_F(ClassifyCli, SaysWhatIsMissing) {
  EXPECT_NE(run("classify " + model_ + " texts.txt"), 0);
  EXPECT_THAT(err_, HasSubstr("--labels"));
  EXPECT_NE(run("classify " + model_ + " texts.txt --labels a,b --train labelled.csv"), 0);
  EXPECT_NE(run("classify " + model_ + " --labels a,b"), 0);
  EXPECT_THAT(err_, HasSubstr("nothing to do"));
  EXPECT_NE(run("classify " + model_ + " texts.txt --labels a,b --hold-out 0.5"), 0);
  EXPECT_NE(run("classify " + model_ + " texts.txt --labels a,b -o out.txt"), 0);
}

}  // namespace
}  // namespace kindred
