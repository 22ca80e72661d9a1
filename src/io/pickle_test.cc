#include "io/pickle.h"

#include "io/expect_error.h"

namespace kindred::io {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using Kind = PickleValue::Kind;

Pickle read(const std::string& bytes) {
  static std::string kept;  // texts are views of it
  kept = bytes;
  return Pickle::read(kept, "file", [](std::string_view global) { return global == "a.B"; });
}

TEST(Pickle, ReadsPlainValues) {
  EXPECT_EQ(read("N.").root().kind, Kind::none);
  EXPECT_EQ(read("\x88.").root().integer, 1);
  EXPECT_EQ(read("K\xFF.").root().integer, 255);
  EXPECT_EQ(read("M\x01\x02.").root().integer, 0x201);
  EXPECT_EQ(read("J\xFE\xFF\xFF\xFF.").root().integer, -2);
  EXPECT_EQ(read("\x8A\0."s).root().integer, 0);
  EXPECT_EQ(read("\x8A\x02\xFF\x7F.").root().integer, 32767);
  EXPECT_EQ(read("\x8A\x02\xFF\xFF.").root().integer, -1);
  EXPECT_EQ(read("\x8A\x09\0\0\0\0\0\0\0\x80\0."s).root().integer, -1) << "2^63 does not fit";
  EXPECT_EQ(read("G\x3F\xF8\0\0\0\0\0\0."s).root().number, 1.5);
  EXPECT_EQ(read("\x8C\x03\xE2\x82\xAC.").root().text, "€");
  EXPECT_EQ(read("B\x02\0\0\0ab."s).root().text, "ab");
}

TEST(Pickle, ReadsContainersAndWhatIsRemembered) {
  const Pickle tuple = read("(K\x01K\x02t.");
  EXPECT_EQ(tuple[tuple.root().items.at(1)].integer, 2);
  const Pickle list = read(
      "]q\x05(h\x05K\x03"
      "e.");
  EXPECT_EQ(list.root().items.size(), 2U) << "a list that holds itself";
  EXPECT_EQ(&list[list.root().items[0]], &list.root());
  const Pickle dict = read(
      "}\x94(\x8C\x01"
      "aK\x07\x8C\x01"
      "bNu.");
  EXPECT_EQ(dict.root().items.size(), 4U);
  EXPECT_EQ(read("(1K\x01.").root().integer, 1);
  EXPECT_EQ(read("(0K\x01.").root().integer, 1);
  EXPECT_EQ(read("K\x01K\x02"
                 "0.")
                .root()
                .integer,
            1);
  EXPECT_EQ(read("K\x01.rest").size(), 3U);
}

TEST(Pickle, WritesCallsDown) {
  const Pickle pickle = read("ca\nB\n(K\x01tR(K\x02K\x03u}b.");
  const PickleValue& call = pickle.root();
  EXPECT_EQ(call.kind, Kind::call);
  EXPECT_EQ(pickle[call.callable].text, "a.B");
  EXPECT_EQ(pickle[call.arguments].items.size(), 1U);
  EXPECT_EQ(call.items.size(), 2U);
  EXPECT_EQ(read("\x8C\x01"
                 "a\x8C\x01"
                 "B\x93.")
                .root()
                .kind,
            Kind::global);
  EXPECT_EQ(read("K\x01Q.").root().kind, Kind::persistent);
}

TEST(Pickle, RefusesOtherGlobals) {
  EXPECT_KINDRED_ERROR(read("ca\nC\n."), ErrorKind::unsupported, "a.C");
  EXPECT_KINDRED_ERROR(read("\x8C\x02os\x8C\x06system\x93."), ErrorKind::unsupported, "os.system");
}

TEST(Pickle, RefusesWhatContradictsItself) {
  const std::string cases[] = {
      "",
      ".",
      "K",
      "K\x01",
      "t.",      // no mark
      "(",       // no end
      "(.",      // nothing above the mark
      "0.",      // nothing to drop
      "h\x01.",  // nothing remembered
      "q\x01.",  // nothing to remember
      "K\x01K\x02"
      "a.",  // into a number
      "}K\x01"
      "a.",         // a list's operation on a dict
      "}(K\x01u.",  // a key without a value
      "(K\x01"
      "d.",               //
      "K\x01)R.",         // a call of a number
      "ca\nB\nK\x01R.",   // with a number
      "K\x01}b.",         // a state for a number
      "K\x01K\x02\x93.",  // a global named by numbers
      "X\xFF\xFF\xFF\x7F"
      "a.",  // a text longer than the file
      "\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
      "a.",
      "\x8B\xFF\xFF\xFF\xFF.",
      "ca",
      "(K\x01(\x85t.",  // a tuple below a mark
  };
  for (const std::string& bytes : cases) {
    EXPECT_KINDRED_ERROR(read(bytes), ErrorKind::corrupt, "pickle");
  }
  EXPECT_KINDRED_ERROR(read("I1\n."), ErrorKind::unsupported, "0x49");
  EXPECT_KINDRED_ERROR(read("\x80\x06N."), ErrorKind::unsupported, "protocol 6");
}

// What nests or repeats costs no more than its bytes: nothing here follows references.
TEST(Pickle, BombsAreSmall) {
  const std::string deep = std::string(100000, ']') + std::string(99999, 'a') + ".";
  EXPECT_EQ(read(deep).values().size(), 100000U);
  std::string doubling = "]";
  for (int i = 0; i < 1000; ++i) doubling += "2\x86";  // a pair of the one before, twice
  EXPECT_EQ(read(doubling + ".").values().size(), 1001U);
  EXPECT_KINDRED_ERROR(read(std::string((1 << 22) + 1, 'N') + "."), ErrorKind::exhausted, "values");
}

}  // namespace
}  // namespace kindred::io
