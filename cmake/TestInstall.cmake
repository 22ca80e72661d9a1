# cmake -DBUILD=… -DSOURCE=… -P TestInstall.cmake: installs BUILD beside itself, then configures, builds
# and runs the examples against that copy alone.
set(prefix ${BUILD}/test-install)
set(examples ${BUILD}/test-examples)
file(REMOVE_RECURSE ${prefix} ${examples})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${SOURCE}/examples -B ${examples} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release
  -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${examples})
run(${examples}/example_embed ${SOURCE}/tests/golden/vectors/st-dense "t5 t6" "t5 t6" "t9")
string(FIND "${output}" "1.000  1.000" found)
if(found EQUAL -1)
  message(FATAL_ERROR "example_embed did not find equal texts equal:\n${output}")
endif()
foreach(file bin/kindred share/man/man1/kindred-embed.1 share/bash-completion/completions/kindred include/kindred/encoder.h)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()
