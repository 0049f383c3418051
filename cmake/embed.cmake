# muster_embed(TARGET FILES...): compiles files into TARGET as text.
# Run as a script (cmake -P) it writes the source file; src/catalogue/embedded.h declares what is in it.
if(CMAKE_SCRIPT_MODE_FILE)
  set(rows "")
  string(REPLACE "|" ";" files "${FILES}")
  foreach(path IN LISTS files)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    string(APPEND rows "    {\"${name}\", R\"muster(${text})muster\"},\n")
  endforeach()
  file(WRITE "${OUTPUT}" "// Written by cmake/embed.cmake.
#include <array>

#include \"catalogue/embedded.h\"

namespace muster::catalogue {
namespace {

constexpr auto kFiles = std::to_array<EmbeddedFile>({
${rows}});

}  // namespace

std::span<const EmbeddedFile> embedded_files() { return kFiles; }

}  // namespace muster::catalogue
")
  return()
endif()

set(MUSTER_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(muster_embed target)
  set(output ${CMAKE_BINARY_DIR}/generated/${target}_embedded.cc)
  list(JOIN ARGN "|" joined)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${joined}" -P ${MUSTER_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${MUSTER_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
