# LibTorch as the torch wheel of .venv carries it (scripts/setup installs it): the target LibTorch::cpu,
# where KINDRED_TORCH is not OFF and the wheel is there. Only the CPU's libraries are linked; a wheel
# with CUDA brings its own, which libtorch_cuda finds beside them.
set(KINDRED_TORCH AUTO CACHE STRING "Training and GPUs by the LibTorch of .venv: AUTO (where it is), ON, OFF")
set_property(CACHE KINDRED_TORCH PROPERTY STRINGS AUTO ON OFF)
if(KINDRED_TORCH STREQUAL "OFF")
  return()
endif()

set(KINDRED_TORCH_VERSION 2.13.0)
set(missing "no torch ${KINDRED_TORCH_VERSION} in ${PROJECT_SOURCE_DIR}/.venv; scripts/setup installs it")
file(GLOB TORCH_DIR ${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages/torch)
if(TORCH_DIR)
  list(GET TORCH_DIR 0 TORCH_DIR)
  if(EXISTS ${TORCH_DIR}/lib/libtorch_cpu.so AND EXISTS ${TORCH_DIR}/include/ATen/core/Tensor.h)
    file(STRINGS ${TORCH_DIR}/version.py version REGEX "^__version__ = ")
    if(version MATCHES "'${KINDRED_TORCH_VERSION}")
      add_library(LibTorch::cpu INTERFACE IMPORTED)
      set(libraries ${TORCH_DIR}/lib/libtorch_cpu.so ${TORCH_DIR}/lib/libc10.so)
      if(EXISTS ${TORCH_DIR}/lib/libtorch_cuda.so)
        # Nothing names a symbol of it: it registers itself, and must be linked all the same.
        list(APPEND libraries -Wl,--no-as-needed ${TORCH_DIR}/lib/libtorch_cuda.so ${TORCH_DIR}/lib/libc10_cuda.so -Wl,--as-needed)
      endif()
      # The wheel's headers lie beside copies of fmt, nlohmann-json and more, which are not ours to take.
      foreach(folder ATen c10 torch)
        file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/libtorch)
        file(CREATE_LINK ${TORCH_DIR}/include/${folder} ${CMAKE_BINARY_DIR}/libtorch/${folder} SYMBOLIC)
      endforeach()
      set_target_properties(LibTorch::cpu PROPERTIES  # as system headers: no warnings from them
        INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/libtorch
        INTERFACE_LINK_LIBRARIES "${libraries}"
        # Whole operator headers take a unit from 5 to 25 seconds: with this they do not compile.
        INTERFACE_COMPILE_DEFINITIONS TORCH_ASSERT_ONLY_METHOD_OPERATORS)
      message(STATUS "Training: LibTorch of ${TORCH_DIR}")
      return()
    endif()
    set(missing "${TORCH_DIR} is of another version than ${KINDRED_TORCH_VERSION}")
  else()
    set(missing "${TORCH_DIR} has no headers, or no libtorch_cpu.so")
  endif()
endif()
if(KINDRED_TORCH STREQUAL "ON")
  message(FATAL_ERROR "KINDRED_TORCH=ON, but ${missing}")
endif()
message(STATUS "Training: not built, ${missing}")
