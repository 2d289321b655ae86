#include "nwedge/network/kernels/product.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

std::vector<float> normal(std::int64_t count, std::uint64_t index) {
  std::vector<float> values(static_cast<std::size_t>(count));
  RandomStream(3, "product", index).fill_normal(values);
  return values;
}

float at(const std::vector<float>& values, std::int64_t place) {
  return values[static_cast<std::size_t>(place)];
}

/// Terms that read factors backwards and vectors in steps, of matrices with gaps.
class ProductKernel : public testing::Test {
 protected:
  void make(std::int64_t rows, std::int64_t terms, std::int64_t columns) {
    for (std::int64_t k = 0; k < terms; ++k)
      terms_.push_back(
          {static_cast<std::int32_t>(terms - 1 - k), static_cast<std::int32_t>(k * (columns + 32))});
    factors_ = normal(rows * (terms + 2), 1);
    vectors_ = normal(terms * (columns + 32) + 64, 2);
    bias_ = normal(rows, 3);
    result_ = normal(rows * (columns + 48), 4);
    product_.factors = factors_.data();
    product_.factor_stride = terms + 2;
    product_.terms = terms_;
    product_.vectors = vectors_.data();
    product_.result = result_.data();
    product_.result_stride = columns + 48;
    product_.bias = bias_.data();
  }
  double expected(std::int64_t row, std::int64_t vector, float before) const {
    double sum = product_.into == Into::add                ? static_cast<double>(before)
                 : product_.into == Into::assign_with_bias ? static_cast<double>(at(bias_, row))
                                                           : 0;
    for (const Term& term : terms_)
      sum += static_cast<double>(at(factors_, term.factor + row * product_.factor_stride)) *
             static_cast<double>(at(vectors_, term.vector + vector));
    return sum;
  }

  std::vector<Term> terms_;
  std::vector<float> factors_;
  std::vector<float> vectors_;
  std::vector<float> bias_;
  std::vector<float> result_;
  Product product_;
};

TEST_F(ProductKernel, IsThatOfPlainLoopsForAnyNumberOfRowsAndGroups) {
  for (const std::int64_t rows : {1, 2, 3, 5, 8, 13})
    for (const std::int64_t groups : {0, 1, 2, 3, 5, 9})
      for (const std::int64_t terms : {1, 4, 27})
        for (const Into into : {Into::assign, Into::assign_with_bias, Into::add}) {
          terms_.clear();
          make(rows, terms, 16 * groups);
          product_.into = into;
          const std::vector<float> before = result_;
          std::vector<float> untouched = result_;
          multiply(product_, rows, groups);
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t n = 0; n < 16 * groups; ++n) {
              const std::int64_t place = r * product_.result_stride + n;
              ASSERT_NEAR(at(result_, place), expected(r, n, at(before, place)), 2e-5)
                  << rows << " " << groups;
              untouched[static_cast<std::size_t>(place)] = at(result_, place);
            }
          ASSERT_EQ(result_, untouched) << "wrote elsewhere";
        }
}

TEST_F(ProductKernel, ReadsAndWritesGroupsWhereTheyLie) {
  make(5, 3, 16 * 4);
  product_.vector_group = 32;
  product_.result_group = 16;
  vectors_.resize(vectors_.size() + 128);
  product_.vectors = vectors_.data();
  multiply(product_, 5, 3);
  for (std::int64_t r = 0; r < 5; ++r)
    for (std::int64_t g = 0; g < 3; ++g)
      for (std::int64_t n = 0; n < 16; ++n)
        ASSERT_NEAR(at(result_, r * product_.result_stride + 16 * g + n), expected(r, 32 * g + n, 0), 1e-5);
}

TEST_F(ProductKernel, ColumnsNeedBeNoWholeGroups) {
  for (const std::int64_t columns : {1, 7, 16, 17, 40, 100})
    for (const Into into : {Into::assign, Into::add}) {
      terms_.clear();
      make(6, 5, columns);
      product_.into = into;
      const std::vector<float> before = result_;
      std::vector<float> untouched = result_;
      multiply_columns(product_, 6, columns);
      for (std::int64_t r = 0; r < 6; ++r)
        for (std::int64_t n = 0; n < columns; ++n) {
          const std::int64_t place = r * product_.result_stride + n;
          ASSERT_NEAR(at(result_, place), expected(r, n, at(before, place)), 1e-5) << columns;
          untouched[static_cast<std::size_t>(place)] = at(result_, place);
        }
      ASSERT_EQ(result_, untouched) << "wrote elsewhere";
    }
}

TEST_F(ProductKernel, AddingIsMultiplyingAndThenAdding) {
  make(7, 30, 48);
  std::vector<float> before = result_;
  product_.into = Into::add;
  multiply(product_, 7, 3);
  const std::vector<float> added = result_;
  product_.into = Into::assign;
  multiply(product_, 7, 3);
  for (std::int64_t r = 0; r < 7; ++r)
    for (std::int64_t n = 0; n < 48; ++n) {
      const auto place = static_cast<std::size_t>(r * product_.result_stride + n);
      ASSERT_EQ(added[place], before[place] + result_[place]);
    }
}

}  // namespace
}  // namespace nwedge::network
