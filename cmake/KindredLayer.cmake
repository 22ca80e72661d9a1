# kindred_layer(NAME [DEPENDS layer...] [LIBRARIES lib...] [EXCLUDE file...])
#
# Makes the static library kindred_NAME from every .cc of the current folder, with its tests
# (x_test.cc) in one program kindred_NAME_test. File names choose the instruction set:
# x_avx2.cc, x_avx512.cc, x_avx512bf16.cc and x_amx.cc are compiled for it and are entered only after
# a check at run time; everything else is compiled for the x86-64 baseline.
set(KINDRED_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(KINDRED_WERROR)
  list(APPEND KINDRED_WARNINGS -Werror)
endif()

set(KINDRED_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(KINDRED_FLAGS_avx512 ${KINDRED_FLAGS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC's own header of these intrinsics starts from deliberately undefined registers (GCC bug 105593).
  list(APPEND KINDRED_FLAGS_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)
endif()
set(KINDRED_FLAGS_avx512bf16 ${KINDRED_FLAGS_avx512} -mavx512bf16)
set(KINDRED_FLAGS_amx ${KINDRED_FLAGS_avx512bf16} -mamx-tile -mamx-int8 -mamx-bf16)

function(kindred_isa_flags)
  foreach(file ${ARGN})
    if(file MATCHES "_(avx2|avx512|avx512bf16|amx)\\.cc$")
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${KINDRED_FLAGS_${CMAKE_MATCH_1}}")
    endif()
  endforeach()
endfunction()

function(kindred_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS;LIBRARIES;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(file ${LAYER_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  kindred_isa_flags(${sources})

  if(NOT sources)
    message(STATUS "layer ${name} has no sources")
    add_library(kindred_${name} INTERFACE)
    return()
  endif()
  add_library(kindred_${name} STATIC ${sources})
  target_include_directories(kindred_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_compile_options(kindred_${name} PRIVATE ${KINDRED_WARNINGS})
  foreach(layer ${LAYER_DEPENDS})
    target_link_libraries(kindred_${name} PUBLIC kindred_${layer})
  endforeach()
  target_link_libraries(kindred_${name} PUBLIC ${LAYER_LIBRARIES})

  if(KINDRED_TESTS AND tests)
    add_executable(kindred_${name}_test ${tests})
    target_compile_options(kindred_${name}_test PRIVATE ${KINDRED_WARNINGS})
    target_compile_definitions(kindred_${name}_test PRIVATE
      KINDRED_TEST_DATA="${PROJECT_SOURCE_DIR}/tests" KINDRED_MODELS="${PROJECT_SOURCE_DIR}/models")
    target_link_libraries(kindred_${name}_test PRIVATE kindred_${name} kindred_test_main)
    gtest_discover_tests(kindred_${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 600 ENVIRONMENT OMP_NUM_THREADS=1)
  endif()
endfunction()
