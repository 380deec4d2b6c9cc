# The interfaces and pages as HTML, for reading: `cmake --build build/release --target docs` makes build/release/docs/html.
find_package(Doxygen 1.9.4 QUIET)
if(NOT DOXYGEN_FOUND OR NOT EXISTS ${PROJECT_SOURCE_DIR}/docs/html)  # a source distribution of the Python package has none
  return()
endif()
set(made ${CMAKE_CURRENT_BINARY_DIR}/docs)
# A look that also fits small and dark screens, where the distribution has it.
find_file(style doxygen-awesome.css PATH_SUFFIXES share/doxygen-awesome-css NO_CACHE)
if(NOT style)
  set(style "")
endif()
# The examples are the programs that the tests run. Doxygen links functions to the examples that call them.
set(examples "")
file(GLOB programs RELATIVE ${PROJECT_SOURCE_DIR}/examples CONFIGURE_DEPENDS
     examples/*/main.c examples/*/main.cpp examples/*/main.py examples/gallery/*.py)
foreach(program IN LISTS programs)
  string(APPEND examples "/** @example ${program} */\n")
endforeach()
file(WRITE ${made}/examples.dox "${examples}")
configure_file(docs/html/Doxyfile.in ${made}/Doxyfile @ONLY)
add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E rm -rf ${made}/html COMMAND Doxygen::doxygen ${made}/Doxyfile
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM COMMENT "Documents in ${made}/html")
