# Writes OUTPUT, a C++ source that defines NAME as the text of the shell files SOURCES: without comment lines, leading blanks and
# empty lines, as a session reads it byte by byte, and with a line `#` after every function, up to which the loader evaluates it.
set(text "\n")
foreach(source IN LISTS SOURCES)
  file(READ "${source}" part)
  string(APPEND text "${part}")
endforeach()
string(REPLACE "\n}\n" "\n}\n@end of function@\n" text "${text}")
string(REGEX REPLACE "\n[ \t]+" "\n" text "${text}")
string(REGEX REPLACE "\n#[^\n]*" "" text "${text}")
string(REPLACE "@end of function@" "#" text "${text}")
string(REGEX REPLACE "\n\n+" "\n" text "${text}")
string(REGEX REPLACE "^\n" "" text "${text}")
file(WRITE "${OUTPUT}" "#include \"actors/freeze_session/embedded_programs.hpp\"\n
const std::string_view freeze_session::${NAME} = R\"sh(${text})sh\";\n")
