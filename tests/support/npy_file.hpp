#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace nwedge::test {

/// The header of an .npy file of format 1.0 as NumPy writes it, from the text of its dictionary.
inline std::vector<std::uint8_t> npy_header(std::string dictionary) {
  dictionary.append(63 - (dictionary.size() + 10) % 64, ' ').push_back('\n');
  std::vector<std::uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  bytes.push_back(static_cast<std::uint8_t>(dictionary.size()));
  bytes.push_back(static_cast<std::uint8_t>(dictionary.size() >> 8));
  bytes.insert(bytes.end(), dictionary.begin(), dictionary.end());
  return bytes;
}

/// The .npy file of an array: npy("<f4", "(2,)", std::vector<float>{1, 2}).
template <class T>
std::vector<std::uint8_t> npy(const std::string& type, const std::string& shape,
                              const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes =
      npy_header("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }");
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data() + begin, values.data(), values.size() * sizeof(T));
  return bytes;
}

}  // namespace nwedge::test
