#include "nwedge/network/losses/loss_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/network/losses/binary_cross_entropy.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "nwedge/network/losses/mean_squared.hpp"

namespace nwedge::network {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kNames = {"cross-entropy"sv, "mean-squared"sv, "binary-cross-entropy"sv};

/// Every target of both splits must fit: the first that does not is an error.
template <class Fits>
void check_values(const DataSet& data, std::string_view rule, std::string_view place, Fits fits) {
  for (const Examples* examples : {&data.train, &data.test}) {
    const auto bad = std::find_if_not(examples->targets.begin(), examples->targets.end(), fits);
    if (bad != examples->targets.end()) throw Error(place, fmt::format("{}, the data have {}", rule, *bad));
  }
}

std::unique_ptr<const Loss> make_cross_entropy(const LossOptions& options, const DataSet& data,
                                               std::string_view place) {
  if (data.target_size > 0)
    throw Error(
        place,
        fmt::format("cross-entropy needs labels, the data have {} numbers an example as target: choose "
                    "the loss mean-squared or binary-cross-entropy",
                    data.target_size));
  if (data.classes < 2)
    throw Error(place, fmt::format("cross-entropy needs at least 2 classes, the data have {}", data.classes));
  return std::make_unique<CrossEntropy>(data.classes, options.label_smoothing);
}

std::unique_ptr<const Loss> make_mean_squared(const DataSet& data, std::string_view place) {
  if (data.target_size < 1)
    throw Error(place,
                "mean-squared needs numbers as targets, the data have labels: choose the loss cross-entropy, "
                "or data with targets and task regression");
  check_values(data, "targets of mean-squared must be finite", place,
               [](float t) { return std::isfinite(t); });
  return std::make_unique<MeanSquared>(data.target_size);
}

std::unique_ptr<const Loss> make_binary_cross_entropy(const DataSet& data, std::string_view place) {
  if (data.target_size > 0) {
    check_values(data, "targets of binary-cross-entropy must be from 0 to 1", place,
                 [](float t) { return t >= 0 && t <= 1; });
    return std::make_unique<BinaryCrossEntropy>(data.target_size);
  }
  if (data.classes != 2)
    throw Error(
        place,
        fmt::format("binary-cross-entropy needs labels of 2 classes, the data have {}: choose the loss "
                    "cross-entropy",
                    data.classes));
  return std::make_unique<BinaryCrossEntropy>(1);
}

}  // namespace

void LossOptions::visit_function(OptionVisitor& visitor) {
  visitor.field("loss", loss, kNames,
                "cross-entropy of labels, mean-squared error of targets, or binary-cross-entropy of two "
                "classes or of targets from 0 to 1");
}

void LossOptions::visit(OptionVisitor& visitor) {
  visit_function(visitor);
  visitor.field("label-smoothing", label_smoothing, between(0, 1),
                "share of each label that is spread over all classes (cross-entropy)");
}

void LossOptions::validate(std::string_view place) const {
  check_options(place, *this);
  if (label_smoothing > 0 && loss != "cross-entropy")
    throw Error(place, fmt::format("label-smoothing belongs to the loss cross-entropy, is {} with {}",
                                   label_smoothing, loss));
}

std::unique_ptr<const Loss> make_loss(const LossOptions& options, const DataSet& data,
                                      std::string_view place) {
  options.validate(place);
  if (options.loss == "mean-squared") return make_mean_squared(data, place);
  if (options.loss == "binary-cross-entropy") return make_binary_cross_entropy(data, place);
  return make_cross_entropy(options, data, place);
}

}  // namespace nwedge::network
