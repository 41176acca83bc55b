# The test that counts heap calls of decoding and encoding: the linker sends them to it.
if(TARGET unit_gateway_codec_heap_test)
  target_link_options(unit_gateway_codec_heap_test PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
endif()
