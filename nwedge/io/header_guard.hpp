#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_set>

#include "nwedge/core/error.hpp"

namespace nwedge::io {

/// Reads the JSON of a safetensors header without keeping it, in linear time, and throws an `Error` where it
/// is not what such a header can be: deeper than tensors with their shapes, a list longer than shapes are, or
/// a name twice (which a JSON parser would merge in silence). What passes takes memory in proportion.
class HeaderGuard final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderGuard(std::string_view place) : place_(place) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override;
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override;

 private:
  bool value();
  bool open();
  bool close();

  static constexpr std::size_t kDeepest = 3;  // header, tensor, shape
  static constexpr std::size_t kLongest = 64;

  std::string place_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;  // in the tensor's description that is open
  bool in_metadata_ = false;
  std::string tensor_;
  std::unordered_set<std::string> names_;
};

}  // namespace nwedge::io
