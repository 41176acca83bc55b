# libroost: the engine, the model formats and roost.h, as a static and a shared library
# with a pkg-config file and a CMake package.
add_library(roost_static STATIC ${library_objects})
add_library(roost_shared SHARED ${library_objects})
foreach(target roost_static roost_shared)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME roost EXPORT_NAME ${target})
  target_link_libraries(${target} PRIVATE roost_flags ${library_links})
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/engine>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(roost_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
