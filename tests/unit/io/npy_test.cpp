#include "nwedge/io/npy.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/npy_file.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using test::npy;
using test::npy_header;

TEST(Npy, ReadsEveryElementType) {
  const Tensor floats = parse_npy(npy("<f4", "(2, 3)", std::vector<float>{1, 2, 3, 4, 5, -6}), "a", "place");
  EXPECT_EQ(floats.name, "a");
  EXPECT_EQ(floats.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(std::get<std::vector<float>>(floats.values), (std::vector<float>{1, 2, 3, 4, 5, -6}));
  const auto values = [](const auto& expected, const char* type) {
    using Values = std::decay_t<decltype(expected)>;
    const Tensor read =
        parse_npy(npy(type, "(" + std::to_string(expected.size()) + ",)", expected), "a", "p");
    EXPECT_EQ(std::get<Values>(read.values), expected) << type;
  };
  values(std::vector<double>{0.1, -1e300}, "<f8");
  values(std::vector<std::int32_t>{-7, 1 << 30}, "<i4");
  values(std::vector<std::int64_t>{-7, std::int64_t{1} << 62}, "<i8");
  values(std::vector<std::uint8_t>{0, 255, 3}, "|u1");
  EXPECT_EQ(parse_npy(npy("<f4", "()", std::vector<float>{1}), "a", "p").shape.size(), 0u);
  EXPECT_EQ(parse_npy(npy("<f4", "(0, 3)", std::vector<float>{}), "a", "p").size(), 0);
}

TEST(Npy, TheHeaderSaysWhereTheValuesAre) {
  const NpyHeader header = parse_npy_header(npy("<i8", "(2, 5)", std::vector<std::int64_t>{}), "place");
  EXPECT_EQ(header.type, "i8");
  EXPECT_EQ(header.data_begin, 128u);
  EXPECT_EQ(header.data_size, 80u);
}

/// A file whose dictionary is `text` is refused with the parts.
template <class... Parts>
void expect_refused(const std::string& text, const Parts&... parts) {
  expect_error([&] { parse_npy(npy_header(text), "a", "place"); }, "[place]", parts...);
}

TEST(Npy, WhatNumpyWouldConvertIsRefused) {
  const std::string rest = "', 'fortran_order': False, 'shape': (1,)}";
  expect_refused("{'descr': '>f4" + rest, "<f4 <f8 <i4 <i8 |u1, is >f4", "astype");
  expect_refused("{'descr': '<U3" + rest, "is <U3");
  expect_refused("{'descr': '|O" + rest, "is |O");
  expect_refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "no structured types");
  expect_refused("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", "fortran_order must be False",
                 "ascontiguousarray");
}

TEST(Npy, AHeaderThatLiesIsRefused) {
  const auto shape = [](const std::string& text) {
    return "{'descr': '<f8', 'fortran_order': False, 'shape': " + text + "}";
  };
  expect_refused(shape("(-1,)"), "whole numbers from 0");
  expect_refused(shape("(99999999999999999999,)"), "whole numbers from 0");
  expect_refused(shape("(4294967296, 4294967296)"), "shape is too large");
  expect_refused(shape("(3)"), "must be written (N,)");
  expect_refused(shape("(1,,)"), "whole numbers");
  expect_refused(shape("[3]"), "\"(\" must stand before");
  std::string many = "(";
  for (int i = 0; i < 33; ++i) many += "1,";
  expect_refused(shape(many + ")"), "at most 32 extents");
  expect_refused(shape("(1000000000,)"), "need 8000000000 bytes, the array has 0");
  expect_refused("{'descr': '<f4', 'shape': (1,)}", "must hold descr, fortran_order and shape");
  expect_refused("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "once each");
  expect_refused("{'colour': 1}", "one is \"colour\"");
  expect_refused("{'descr': '<f4", "quoted texts");
  expect_refused(shape("()") + " x", "nothing must follow");
  expect_refused("import os", "\"{\" must stand before");
}

TEST(Npy, EveryTruncationIsAnError) {
  const std::vector<std::uint8_t> good = npy("<f4", "(3,)", std::vector<float>{1, 2, 3});
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse_npy(std::span(good).first(size), "a", "place"), Error) << size;
  std::vector<std::uint8_t> longer = good;
  longer.push_back(0);
  expect_error([&] { parse_npy(longer, "a", "place"); }, "need 12 bytes, the array has more");
  std::vector<std::uint8_t> version = good;
  version[6] = 4;
  expect_error([&] { parse_npy(version, "a", "place"); }, "must be 1, 2 or 3, is 4");
  version[6] = 2;
  version[10] = version[11] = 0xff;  // four bytes of length now: the last two were text
  expect_error([&] { parse_npy(version, "a", "place"); }, "must have at most", "claims 429");
}

TEST(Npy, VersionTwoHasALongerLength) {
  const std::vector<std::uint8_t> one = npy("<f4", "(1,)", std::vector<float>{5});
  std::vector<std::uint8_t> two(one.begin(), one.begin() + 10);
  two[6] = 2;
  two.insert(two.end(), {0, 0});
  two.insert(two.end(), one.begin() + 10, one.end());
  EXPECT_EQ(std::get<std::vector<float>>(parse_npy(two, "a", "p").values)[0], 5);
}

}  // namespace
}  // namespace nwedge::io
