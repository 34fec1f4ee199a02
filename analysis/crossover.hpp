// Where the difference of two frontiers changes sign, how sure that is, and what may be claimed.
#pragma once

#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/band.hpp"
#include "analysis/effective_compute.hpp"
#include "analysis/gap_path.hpp"

namespace overtake {

/// Whether a law's frontier exists between two computes and stays within a decade of the trained sizes there. A badly determined
/// exponent sends the optimum decades away, and the losses there are nobody's.
bool frontier_near_data(const LawEvidence& evidence, const PowerLaw& law, double low_log10_flops, double high_log10_flops);

struct Crossing {
    double log10_flops = 0;
    Interval interval;                    // studentised, in log10 C; ends may be infinite
    Interval interval_apart{NAN, NAN};    // the same with separate E; NaN where E is not shared by the test's leave
    Interval bootstrap_interval;          // BCa over the draws: a second opinion
    bool challenger_gains = true;
    double parameters = 0, tokens = 0;    // N*, D* of the baseline there
    Interval log10_parameters, log10_tokens;  // studentised
    bool established = false;             // the band shows both sides, see below
};

/// Gap along the frontiers with a band that holds at all C of the grid at once.
struct GapBand {
    std::vector<double> log10_flops, gap, low, high;
    SimultaneousBand draws;               // low, high = gap -+ critical * spread, in `compare` the hull with that of separate E
};

enum class Relation { overtakes, overtaken, leads, trails, equivalent, not_determined };
enum class Verdict { inside, extrapolated, none, not_determined };
std::string_view name_of(Relation relation);   // "not-determined"
std::string_view name_of(Verdict verdict);

struct ComparisonOptions {
    double confidence = 0.95;
    double delta_nats = 0.002;
    double horizon_decades = 1;           // no claim further beyond the data
    double widest_decades = 1;            // a wider interval determines nothing
    double tokens_per_parameter = 20;     // of the fixed-ratio comparison
    std::string cost_unit = "FLOPs";      // what C is, in words: "GPU seconds" where cost was measured
};

/// A second opinion on the same gap (a point estimate): must cross the same way before a crossing beyond the data is claimed.
struct GapOpinion {
    std::string name;
    GapFunction gap;
};

struct Comparison {
    std::string baseline, challenger;
    Relation relation = Relation::not_determined;
    Verdict verdict = Verdict::not_determined;
    std::vector<Crossing> crossings;          // within the horizon
    std::vector<Crossing> ratio_crossings;    // same, at fixed tokens per parameter
    bool at_fixed_ratio = false;              // no frontier of use: everything here is at fixed tokens per parameter instead
    bool numeric = false;                     // on a counted or measured cost that is no power law
    std::vector<Root> closed_form;            // then: where the closed forms, on the power law nearest to the cost, cross
    std::array<double, 3> probability{};      // of 0, 1, 2 crossings within the horizon, over the draws
    std::string leader_in_range;              // name of the scheme with the lower loss all over the data, "both" in turn, "" unknown
    double low_log10_flops = 0, high_log10_flops = 0;  // what both schemes have data for
    double horizon_log10_flops = 0;
    GapBand band;                             // over the data; its low and high hold for shared and for separate E
    GapBand band_apart;                       // the same with separate E alone; empty where E is not shared by the test's leave
    EffectiveCompute effective;               // over the data: what the baseline needs for the challenger's loss
    std::string effective_sentence;
    double p_value = NAN;                     // smallest level at which a relation holds, from the band; NaN where there is none
    double p_holm = NAN;                      // the same among all comparisons of the call, see family.hpp
    std::size_t family_size = 1;
    bool survives_holm = false;               // a relation is claimed, and p_holm <= 1 - confidence
    std::string sentence, reason;             // reason: why nothing is determined; empty otherwise
    std::vector<std::string> notes;
    std::vector<std::string> opinions_crossing, opinions_not_crossing;  // beyond the data
    ComparisonOptions options;
};

/// Claims follow design 9a: a crossing counts if the simultaneous band lies on one side of zero by more than delta below it and
/// on the other side by more than delta above it. Interval: studentised_interval. Second opinion: BCa over the draws, where a draw without
/// this crossing counts as one beyond the side on which it would have to be, so that missing crossings widen it instead of vanishing.
/// Where a law has no compute-optimal frontier (an exponent that is not positive), or one that leaves the trained sizes by more than a
/// decade within the data's compute, by itself or in over a tenth of the draws, the two are compared at fixed tokens per parameter, between the sizes that both have, and nothing is claimed beyond them.
/// `other`: the same two schemes with separate E, where E is shared because the test did not reject it. Such a test has little power, and two laws that
/// wrongly share E miss the gap within the data: bands, and so relations and p-values, hold for both answers. Intervals of crossings assume shared E
/// unless that is in doubt; then each is the hull of both, because a test that rejects by chance picks just those studies in which separate E lead astray.
struct OtherFloor {
    LawEvidence baseline, challenger;
    bool in_doubt = false;                // the test's p is below 20 %
};
Comparison compare(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const GapOpinion> opinions,
                   const ComparisonOptions& options = {}, const OtherFloor* other = nullptr);

/// The band alone, at the given abscissae (log10 C), along the frontiers or (ratio > 0) at fixed tokens per parameter: sup-t over the draws (Montiel Olea and Plagborg-Moller 2019).
GapBand gap_band(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const double> log10_flops, double confidence,
                 double tokens_per_parameter = 0);

/// One English sentence that says what may be claimed, with its interval.
std::string verdict_sentence(const Comparison& comparison);

}  // namespace overtake
