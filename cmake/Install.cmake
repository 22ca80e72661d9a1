# make install: the program with its manual pages and completions, the public headers, the static
# libraries and a CMake package, so that find_package(kindred) gives kindred::kindred.
include(CMakePackageConfigHelpers)

set(KINDRED_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/kindred)
set(layers base io text kernels model static_vectors native encode index)
foreach(layer ${layers})
  set_target_properties(kindred_${layer} PROPERTIES EXPORT_NAME ${layer})
  list(APPEND layer_targets kindred_${layer})
endforeach()
install(TARGETS kindred_library ${layer_targets} EXPORT kindredTargets)
install(EXPORT kindredTargets NAMESPACE kindred:: DESTINATION ${KINDRED_PACKAGE_DIR})
install(DIRECTORY include/kindred DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS kindred)
if(TARGET kindred-torch)
  install(TARGETS kindred-torch)
endif()

configure_package_config_file(cmake/kindredConfig.cmake.in ${PROJECT_BINARY_DIR}/kindredConfig.cmake
  INSTALL_DESTINATION ${KINDRED_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kindredConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kindredConfig.cmake ${PROJECT_BINARY_DIR}/kindredConfigVersion.cmake
  DESTINATION ${KINDRED_PACKAGE_DIR})

# The program writes its own manual and completions from its table of flags.
set(generated ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated}/man)
add_custom_command(OUTPUT ${generated}/kindred.bash ${generated}/_kindred ${generated}/kindred.fish ${generated}/man/kindred.1
  COMMAND kindred completion bash > ${generated}/kindred.bash
  COMMAND kindred completion zsh > ${generated}/_kindred
  COMMAND kindred completion fish > ${generated}/kindred.fish
  COMMAND kindred man --output ${generated}/man
  DEPENDS kindred COMMENT "Writing manual pages and completions")
add_custom_target(kindred_manual ALL DEPENDS ${generated}/man/kindred.1)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/kindred)
install(DIRECTORY ${generated}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/kindred.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME kindred)
install(FILES ${generated}/_kindred DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${generated}/kindred.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

if(KINDRED_TESTS)
  # Installs into the build folder and builds the examples against that, as another project would.
  add_test(NAME install.examples_build_against_the_package
    COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -DSOURCE=${PROJECT_SOURCE_DIR}
      "-DGENERATOR=${CMAKE_GENERATOR}" -DCOMPILER=${CMAKE_CXX_COMPILER} "-DFLAGS=${CMAKE_CXX_FLAGS}"
      -P ${PROJECT_SOURCE_DIR}/cmake/TestInstall.cmake)
  set_tests_properties(install.examples_build_against_the_package PROPERTIES TIMEOUT 600)
endif()
