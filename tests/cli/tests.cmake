# The built program, called as a person would call it: one sh script a command.
if(TARGET roost)
  file(GLOB cli_scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.sh)
  foreach(script ${cli_scripts})
    get_filename_component(stem ${script} NAME_WE)
    add_test(NAME cli_${stem}
      COMMAND sh ${script} $<TARGET_FILE:roost> ${CMAKE_CURRENT_LIST_DIR})
    set_tests_properties(cli_${stem} PROPERTIES LABELS cli TIMEOUT 120)
  endforeach()
endif()
