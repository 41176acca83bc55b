# docs/embed.md's program, built against the installed library; plain builds only, since a
# program of the reader's own is not built with our sanitizers.
if(NOT ROOST_SANITIZE)
  add_test(NAME embed COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/embed/embed_test.sh
    ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  set_tests_properties(embed PROPERTIES LABELS embed TIMEOUT 120)
endif()
