# Tests that speak HTTP: the seam alone (seam/), then the whole server over the demo models.
include(${CMAKE_CURRENT_LIST_DIR}/seam/tests.cmake)

foreach(name demo docs malformed finite)
  add_test(NAME http_${name} COMMAND python3 -B ${CMAKE_CURRENT_LIST_DIR}/${name}_test.py
    $<TARGET_FILE:roost>)
  set_tests_properties(http_${name} PROPERTIES LABELS http TIMEOUT 300)
endforeach()

# Versions change under load: a short run always, the whole figure of the promise when slow
# tests are asked for. Malloc's caches would count as live bytes, so they are off.
add_executable(http_swap_test ${CMAKE_CURRENT_LIST_DIR}/swap_test.c
  ${CMAKE_CURRENT_LIST_DIR}/support/server.c)
target_compile_definitions(http_swap_test PRIVATE _GNU_SOURCE)
target_include_directories(http_swap_test PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(http_swap_test PRIVATE roost_flags PkgConfig::CURL Threads::Threads)
add_test(NAME http_swap COMMAND http_swap_test $<TARGET_FILE:roost> ${PROJECT_SOURCE_DIR}
  100 5)
add_test(NAME http_swap_full COMMAND http_swap_test $<TARGET_FILE:roost>
  ${PROJECT_SOURCE_DIR} 1000 50)
set_tests_properties(http_swap http_swap_full PROPERTIES TIMEOUT 600 RUN_SERIAL ON
  ENVIRONMENT GLIBC_TUNABLES=glibc.malloc.tcache_count=0)
set_tests_properties(http_swap PROPERTIES LABELS "http;threads")
set_tests_properties(http_swap_full PROPERTIES LABELS "http;slow")

# Heap calls of our objects during warm requests; sanitizers bring an allocator of their own.
if(NOT ROOST_SANITIZE)
  add_executable(http_alloc_test ${CMAKE_CURRENT_LIST_DIR}/alloc_test.c ${server_objects})
  target_compile_definitions(http_alloc_test PRIVATE _GNU_SOURCE)
  target_include_directories(http_alloc_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(http_alloc_test PRIVATE roost_flags ${server_links})
  target_link_options(http_alloc_test PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
    -Wl,--wrap=aligned_alloc,--wrap=posix_memalign,--wrap=strdup)
  add_test(NAME http_alloc COMMAND http_alloc_test
    ${PROJECT_SOURCE_DIR}/registry/demo/models ${PROJECT_SOURCE_DIR}/registry/demo/request.json)
  set_tests_properties(http_alloc PROPERTIES LABELS http TIMEOUT 120)
endif()
