add_library(nwedge_compiler INTERFACE)
target_compile_options(nwedge_compiler INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms: on std::string (GCC bug 105651) and on AVX-512 intrinsics, which Eigen uses (GCC bug 105593).
  target_compile_options(nwedge_compiler INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Vectors of sixteen floats are passed between functions of this build only, all compiled for one processor.
  # And what is inlined into the vector code of a file is that file's own, even where it could be shared with a library.
  target_compile_options(nwedge_compiler INTERFACE -Wno-psabi -fno-semantic-interposition)
endif()
if(NWEDGE_WERROR)
  target_compile_options(nwedge_compiler INTERFACE -Werror)
endif()
# Vector code exists once for each instruction set in one binary (core/vectorise.hpp, Highway's dispatch): the rest is
# compiled for any processor of the architecture.
target_compile_definitions(nwedge_compiler INTERFACE "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_AVX3_DL)")
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-mprefer-vector-width=512 NWEDGE_HAS_PREFER_VECTOR_WIDTH)
if(NWEDGE_HAS_PREFER_VECTOR_WIDTH)
  target_compile_options(nwedge_compiler INTERFACE -mprefer-vector-width=512)
endif()
# Fixed rounding: a sum in the source is that sum in the binary, on any thread count.
target_compile_options(nwedge_compiler INTERFACE -ffp-contract=fast -fno-math-errno)
if(NWEDGE_FUZZ)
  target_compile_options(nwedge_compiler INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(NWEDGE_SANITIZE)
  # Undefined behaviour ends the program, so that a test fails and does not only print.
  target_compile_options(nwedge_compiler INTERFACE -fsanitize=${NWEDGE_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer -g)
  target_link_options(nwedge_compiler INTERFACE -fsanitize=${NWEDGE_SANITIZE})
endif()
