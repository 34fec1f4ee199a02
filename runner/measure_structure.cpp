#include "runner/measure_structure.hpp"

#include "models/position/position_scheme.hpp"
#include "runner/structure_parts.hpp"

namespace overtake {

LearnedStructure measure_structure(Gpt& model, const ModelConfig& shape, std::int64_t train_length, const StructureText& text) {
    if (model.scheme().kind() != SchemeKind::learned) {
        return {};
    }
    StructureFindings findings(model, shape, train_length, text);
    measure_tables(findings);
    measure_frequencies(findings);
    measure_waves(findings);
    measure_biases(findings);
    measure_content(findings);
    return {std::move(findings.rows), std::move(findings.series)};
}

}  // namespace overtake
