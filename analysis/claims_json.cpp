// Graded claims as JSON.
#include "analysis/json_parts.hpp"

namespace overtake {

Json claims_json(std::span<const GradedClaim> claims) {
    Json all = Json::array();
    for (const GradedClaim& graded : claims) {
        const Claim& c = graded.claim;
        Json parts = Json::array();
        for (const GradedPart& part : graded.parts) {
            parts.push_back({{"train_length", part.train_length}, {"length", part.length}, {"grade", name_of(part.grade)}, {"relation", name_of(part.relation)},
                             {"sentence", part.sentence}, {"selection", part.selection}});
        }
        all.push_back({{"name", c.name}, {"grade", name_of(graded.grade)}, {"expected", c.expect}, {"estimand", c.estimand}, {"challenger", c.challenger}, {"baseline", c.baseline},
                       {"train_length", c.train_length == 0 ? Json() : Json(c.train_length)}, {"length", c.length}, {"delta_nats", c.delta_nats}, {"frozen_utc", graded.frozen_utc},
                       {"stages_begun", graded.stages_begun}, {"exploratory", !graded.frozen_first || graded.withdrawn}, {"withdrawn", graded.withdrawn}, {"reason", graded.reason},
                       {"parts", parts}});
    }
    return all;
}

}  // namespace overtake
