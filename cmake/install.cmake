include(CMakePackageConfigHelpers)

install(TARGETS nwedge nwedge_program EXPORT nwedgeTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY nwedge/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nwedge FILES_MATCHING PATTERN "*.hpp" PATTERN "*-inl.hpp" EXCLUDE)
set(share ${PROJECT_BINARY_DIR}/share)
install(FILES ${share}/nwedge.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${share}/nwedge DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${share}/_nwedge DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${share}/nwedge.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(EXPORT nwedgeTargets NAMESPACE nwedge:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nwedge)
configure_package_config_file(cmake/nwedgeConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/nwedgeConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nwedge)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/nwedgeConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nwedgeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/nwedgeConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nwedge)
