# Installs the build into an empty prefix, then configures, builds and runs examples/downstream against it.
# Arguments: BUILD (the build folder), SOURCE (the repository), COMPILER.
set(work ${BUILD}/install-check)
file(REMOVE_RECURSE ${work})
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nended with ${code}:\n${output}")
  endif()
  message(STATUS "${output}")
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/examples/downstream -B ${work}/build -DCMAKE_PREFIX_PATH=${work}/prefix
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_STANDARD=20)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/downstream)
run(${work}/prefix/bin/nwedge --version)
foreach(file man/man1/nwedge.1 bash-completion/completions/nwedge zsh/site-functions/_nwedge
        fish/vendor_completions.d/nwedge.fish)
  if(NOT EXISTS ${work}/prefix/share/${file})
    message(FATAL_ERROR "share/${file} was not installed")
  endif()
endforeach()
