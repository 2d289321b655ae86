# The report's page: Plotly.js from Debian's package, minified here, and the page's own files, as bytes in the library.
set(NWEDGE_PLOTLY "/usr/share/python3-plotly/plotly.js" CACHE FILEPATH "the Plotly.js library, minified or not")
find_program(NWEDGE_ESBUILD esbuild DOC "JavaScript minifier")
if(NOT EXISTS "${NWEDGE_PLOTLY}")
  message(FATAL_ERROR "Plotly.js is not at ${NWEDGE_PLOTLY}: install Debian's package python3-plotly (which has it), or set NWEDGE_PLOTLY")
endif()
if(NOT NWEDGE_ESBUILD)
  message(FATAL_ERROR "esbuild is missing: install Debian's package esbuild")
endif()

# Adds to `target` the sources that hold the page; report/page/ lists what goes in, views/*.js are found.
function(nwedge_embed_page target)
  set(page ${PROJECT_SOURCE_DIR}/nwedge/report/page)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/page)
  file(GLOB views CONFIGURE_DEPENDS ${page}/views/*.js)
  list(SORT views)
  set(scripts)
  foreach(name core numbers theme describe panel figures sections section generic wedge claims front)
    list(APPEND scripts ${page}/${name}.js)
  endforeach()
  list(APPEND scripts ${views} ${page}/start.js)

  add_custom_command(OUTPUT ${out}/plotly.js VERBATIM COMMENT "Minifying Plotly.js"
                     COMMAND ${NWEDGE_ESBUILD} --minify --log-level=warning --outfile=${out}/plotly.js ${NWEDGE_PLOTLY}
                     DEPENDS ${NWEDGE_PLOTLY})
  # Through esbuild too, though not minified: it stops the build at a syntax error.
  add_custom_command(OUTPUT ${out}/page.js VERBATIM COMMENT "Joining the report's scripts"
                     COMMAND ${CMAKE_COMMAND} -E cat ${scripts} > ${out}/joined.js
                     COMMAND ${NWEDGE_ESBUILD} --charset=utf8 --log-level=warning --outfile=${out}/page.js ${out}/joined.js
                     DEPENDS ${scripts})

  set(text "")
  foreach(asset "template=${page}/template.html" "style=${page}/style.css" "script=${out}/page.js" "plotly=${out}/plotly.js")
    string(REGEX MATCH "^([a-z]+)=(.*)$" unused "${asset}")
    set(symbol nwedge_page_${CMAKE_MATCH_1})
    string(APPEND text "  .globl ${symbol}_begin\n${symbol}_begin:\n  .incbin \"${CMAKE_MATCH_2}\"\n"
                       "  .globl ${symbol}_end\n${symbol}_end:\n  .byte 0\n")
    list(APPEND files ${CMAKE_MATCH_2})
  endforeach()
  file(CONFIGURE OUTPUT ${out}/page.s @ONLY
       CONTENT "  .section .rodata\n${text}  .section .note.GNU-stack,\"\",@progbits\n")
  set_source_files_properties(${out}/page.s PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${out}/page.s)
endfunction()
