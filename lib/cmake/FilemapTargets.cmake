# Flags of all targets of this project, not imposed on users of the library.
add_library(filemap_build_flags INTERFACE)
target_compile_options(filemap_build_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual> -Wconversion -Wno-sign-conversion
    $<$<BOOL:${FILEMAP_WERROR}>:-Werror>
    # False alarms of g++ 12 in std::string, which it no longer suppresses when the header is precompiled.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-array-bounds$<SEMICOLON>-Wno-restrict$<SEMICOLON>-Wno-stringop-overflow$<SEMICOLON>-Wno-stringop-overread>
    -ffunction-sections -fdata-sections)
target_link_options(filemap_build_flags INTERFACE -Wl,--gc-sections)
if(FILEMAP_SANITIZE)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL CMAKE_CXX_COMPILER_ID)
        message(FATAL_ERROR "FILEMAP_SANITIZE needs one runtime: CMAKE_C_COMPILER is ${CMAKE_C_COMPILER_ID}, "
                            "CMAKE_CXX_COMPILER is ${CMAKE_CXX_COMPILER_ID}")
    endif()
    target_compile_options(filemap_build_flags INTERFACE -fsanitize=${FILEMAP_SANITIZE} -fno-omit-frame-pointer
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)  # false alarms in instrumented code, in the standard library too
    target_link_options(filemap_build_flags INTERFACE -fsanitize=${FILEMAP_SANITIZE})
    if(FILEMAP_SANITIZE MATCHES undefined)
        # clang 14 cannot put the data of -fsanitize=function before the parts of a coroutine.
        target_compile_options(filemap_build_flags INTERFACE -fno-sanitize-recover=undefined
            $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
    endif()
endif()
if(FILEMAP_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
        message(FATAL_ERROR "FILEMAP_FUZZ needs clang: ${CMAKE_CXX_COMPILER_ID} has no libFuzzer")
    endif()
    # Reports to the fuzzer which code an input reaches.
    target_compile_options(filemap_build_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
