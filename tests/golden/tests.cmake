# Golden tests: scores that other programs computed. XGBoost's come from Debian's
# python3-xgboost, which trains the models at test time; without it the tests are skipped.
find_program(ROOST_DEBIAN_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT ROOST_DEBIAN_PYTHON)
  set(ROOST_DEBIAN_PYTHON python3)
endif()
set(golden_xgboost ${PROJECT_BINARY_DIR}/golden/xgboost)

add_executable(xgboost_golden_test golden/xgboost/xgboost_golden_test.c ${library_objects})
target_compile_definitions(xgboost_golden_test PRIVATE _GNU_SOURCE
  ROOST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_include_directories(xgboost_golden_test PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(xgboost_golden_test PRIVATE roost_flags ${library_links})

# One test trains and compares: trees of builds that run together share test names, so that
# one test could not name the other it depends on.
add_test(NAME golden_xgboost
  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/golden/xgboost/run.sh ${ROOST_DEBIAN_PYTHON}
          $<TARGET_FILE:xgboost_golden_test> ${golden_xgboost})
set_tests_properties(golden_xgboost PROPERTIES LABELS golden TIMEOUT 300
  SKIP_RETURN_CODE 77)
add_test(NAME golden_xgboost_shared COMMAND xgboost_golden_test shared)
set_tests_properties(golden_xgboost_shared PROPERTIES LABELS golden TIMEOUT 60
  SKIP_RETURN_CODE 77)
