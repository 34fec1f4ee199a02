# The one place for compiler flags: every target of ours links overtake::warnings.
add_library(overtake_warnings INTERFACE)
add_library(overtake::warnings ALIAS overtake_warnings)
# -Wrestrict cries wolf on string concatenation at -O3 in g++ 12 (GCC bug 105651).
target_compile_options(overtake_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-restrict -Werror)
target_compile_definitions(overtake_warnings INTERFACE OMPI_SKIP_MPICXX=1 OVERTAKE_VERSION="${PROJECT_VERSION}")
if(OVERTAKE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
  # GCC's manual: -Wmaybe-uninitialized cries wolf under sanitizers (here on std::variant); the other presets have it.
  target_compile_options(overtake_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
