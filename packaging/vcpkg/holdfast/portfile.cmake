# An overlay port of the tree that it is in: `vcpkg install holdfast --overlay-ports=packaging/vcpkg`.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)
vcpkg_check_features(OUT_FEATURE_OPTIONS SWITCHES FEATURES command HOLDFAST_BUILD_COMMAND)
# The C interface is a shared library whatever the triplet says, so only the triplets of shared libraries have it.
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" dynamic shared)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${SWITCHES} -DHOLDFAST_BUILD_CAPI=${shared} -DHOLDFAST_BUILD_TESTS=OFF -DHOLDFAST_BUILD_SERVICES=OFF -DHOLDFAST_UNITY=ON
          -DCMAKE_INSTALL_LIBDIR=lib)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/holdfast)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
if("command" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES holdfast AUTO_CLEAN)
endif()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
