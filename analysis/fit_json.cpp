// What `fit --json` prints.
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"

namespace overtake {

using Json = nlohmann::ordered_json;

std::string fits_as_json(std::span<const Study> studies, const ObservationSet& set) {
    Json laws = Json::array(), tests = Json::array();
    for (const Study& study : studies) {
        Json models = Json::array();
        for (const SharingModel& m : study.sharing_models) {
            models.push_back({{"shared", m.shared}, {"free_numbers", m.free_numbers}, {"objective", m.objective}, {"statistic", m.test.statistic},
                              {"degrees", m.test.degrees}, {"p_value", m.test.p_value}, {"aic", m.aic}, {"bic", m.bic}});
        }
        for (const SchemeLaw& s : study.schemes) {
            Json intervals = Json::object();
            for (const auto& [name, interval] : s.intervals) {
                intervals[name] = Json::array({interval.low, interval.high});
            }
            Json law{{"scheme", s.scheme}, {"context", study.context}, {"rows", s.fit.rows}};
            bool usable = s.fit.usable;
            law["objective"] = usable ? Json(s.objective) : Json();
            law["E"] = usable ? Json(s.law.E) : Json();
            law["A"] = usable ? Json(s.law.A) : Json();
            law["B"] = usable ? Json(s.law.B) : Json();
            law["alpha"] = usable ? Json(s.law.alpha) : Json();
            law["beta"] = usable ? Json(s.law.beta) : Json();
            law["intervals"] = intervals;
            law["starts"] = s.fit.starts;
            law["starts_agreeing"] = s.fit.starts_agreeing;
            law["flags"] = s.flags;
            law["projection_objective"] = usable ? Json(s.fit.projection_objective) : Json();
            law["shared_E"] = study.floor_shared && usable;
            law["residual_rms"] = usable ? Json(s.fit.root_mean_square) : Json();
            laws.push_back(law);
        }
        tests.push_back({{"context", study.context}, {"shared_E", study.floor_shared}, {"statistic", study.floor_test.statistic},
                         {"degrees", study.floor_test.degrees}, {"p_value", study.floor_test.p_value},
                         {"seed_correlation", study.correlation.value}, {"seed_correlation_p_value", study.correlation.p_value},
                         {"paired", study.paired}, {"shared", name_of(study.options.sharing)}, {"sharing_models", models}});
    }
    return Json{{"source", set.source}, {"laws", laws}, {"tests", tests}, {"left_out", set.left_out}}.dump(2);
}

}  // namespace overtake
