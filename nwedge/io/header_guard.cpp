#include "nwedge/io/header_guard.hpp"

#include <fmt/core.h>

namespace nwedge::io {

bool HeaderGuard::key(string_t& name) {
  if (depth_ == 1 && !names_.insert(name).second)
    throw Error(place_, fmt::format("tensor \"{}\" appears twice in the header", name));
  if (depth_ == 1) tensor_ = name;
  in_metadata_ = depth_ == 1 ? name == "__metadata__" : in_metadata_;
  return true;
}

bool HeaderGuard::parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
  throw Error(place_, fmt::format("the header must be JSON, is not at its byte {}", position));
}

bool HeaderGuard::value() {
  if (depth_ == 0) throw Error(place_, "the header must be a JSON object");
  if (depth_ > 1 && !in_metadata_ && ++values_ > kLongest)
    throw Error(place_, fmt::format("tensor \"{}\" must be described by at most {} values, has more", tensor_,
                                    kLongest));
  return true;
}

bool HeaderGuard::open() {
  if (++depth_ > kDeepest)
    throw Error(place_, fmt::format("the header must be nested at most {} deep, is deeper", kDeepest));
  if (depth_ == 2) values_ = 0;
  return depth_ <= 2 || value();
}

bool HeaderGuard::close() {
  --depth_;
  return true;
}

}  // namespace nwedge::io
