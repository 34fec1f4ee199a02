// What N and C count.
#include "analysis/conventions.hpp"

#include <algorithm>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr Convention all[] = {{ParameterCount::backbone, ComputeCount::exact},
                              {ParameterCount::backbone, ComputeCount::six_nd},
                              {ParameterCount::with_position, ComputeCount::exact},
                              {ParameterCount::total, ComputeCount::exact},
                              {ParameterCount::total, ComputeCount::six_nd}};

}  // namespace

std::string name_of(const Convention& convention) {
    const std::string n = convention.parameters == ParameterCount::backbone ? "backbone" : convention.parameters == ParameterCount::total ? "total" : "position";
    return n + (convention.compute == ComputeCount::exact ? "/exact" : convention.compute == ComputeCount::six_nd ? "/6nd" : "/seconds");
}

std::string words_of(const Convention& convention) {
    const std::string n = convention.parameters == ParameterCount::backbone        ? "N without embeddings"
                          : convention.parameters == ParameterCount::with_position ? "N with position parameters"
                                                                                   : "N total";
    return n + (convention.compute == ComputeCount::exact ? ", exact C" : convention.compute == ComputeCount::six_nd ? ", C = 6 N D" : ", C in seconds");
}

Convention parse_convention(const std::string& name) {
    std::string names;
    for (const Convention& convention : all) {
        if (name_of(convention) == name) {
            return convention;
        }
        names += (names.empty() ? "" : ", ") + name_of(convention);
    }
    throw ConfigError({{"--conventions", "unknown convention '" + name + "' (must be all, " + names + ")"}});
}

std::vector<Convention> conventions_of(std::span<const Observation> observations) {
    const auto every = [&](double Observation::* count) {
        return !observations.empty() && std::all_of(observations.begin(), observations.end(), [&](const Observation& o) { return o.*count > 0; });
    };
    const bool exact = every(&Observation::exact_flops), total = every(&Observation::total_parameters);
    const bool position = std::any_of(observations.begin(), observations.end(), [](const Observation& o) { return o.position_parameters > 0; });
    std::vector<Convention> out;
    for (const Convention& convention : all) {
        const bool has_n = convention.parameters == ParameterCount::backbone || (convention.parameters == ParameterCount::total ? total : position);
        if (has_n && (convention.compute == ComputeCount::six_nd || exact)) {
            out.push_back(convention);
        }
    }
    return out;
}

std::vector<Observation> count_by(std::span<const Observation> observations, const Convention& convention) {
    std::vector<Observation> out(observations.begin(), observations.end());
    for (Observation& o : out) {
        const double backbone = o.backbone_parameters > 0 ? o.backbone_parameters : o.parameters;
        o.parameters = convention.parameters == ParameterCount::total && o.total_parameters > 0    ? o.total_parameters
                       : convention.parameters == ParameterCount::with_position ? backbone + o.position_parameters
                                                                                : backbone;
        o.flops = convention.compute == ComputeCount::exact && o.exact_flops > 0 ? o.exact_flops : 6 * o.parameters * o.tokens;
    }
    return out;
}

}  // namespace overtake
