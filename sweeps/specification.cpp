#include "sweeps/specification.hpp"

#include <fstream>
#include <unordered_set>

#include "sweeps/document.hpp"
#include "sweeps/grid.hpp"
#include "sweeps/quantity.hpp"
#include "sweeps/resolve.hpp"
#include "sweeps/settings.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/tuning_trials.hpp"

namespace overtake {

namespace {

void throw_if_any(const Complaints& complaints) {
    if (!complaints.empty()) {
        throw ConfigError(complaints.problems());
    }
}

/// Digest, sizes and vocabulary from the manifest of the prepared corpus, if there is one.
std::optional<DataManifest> use_manifest(Settings& settings, const SpecificationContext& context, Complaints& complaints,
                                         std::vector<std::string>& notes) {
    std::optional<DataManifest> manifest = context.find_manifest ? context.find_manifest(settings.data) : std::nullopt;
    if (!manifest) {
        notes.push_back("the data are not prepared yet: stage ids are provisional until `overtake data` has run");
        return manifest;
    }
    if (manifest->vocabulary != settings.data.vocabulary) {
        complaints.add(settings.place("data", "vocabulary"),
                       "vocabulary is " + grouped(settings.data.vocabulary) + ", the prepared corpus has " +
                           grouped(manifest->vocabulary) +
                           " (they must be equal); prepare it again with `overtake data`");
    }
    settings.data.digest = manifest->digest;
    settings.data.train_tokens = manifest->train_tokens;
    return manifest;
}

void check_count(const Grid& grid, const Settings& settings, Complaints& complaints) {
    const std::uint64_t points = count_points(grid);
    if (points <= static_cast<std::uint64_t>(settings.max_trials)) {
        return;
    }
    const std::string many =
        points > (std::uint64_t{1} << 62) ? "more than 10^18" : grouped(static_cast<std::int64_t>(points));
    complaints.add(grid.place, "the grid has " + many + " points (at most max_trials = " +
                                   grouped(settings.max_trials) + "); set max_trials in [sweep] if you mean it");
}

void expand(Specification& specification, const Grid& grid, Resolver& resolver, Complaints& complaints) {
    std::vector<std::int64_t> excluded;
    std::unordered_set<std::string> known;
    std::int64_t equal = 0;
    for (const GridPoint& point : expand_grid(grid, excluded)) {
        if (auto config = resolver.resolve(point)) {
            if (known.insert(canonical_text(*config)).second) {
                specification.trials.push_back(std::move(*config));
            } else {
                ++equal;
            }
        }
    }
    for (std::size_t i = 0; i < excluded.size(); ++i) {
        const std::string place = "line " + std::to_string(grid.exclusions[i].place.line);
        specification.notes.push_back("the exclusion at " + place + " leaves out " + grouped(excluded[i]) + " of " +
                                      grouped(static_cast<std::int64_t>(count_points(grid))) + " points");
    }
    if (equal > 0) {
        specification.notes.push_back(grouped(equal) + " points equal an earlier one in everything and are run once");
    }
    if (specification.trials.empty() && complaints.empty()) {
        complaints.add(grid.place, "the grid has no trials left (the exclusions leave out every point); loosen them");
    }
}

/// The tuning of a file with [tune]; a round or a check that runs takes the grid's place.
void tune(Specification& specification, const Settings& settings, const Grid& grid, Complaints& complaints) {
    if (!settings.tune) {
        return;
    }
    Settings untuned = settings;
    untuned.tune->choices.clear();
    Resolver for_rounds(untuned, complaints), for_checks(settings, complaints);
    specification.tuning = make_tuning(*settings.tune, grid, for_rounds, settings.reference_parameters, complaints);
    Tuning& tuning = *specification.tuning;
    add_checks(tuning, *settings.tune, settings.analysis.baseline, grid, for_checks, complaints);
    if (tuning.runs()) {
        specification.trials.clear();
        for (const TuningTrial& trial : tuning.trials) {
            if (tuning.phase == TuningPhase::trying) {
                specification.trials.push_back(trial.config);
            }
        }
        for (const CheckTrial& trial : tuning.check_trials) {
            if (tuning.phase == TuningPhase::checking) {
                specification.trials.push_back(trial.config);
            }
        }
        return;
    }
    for (const TunedChoice& choice : tuning.choices) {
        specification.notes.push_back(choice.position + ": " + sentence(choice));
    }
    if (tuning.phase == TuningPhase::tuned && !settings.tune->checks.empty()) {
        tuning.checks = settings.tune->checks;
        for (const RateCheck& check : tuning.checks) {
            specification.notes.push_back("check of the shared rate: " + sentence(check));
        }
    }
    if (tuning.phase == TuningPhase::planned) {
        specification.notes.push_back("the grid is not tuned yet: stage ids are provisional until [tune] has run");
    }
}

}  // namespace

Specification parse_specification(std::string_view toml_text, std::string_view source_name,
                                  const SpecificationContext& context) {
    Complaints complaints(source_name);
    const DocumentNode document = parse_document(toml_text, complaints);
    throw_if_any(complaints);
    Specification specification;
    Settings settings = read_settings(document, complaints);
    const Grid grid = read_grid(document, complaints);
    specification.claims = read_claims(document, settings.analysis, complaints);
    throw_if_any(complaints);
    check_count(grid, settings, complaints);
    throw_if_any(complaints);
    std::vector<std::string> data_notes;
    specification.data = use_manifest(settings, context, complaints, data_notes);
    Resolver resolver(settings, complaints);
    expand(specification, grid, resolver, complaints);
    throw_if_any(complaints);
    check_claims(specification.claims, document, specification.trials, complaints);
    throw_if_any(complaints);
    tune(specification, settings, grid, complaints);
    throw_if_any(complaints);

    const std::vector<std::string> rules = resolver.notes();
    specification.notes.insert(specification.notes.begin(), rules.begin(), rules.end());
    specification.notes.insert(specification.notes.end(), data_notes.begin(), data_notes.end());
    specification.name = settings.name;
    specification.cluster = settings.cluster;
    specification.slurm = settings.slurm;
    specification.analysis = settings.analysis;
    specification.max_trials = settings.max_trials;
    specification.text = toml_text;
    return specification;
}

Specification load_specification(const std::filesystem::path& file, const SpecificationContext& context) {
    std::ifstream in(file, std::ios::binary);
    std::string text(most_document_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad() || (in.gcount() == 0 && !in.eof())) {
        throw IoError("could not read the sweep file " + file.string() +
                      ": no such file, or no permission; check the path");
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    return parse_specification(text, file.string(), context);
}

}  // namespace overtake
