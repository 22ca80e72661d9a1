# Apache Arrow and Parquet as the pyarrow wheel of .venv carries them (scripts/setup installs it): the
# target PyArrow::parquet, where KINDRED_PARQUET is not OFF and the wheel is there.
set(KINDRED_PARQUET AUTO CACHE STRING "Read Parquet files with the Arrow of .venv: AUTO (where it is), ON, OFF")
set_property(CACHE KINDRED_PARQUET PROPERTY STRINGS AUTO ON OFF)
if(KINDRED_PARQUET STREQUAL "OFF")
  return()
endif()

set(missing "no pyarrow in ${PROJECT_SOURCE_DIR}/.venv; scripts/setup installs it")
file(GLOB PYARROW_DIR ${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages/pyarrow)
if(PYARROW_DIR)
  list(GET PYARROW_DIR 0 PYARROW_DIR)
  file(GLOB PYARROW_LIBRARIES ${PYARROW_DIR}/libarrow.so.* ${PYARROW_DIR}/libparquet.so.*)
  list(LENGTH PYARROW_LIBRARIES count)
  if(EXISTS ${PYARROW_DIR}/include/parquet/arrow/reader.h AND count EQUAL 2)
    add_library(PyArrow::parquet INTERFACE IMPORTED)
    set_target_properties(PyArrow::parquet PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES ${PYARROW_DIR}/include  # as system headers: no warnings from them
      INTERFACE_LINK_LIBRARIES "${PYARROW_LIBRARIES}")
    message(STATUS "Parquet: Arrow of ${PYARROW_DIR}")
    return()
  endif()
  set(missing "${PYARROW_DIR} has no headers, or no libarrow.so and libparquet.so")
endif()
if(KINDRED_PARQUET STREQUAL "ON")
  message(FATAL_ERROR "KINDRED_PARQUET=ON, but ${missing}")
endif()
message(STATUS "Parquet: not read, ${missing}")
