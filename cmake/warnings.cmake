# arny_warnings(TARGET): the warnings that our own code is held to. Code of others never gets them.
set(ARNY_C_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wwrite-strings -Wpointer-arith -Wvla -Wundef
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough)
set(ARNY_CXX_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wwrite-strings -Wpointer-arith -Wundef -Wimplicit-fallthrough)

function(arny_warnings target)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:C>:${ARNY_C_WARNINGS}>"
    "$<$<COMPILE_LANGUAGE:CXX>:${ARNY_CXX_WARNINGS}>"
    $<$<BOOL:${ARNY_WERROR}>:-Werror>)
endfunction()
