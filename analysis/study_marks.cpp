// How a study and its schemes are named and coloured in figures.
#include "analysis/study_marks.hpp"

#include <cctype>

#include "sweeps/canonical_text.hpp"

namespace overtake {

std::string file_suffix(const Study& study) { return study.context > 0 ? "-" + std::to_string(study.context) : ""; }

std::string at_context(const Study& study) {
    return study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : "";
}

std::string shown_name(const std::string& scheme) { return scheme.empty() ? "all points" : scheme; }

std::string file_part(const std::string& scheme) {
    constexpr std::size_t longest = 80;  // file systems end a name at 255 bytes
    std::string out;
    for (char c : scheme) {
        out += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : '-';
    }
    return out.size() <= longest ? out : out.substr(0, longest) + "-" + sha256_hex(scheme, 8);
}

std::size_t mark_of(const Study& study, const std::string& scheme) {
    std::size_t number = 1;
    for (const SchemeLaw& s : study.schemes) {
        if (s.scheme == scheme) {
            return scheme == study.baseline ? 0 : number;
        }
        number += s.scheme == study.baseline ? 0 : 1;
    }
    return 0;
}

std::size_t index_of(const Study& study, const std::string& scheme) {
    std::size_t k = 0;
    while (study.schemes[k].scheme != scheme) {
        ++k;
    }
    return k;
}

}  // namespace overtake
