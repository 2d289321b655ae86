#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

template <class Pixel>
using ReadTest = std::type_identity_t<std::function<LabelledImages<Pixel>()>>;

/// The data set of what a reader found: held-out examples become the test split (`options.validation`),
/// labels are permuted where they are to be random, subsets are chosen, pixels standardised.
///
/// `read_test` reads the data's own test split and is called where nothing is held out; empty: there is none.
/// `classes`: 0: as many as the training labels need. Errors at `place`, the file or folder: no test split,
/// different shapes, labels out of range, more examples asked for than there are.
template <class Pixel>
DataSet assemble(const DataOptions& options, const LabelledImages<Pixel>& train,
                 const ReadTest<Pixel>& read_test, std::int64_t classes, std::string_view place);

}  // namespace nwedge::network
