# The seam gateway/http.h alone: a small server over it and raw sockets, without registry or
# engine, so that a failure here is HTTP's.
file(GLOB seam_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/gateway/http_*.c)
add_library(seam_objects OBJECT ${seam_sources}
  ${PROJECT_SOURCE_DIR}/gateway/inflate.c ${PROJECT_SOURCE_DIR}/gateway/deflate.c
  ${PROJECT_SOURCE_DIR}/gateway/errors.c
  ${PROJECT_SOURCE_DIR}/gateway/text.c
  ${CMAKE_CURRENT_LIST_DIR}/server.c ${CMAKE_CURRENT_LIST_DIR}/client.c)
target_include_directories(seam_objects PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(seam_objects PRIVATE _GNU_SOURCE)
target_link_libraries(seam_objects PUBLIC roost_flags PkgConfig::MICROHTTPD PkgConfig::ZLIB
  PkgConfig::CMOCKA Threads::Threads)

file(GLOB seam_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.c)
foreach(source ${seam_tests})
  get_filename_component(stem ${source} NAME_WE)
  set(name http_seam_${stem})
  add_executable(${name} ${source} $<TARGET_OBJECTS:seam_objects>
    $<TARGET_OBJECTS:roost_base>)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE roost_flags PkgConfig::MICROHTTPD PkgConfig::ZLIB
    PkgConfig::CMOCKA Threads::Threads)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS http TIMEOUT 120)
endforeach()
# Counts the allocations of our objects only: libmicrohttpd's own are not sent through.
target_link_options(http_seam_warm_alloc_test PRIVATE
  -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup)
