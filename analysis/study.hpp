// The whole analysis of one set of points: laws with intervals, the shared floor, every comparison with the baseline.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bootstrap.hpp"
#include "analysis/crossover.hpp"
#include "analysis/fit.hpp"
#include "analysis/gap_comparison.hpp"
#include "analysis/held_out.hpp"
#include "analysis/scheme_law.hpp"
#include "analysis/shared_floor.hpp"

namespace overtake {

enum class Pairing { by_test, always, never };

struct StudyOptions {
    FitOptions fit;
    BootstrapOptions bootstrap;
    ComparisonOptions comparison;
    std::string baseline;                   // "": "rope" if it is there, else the first scheme
    std::vector<std::string> challengers;   // empty: every other scheme
    SharedFloor shared_floor = SharedFloor::by_test;   // of what `sharing` says
    Sharing sharing;
    PointOptions points;
    Pairing pairing = Pairing::by_test;
    std::vector<std::string> forms;         // second opinions: kaplan, farseer, compute, isoflop
    bool examine = true;                    // profiles, deciding points, residual tests, gap models, held-out sizes; false for simulations
    bool compare = true;                    // false: laws and intervals only
    bool every_pair = false;                // each pair once, the baseline as baseline of its own; `challengers` is not looked at
    bool ratio_from_data = true;            // tokens per parameter of the fixed-ratio comparison: the data's median
};

/// Laws of the usable schemes under the answer about E that was not taken.
struct LawsApart {
    std::vector<PowerLaw> laws;             // by scheme
    LawDraws draws;
    LawInfluence influence;
};

struct Study {
    std::int64_t context = 0, train_length = 0;  // [tokens]; 0 where the points do not say
    std::vector<SchemeLaw> schemes;         // in order of first appearance
    std::string baseline;
    SharedTest floor_test;
    bool floor_shared = false;
    std::vector<SharingModel> sharing_models;  // empty with fewer than two usable schemes
    std::vector<std::string> floor_left_out;  // schemes whose law stays degenerate even with a shared E: they keep their own
    std::map<std::string, GapComparison> gap_models;   // by scheme, against the baseline
    std::vector<HeldOutSizes> held_out;
    SeedCorrelation correlation;
    bool paired = false;
    LawDraws draws;                         // by scheme, of the usable ones; empty otherwise
    LawInfluence influence;                 // likewise
    std::optional<LawsApart> apart;         // with separate E, where E is shared because the test did not reject it: it has little power
    bool floor_in_doubt = false;            // its p is below 20 %, but not below 0.1 %
    std::vector<Comparison> comparisons;
    StudyOptions options;

    const SchemeLaw* find(const std::string& scheme) const;
    /// Law, draws and cost of a usable scheme; the spans point into this study.
    LawEvidence evidence(std::size_t scheme) const;
    /// The same with separate E; as `evidence` where there is no `apart`.
    LawEvidence evidence_apart(std::size_t scheme) const;
};

/// One comparison of two schemes of a study, usable or not; with second opinions and the flags of both laws.
Comparison compare_schemes(const Study& study, std::size_t baseline, std::size_t challenger);

/// One study; all observations should have the same context. Throws ConfigError if the baseline or a challenger isn't there.
Study make_study(std::span<const Observation> observations, const StudyOptions& options);

/// One study per context and train length, ascending.
std::vector<Study> make_studies(std::span<const Observation> observations, const StudyOptions& options);

}  // namespace overtake
