# The console: Vite's output in ${MUSTER_CONSOLE_DIRECTORY}, made from ui/. Without npm, or with
# MUSTER_CONSOLE=OFF, muster is built without it and says so where the console would be.
find_program(MUSTER_NPM npm)
if(MUSTER_NPM AND EXISTS ${CMAKE_SOURCE_DIR}/ui/index.html)
  set(MUSTER_CONSOLE_DEFAULT ON)
else()
  set(MUSTER_CONSOLE_DEFAULT OFF)
endif()
option(MUSTER_CONSOLE "Build the web console into muster (needs npm)" ${MUSTER_CONSOLE_DEFAULT})

set(MUSTER_CONSOLE_DIRECTORY ${CMAKE_BINARY_DIR}/console)
set(MUSTER_CONSOLE_STAMP ${CMAKE_BINARY_DIR}/console.stamp)
if(MUSTER_CONSOLE)
  set(ui ${CMAKE_SOURCE_DIR}/ui)
  file(GLOB_RECURSE console_sources CONFIGURE_DEPENDS ${ui}/src/* ${ui}/public/*)
  add_custom_command(
    OUTPUT ${ui}/node_modules/.package-lock.json
    COMMAND ${MUSTER_NPM} ci --prefix ${ui} --no-audit --no-fund --silent
    DEPENDS ${ui}/package-lock.json
    COMMENT "Installing the console's npm packages" VERBATIM)
  add_custom_command(
    OUTPUT ${MUSTER_CONSOLE_STAMP}
    COMMAND ${MUSTER_NPM} run --silent --prefix ${ui} build -- --emptyOutDir
            --logLevel warn --outDir ${MUSTER_CONSOLE_DIRECTORY}
    COMMAND ${CMAKE_COMMAND} -E touch ${MUSTER_CONSOLE_STAMP}
    DEPENDS ${ui}/node_modules/.package-lock.json ${ui}/index.html ${ui}/vite.config.ts
            ${ui}/tsconfig.json ${ui}/package.json ${console_sources}
    COMMENT "Building the console" VERBATIM)
else()
  file(REMOVE_RECURSE ${MUSTER_CONSOLE_DIRECTORY})
  file(MAKE_DIRECTORY ${MUSTER_CONSOLE_DIRECTORY})
  file(TOUCH ${MUSTER_CONSOLE_STAMP})
endif()
