# With HOLDFAST_UNITY, as in tests/run and the quickstart, the compiler sees up to 24 source files of a folder at once,
# after headers that it has parsed before: those that most files include, and what the caller adds. That takes a third of
# the time. Local names in the files of one folder must therefore differ. Groups follow folders, so that a new file does
# not move the files of other folders.
function(holdfast_unity target)  # header…
  if(NOT HOLDFAST_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <set>
    <stop_token> <string> <string_view> <thread> <vector> ${ARGN})
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "\\.cpp$")
      continue()
    endif()
    get_filename_component(folder ${source} DIRECTORY)
    string(MAKE_C_IDENTIFIER "in_${folder}" folder)
    if(NOT DEFINED count_${folder})
      set(count_${folder} 0)
    endif()
    math(EXPR group "${count_${folder}} / 24")
    math(EXPR count_${folder} "${count_${folder}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
endfunction()
