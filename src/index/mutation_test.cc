#include "index/mutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "io/expect_error.h"

namespace kindred::index {
namespace {

std::string sample() {
  const float vector[3] = {1.0F, -2.0F, 0.5F};
  io::ByteWriter out;
  encode_mutation({Mutation::Kind::put, 7, "id", "payload", "fields",
                   reinterpret_cast<const std::byte*>(vector)},
                  3, out);
  encode_mutation({Mutation::Kind::erase_key, 9, {}, {}, {}, nullptr}, 3, out);
  encode_mutation({Mutation::Kind::erase_id, 0, "gone", {}, {}, nullptr}, 3, out);
  return out.take();
}

TEST(Mutation, ReadsWhatItWrote) {
  std::vector<Mutation> read;
  const std::string bytes = sample();
  decode_mutations(bytes, 3, "log", [&](const Mutation& m) { read.push_back(m); });
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].key, 7U);
  EXPECT_EQ(read[0].id, "id");
  EXPECT_EQ(read[0].payload, "payload");
  EXPECT_EQ(read[0].fields, "fields");
  float vector[3];
  std::memcpy(vector, read[0].vector, sizeof(vector));
  EXPECT_EQ(vector[1], -2.0F);
  EXPECT_EQ(read[1].kind, Mutation::Kind::erase_key);
  EXPECT_EQ(read[1].key, 9U);
  EXPECT_EQ(read[2].kind, Mutation::Kind::erase_id);
  EXPECT_EQ(read[2].id, "gone");
}

TEST(Mutation, ARecordThatIsWrongChangesNothing) {
  const std::string bytes = sample();
  const auto refused = [](const std::string& damaged) {
    EXPECT_KINDRED_ERROR(decode_mutations(damaged, 3, "the log", [](const Mutation&) { FAIL(); }),
                         ErrorKind::corrupt, "the log");
  };
  refused(bytes.substr(0, bytes.size() - 1));
  refused(bytes + '\x09');
  std::string far = bytes;
  far[8] = '\xFF';  // the key's highest byte
  refused(far);
}

}  // namespace
}  // namespace kindred::index
