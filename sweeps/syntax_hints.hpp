// What a person probably meant where TOML's grammar ends: said by the parser's words and the line as it stands.
#pragma once

#include <string>
#include <string_view>

#include "sweeps/document.hpp"

namespace overtake {

struct SyntaxHint {
    Place place;             // of the error; a key that is given twice is placed at its name
    std::string suggestion;  // "; write ...", or empty where the line does not tell
    bool operator==(const SyntaxHint&) const = default;
};

/// Of an error that the parser found at `place` for the reason `what`.
SyntaxHint syntax_hint(std::string_view toml_text, Place place, std::string_view what);

}  // namespace overtake
