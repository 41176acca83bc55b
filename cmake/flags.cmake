# Warnings, hardening and sanitizers, as one interface target that every room links.
add_library(roost_flags INTERFACE)
target_compile_options(roost_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Walloca -Wundef -Wpointer-arith -fno-common -fstack-protector-strong)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(roost_flags INTERFACE -Wstack-usage=16384)
endif()
if(ROOST_WERROR)
  target_compile_options(roost_flags INTERFACE -Werror)
endif()
if(ROOST_SANITIZE)
  target_compile_options(roost_flags INTERFACE -fsanitize=${ROOST_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(roost_flags INTERFACE -fsanitize=${ROOST_SANITIZE})
else()
  target_compile_options(roost_flags INTERFACE
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> -fstack-clash-protection -fcf-protection)
  target_link_options(roost_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
