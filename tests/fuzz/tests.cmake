# Fuzz targets: tests/fuzz/<target>_fuzz.c. With any compiler each is a test that replays
# tests/fuzz/corpus/<target>; with clang and ROOST_FUZZ=ON it is a libFuzzer binary, and
# everything it links is built with coverage and the sanitizers (./dev fuzz does it).
option(ROOST_FUZZ "Build the fuzz targets for libFuzzer" OFF)
set(fuzz_dir ${PROJECT_SOURCE_DIR}/tests/fuzz)
if(ROOST_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "ROOST_FUZZ needs clang: -DCMAKE_C_COMPILER=clang-14")
  endif()
  set(fuzz_flags -fsanitize=fuzzer-no-link,address,undefined)
  target_compile_options(roost_flags INTERFACE ${fuzz_flags} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(roost_flags INTERFACE ${fuzz_flags})
endif()

# A library, so that each target links only what it uses.
file(GLOB fuzz_support CONFIGURE_DEPENDS ${fuzz_dir}/support/*.c)
add_library(roost_fuzz_rooms STATIC ${server_objects} ${fuzz_support}
  ${PROJECT_SOURCE_DIR}/tests/unit/gateway/support/plans.c)
target_compile_definitions(roost_fuzz_rooms PRIVATE _GNU_SOURCE)
target_include_directories(roost_fuzz_rooms PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(roost_fuzz_rooms PUBLIC roost_flags ${server_links} PkgConfig::CMOCKA)

add_custom_target(fuzz)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${fuzz_dir}/*_fuzz.c)
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" target ${name})
  add_executable(${name} ${source})
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE roost_fuzz_rooms)
  add_dependencies(fuzz ${name})
  if(ROOST_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${fuzz_dir}/replay.c)
    add_test(NAME fuzz_${target} COMMAND ${name} ${fuzz_dir}/corpus/${target})
    set_tests_properties(fuzz_${target} PROPERTIES LABELS fuzz TIMEOUT 60)
  endif()
endforeach()
