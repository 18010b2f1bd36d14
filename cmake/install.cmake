# `cmake --install build --prefix DIR`, or `./dev install --prefix DIR`.
#   bin/arny   lib/libarny.so   lib/libarny.a (its llama.cpp archives in lib/arny/)   include/arny/
#   lib/arny/libexecutorch*.so, when the pte engine is built with the prebuilt runtime
#   lib/pkgconfig/arny.pc   lib/cmake/arny/   share/man/man1/arny.1
include(CMakePackageConfigHelpers)

set(ARNY_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/arny")
if(TARGET arny)
  install(TARGETS arny RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(TARGETS arny_static arny_shared
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY include/arny DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/docs/arny.1")
  install(FILES docs/arny.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
endif()

# Static linking needs llama.cpp's archives too; they lie in a folder of their own, out of the way of others.
set(ARNY_PC_PRIVATE "-lstdc++ -lm -lpthread")
set(ARNY_STATIC_ARCHIVES)
if(ARNY_OPENSSL)
  string(PREPEND ARNY_PC_PRIVATE "-lcrypto ")
endif()
if(ARNY_GGUF)
  set(ARNY_STATIC_ARCHIVES llama ggml ${GGML_AVAILABLE_BACKENDS} ggml-base)
  list(REVERSE ARNY_STATIC_ARCHIVES)
  foreach(name IN LISTS ARNY_STATIC_ARCHIVES)
    install(FILES "${ARNY_LLAMA_PREFIX}/lib/lib${name}.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}/arny")
    string(PREPEND ARNY_PC_PRIVATE "-l${name} ")
  endforeach()
  list(REVERSE ARNY_STATIC_ARCHIVES)
  string(PREPEND ARNY_PC_PRIVATE "-L\${libdir}/arny ")
endif()

# The prebuilt runtime goes with us; bin/arny and lib/libarny.so find it from where they lie, wherever that is moved.
set(ARNY_SHARED_LIBRARIES)
if(ARNY_PTE AND ARNY_EXECUTORCH_LIBRARIES)
  set(links)
  foreach(library IN LISTS ARNY_EXECUTORCH_LIBRARIES)
    get_filename_component(name "${library}" NAME)
    list(APPEND ARNY_SHARED_LIBRARIES "${name}")
    string(APPEND links "-l:${name} ")
  endforeach()
  install(FILES ${ARNY_EXECUTORCH_LIBRARIES} DESTINATION "${CMAKE_INSTALL_LIBDIR}/arny")
  install(FILES "${ARNY_EXECUTORCH_DIR}/licenses/LICENSE" DESTINATION "${CMAKE_INSTALL_LIBDIR}/arny"
          RENAME LICENSE.executorch OPTIONAL)
  string(PREPEND ARNY_PC_PRIVATE
    "-L\${libdir}/arny -Wl,-rpath,\${libdir}/arny -Wl,--push-state,--no-as-needed ${links}-Wl,--pop-state ")
  set(origin "\$ORIGIN")
  if(APPLE)
    set(origin "@loader_path")
  endif()
  file(RELATIVE_PATH to_lib "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}/arny")
  set_target_properties(arny_shared PROPERTIES INSTALL_RPATH "${origin}/arny")
  if(TARGET arny)
    set_target_properties(arny PROPERTIES INSTALL_RPATH "${origin}/${to_lib}")
  endif()
endif()

configure_file(cmake/arny.pc.in "${CMAKE_BINARY_DIR}/arny.pc" @ONLY)
configure_package_config_file(cmake/arny-config.cmake.in "${CMAKE_BINARY_DIR}/arny-config.cmake"
                              INSTALL_DESTINATION "${ARNY_INSTALL_CMAKEDIR}" PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/arny-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/arny.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES "${CMAKE_BINARY_DIR}/arny-config.cmake" "${CMAKE_BINARY_DIR}/arny-config-version.cmake"
        DESTINATION "${ARNY_INSTALL_CMAKEDIR}")
