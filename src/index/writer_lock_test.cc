#include "index/writer_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

TEST(WriterLock, IsForOneAndIsFreeAgainAfterIt) {
  const io::TempDirectory temp;
  {
    const WriterLock lock = WriterLock::take(temp.path());
    EXPECT_KINDRED_ERROR(WriterLock::take(temp.path()), ErrorKind::bad_input,
                         "one writer at a time");
  }
  WriterLock::take(temp.path());
  EXPECT_KINDRED_ERROR(WriterLock::take(temp.file("none")), ErrorKind::not_found, "LOCK");
}

}  // namespace
}  // namespace kindred::index
