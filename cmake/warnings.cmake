# The warnings and sanitizers for all of our targets. Options are written as designated initialisers that leave members
# at their defaults, so that is not a warning.
function(holdfast_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
  if(HOLDFAST_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(HOLDFAST_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${HOLDFAST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${HOLDFAST_SANITIZE})
    if(HOLDFAST_SANITIZE MATCHES address)
      # AddressSanitizer sees these accesses too, and the check takes an eighth of the compile time.
      target_compile_options(${target} PRIVATE -fno-sanitize=null)
    endif()
  endif()
endfunction()
