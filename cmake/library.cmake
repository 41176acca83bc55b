# libroost: the engine, the model formats and roost.h, as a static and a shared library
# with a pkg-config file and a CMake package (find_package(Roost), Roost::roost).
add_library(roost_static STATIC ${library_objects})
add_library(roost_shared SHARED ${library_objects})
foreach(target roost_static roost_shared)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME roost)
  target_link_libraries(${target} PRIVATE roost_flags ${library_links})
endforeach()
set_target_properties(roost_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)

if(OPENBLAS_FOUND)
  set(ROOST_PC_OPENBLAS " openblas")
endif()
configure_file(cmake/roost.pc.in roost.pc @ONLY)
configure_file(cmake/RoostConfig.cmake.in RoostConfig.cmake @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RoostConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

install(TARGETS roost_static roost_shared
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES engine/roost.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/roost.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/RoostConfig.cmake
              ${PROJECT_BINARY_DIR}/RoostConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Roost)
