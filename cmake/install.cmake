# The files that a host needs to build against an installed Holdfast: headers, library, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)

set(HOLDFAST_CMAKE_DIRECTORY ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)
install(TARGETS holdfast EXPORT holdfast-targets ARCHIVE COMPONENT development)
install(DIRECTORY include/holdfast DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT holdfast-targets NAMESPACE holdfast:: DESTINATION ${HOLDFAST_CMAKE_DIRECTORY} COMPONENT development)
configure_package_config_file(cmake/holdfast-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/holdfast-config.cmake
  INSTALL_DESTINATION ${HOLDFAST_CMAKE_DIRECTORY})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/holdfast-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/holdfast-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/holdfast-config-version.cmake
  DESTINATION ${HOLDFAST_CMAKE_DIRECTORY} COMPONENT development)
# Relative to the file itself, so that the prefix can be chosen at install time and the tree can be moved.
file(RELATIVE_PATH HOLDFAST_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" HOLDFAST_PC_TO_PREFIX "${HOLDFAST_PC_TO_PREFIX}")
configure_file(cmake/holdfast.pc.in ${CMAKE_CURRENT_BINARY_DIR}/holdfast.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/holdfast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
