# Out of memory: every allocation site made to fail in turn, once and for ever. With
# sanitizers our own allocations only, through the linker; without, those of the libraries
# as well (support/fault.h).
if(NOT ROOST_SANITIZE)
  set(oom_wrap "")
else()
  set(oom_wrap -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
    -Wl,--wrap=posix_memalign,--wrap=strdup,--wrap=strndup,--wrap=realpath)
endif()
file(GLOB oom_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.c)
file(GLOB oom_support CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/support/*.c)
add_library(oom_support OBJECT ${oom_support}
  ${PROJECT_SOURCE_DIR}/tests/unit/registry/support/world.c
  ${PROJECT_SOURCE_DIR}/tests/unit/registry/support/models.c
  ${PROJECT_SOURCE_DIR}/tests/unit/gateway/support/plans.c)
target_compile_definitions(oom_support PRIVATE _GNU_SOURCE)
target_include_directories(oom_support PRIVATE ${PROJECT_SOURCE_DIR})
# A compiler that knows malloc may drop a call whose result is not used.
target_compile_options(oom_support PRIVATE -fno-builtin)
target_link_libraries(oom_support PUBLIC roost_flags PkgConfig::CMOCKA Threads::Threads)
foreach(source ${oom_tests})
  get_filename_component(stem ${source} NAME_WE)
  set(name oom_${stem})
  add_executable(${name} ${source} $<TARGET_OBJECTS:oom_support> ${server_objects})
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE
    ROOST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE roost_flags ${server_links} PkgConfig::CMOCKA)
  target_link_options(${name} PRIVATE ${oom_wrap})
  add_test(NAME ${name} COMMAND ${name})
  # A library's own threads would allocate beside the test and look like leaks.
  set_tests_properties(${name} PROPERTIES LABELS oom TIMEOUT 120
    ENVIRONMENT OPENBLAS_NUM_THREADS=1)
endforeach()
