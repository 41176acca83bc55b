# The tests that count heap calls of decoding and encoding: the linker sends them there.
foreach(test unit_gateway_codec_heap_test unit_gateway_decode_v2_heap_test)
  if(TARGET ${test})
    target_link_options(${test} PRIVATE
      -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
  endif()
endforeach()
