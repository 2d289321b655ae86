#include "nwedge/core/version.hpp"

namespace nwedge {

std::string_view version() { return NWEDGE_VERSION; }

}  // namespace nwedge
