# muster_embed(TARGET ROOM FILES...): compiles text files into TARGET; a FILES entry that is a
# directory stands for everything in it when the build gets there. src/ROOM/embedded.h declares it.
# Run as a script (cmake -P) it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(rows "")
  set(count 0)
  string(REPLACE "|" ";" given "${FILES}")
  foreach(place IN LISTS given)
    if(IS_DIRECTORY "${place}")
      file(GLOB_RECURSE paths "${place}/*")
      set(base "${place}")
    else()
      set(paths "${place}")
      get_filename_component(base "${place}" DIRECTORY)
    endif()
    foreach(path IN LISTS paths)
      file(RELATIVE_PATH name "${base}" "${path}")
      file(READ "${path}" text)
      string(APPEND rows "    {\"${name}\", R\"muster(${text})muster\"sv},\n")
      math(EXPR count "${count} + 1")
    endforeach()
  endforeach()
  file(WRITE "${OUTPUT}" "// Written by cmake/embed.cmake.
#include <array>

#include \"${ROOM}/embedded.h\"

namespace muster::${ROOM} {
namespace {

using namespace std::string_view_literals;  // knows its length; counting is limited in constexpr

constexpr std::array<base::EmbeddedFile, ${count}> kFiles{{
${rows}}};

}  // namespace

std::span<const base::EmbeddedFile> embedded_files() { return kFiles; }

}  // namespace muster::${ROOM}
")
  return()
endif()

set(MUSTER_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
# DEPENDS: what makes the files of a directory.
function(muster_embed target room)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  set(output ${CMAKE_BINARY_DIR}/generated/${target}_embedded.cc)
  list(JOIN arg_UNPARSED_ARGUMENTS "|" joined)
  set(needs ${arg_DEPENDS})
  if(NOT needs)
    set(needs ${arg_UNPARSED_ARGUMENTS})
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DROOM=${room} "-DFILES=${joined}"
            -P ${MUSTER_EMBED_SCRIPT}
    DEPENDS ${needs} ${MUSTER_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
