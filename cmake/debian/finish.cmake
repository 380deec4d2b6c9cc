# What Debian's policy asks of the files of a package, before it is made: no debug information in static libraries, and compressed
# manual pages and changelogs.
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_DIRECTORY}/*.a)
foreach(archive IN LISTS archives)
  execute_process(COMMAND strip --strip-debug --remove-section=.comment --remove-section=.note ${archive} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE texts ${CPACK_TEMPORARY_DIRECTORY}/holdfast.1 ${CPACK_TEMPORARY_DIRECTORY}/changelog.Debian)
foreach(text IN LISTS texts)
  execute_process(COMMAND gzip -9n ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
