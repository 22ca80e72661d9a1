// EXPECT_KINDRED_ERROR: the kind of an error and a part of its message. For tests only.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kindred/error.h"

#define EXPECT_KINDRED_ERROR(statement, error_kind, part)                      \
  try {                                                                        \
    statement;                                                                 \
    ADD_FAILURE() << #statement " threw nothing";                              \
  } catch (const kindred::Error& error) {                                      \
    EXPECT_EQ(to_string(error.kind()), to_string(error_kind)) << error.what(); \
    EXPECT_THAT(error.what(), testing::HasSubstr(part));                       \
  }
