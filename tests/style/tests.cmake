# Gates that need no server; run in one tree only (ROOST_STYLE), as `./dev check` does.
option(ROOST_STYLE "Register the style gates as tests" OFF)
if(ROOST_STYLE)
  foreach(gate sizes layers headers banned format readmes)
    add_test(NAME style_${gate}
      COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/style/check.py ${gate})
    set_tests_properties(style_${gate} PROPERTIES LABELS style TIMEOUT 300)
  endforeach()
  foreach(gate lint clang symbols)
    add_test(NAME style_${gate}
      COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/style/check.py ${gate}
              ${PROJECT_BINARY_DIR})
    set_tests_properties(style_${gate} PROPERTIES LABELS style TIMEOUT 900)
  endforeach()
endif()
