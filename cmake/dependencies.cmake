# Every dependency is a Debian package; tools/install-packages installs them.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(hwy REQUIRED)  # vector code for several instruction sets
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED)  # Boost.Math: special functions of the closed forms
find_path(NWEDGE_RANDOM123_INCLUDE Random123/philox.h REQUIRED)
find_path(NWEDGE_XXHASH_INCLUDE xxhash.h REQUIRED)
# Studies over many processes, where it is there (tools/install-packages mpi).
set(MPI_CXX_SKIP_MPICXX ON)
if(NOT CMAKE_CROSSCOMPILING)
  find_package(MPI COMPONENTS CXX)
endif()
# What data files are made of: .npz archives, images.
find_package(PNG REQUIRED)
find_path(NWEDGE_ZIP_INCLUDE zip.h REQUIRED)
find_library(NWEDGE_ZIP_LIBRARY zip REQUIRED)
find_path(NWEDGE_TURBOJPEG_INCLUDE turbojpeg.h REQUIRED)
find_library(NWEDGE_TURBOJPEG_LIBRARY turbojpeg REQUIRED)
find_package(Protobuf REQUIRED)
find_path(NWEDGE_ONNX_INCLUDE onnx/onnx-ml.pb.h REQUIRED)  # ONNX's messages, in a system folder
find_library(NWEDGE_ONNX_PROTO onnx_proto REQUIRED)
