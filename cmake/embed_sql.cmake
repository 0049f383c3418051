# muster_embed_sql(TARGET FILES...): compiles migrations, named NNNN_name.sql or, for one engine,
# NNNN_name.postgresql.sql, into TARGET.
# Run as a script (cmake -P) it writes the source file; src/store/migrations.h declares what is in it.
if(CMAKE_SCRIPT_MODE_FILE)
  set(rows "")
  string(REPLACE "|" ";" files "${FILES}")
  foreach(path IN LISTS files)
    get_filename_component(name "${path}" NAME_WE)
    if(NOT name MATCHES "^0*([1-9][0-9]*)_(.+)$")
      message(FATAL_ERROR "${path} is not named NNNN_name.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(engine "{}")
    if(path MATCHES "[.]postgresql[.]sql$")
      set(engine "Db::Engine::kPostgres")
    endif()
    file(READ "${path}" text)
    file(SHA256 "${path}" checksum)
    string(APPEND rows "    {${number}, \"${name}\", \"${checksum}\",\n     R\"sql(${text})sql\", ${engine}},\n")
  endforeach()
  file(WRITE "${OUTPUT}" "// Written by cmake/embed_sql.cmake.
#include <array>

#include \"store/migrations.h\"

namespace muster::store {
namespace {

constexpr auto kMigrations = std::to_array<Migration>({
${rows}});

}  // namespace

std::span<const Migration> embedded_migrations() { return kMigrations; }

}  // namespace muster::store
")
  return()
endif()

set(MUSTER_EMBED_SQL_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(muster_embed_sql target)
  set(output ${CMAKE_BINARY_DIR}/generated/${target}_migrations.cc)
  list(JOIN ARGN "|" joined)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${joined}" -P ${MUSTER_EMBED_SQL_SCRIPT}
    DEPENDS ${ARGN} ${MUSTER_EMBED_SQL_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
