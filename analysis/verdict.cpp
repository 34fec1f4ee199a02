// From a gap with its band and crossings to what may be claimed, in data and in words.
#include "analysis/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/text.hpp"

namespace overtake {

namespace {

/// Does the band show the two sides of crossing `which`: beyond delta on one side before it, on the other after it,
/// with no other crossing in between?
bool shows_both_sides(const GapBand& band, const std::vector<Crossing>& crossings, std::size_t which, double delta) {
    const Crossing& c = crossings[which];
    double from = which > 0 ? crossings[which - 1].log10_flops : -INFINITY;
    double to = which + 1 < crossings.size() ? crossings[which + 1].log10_flops : INFINITY;
    bool before = false, after = false;
    for (std::size_t i = 0; i < band.gap.size(); ++i) {
        double x = band.log10_flops[i];
        bool behind = band.low[i] > delta, ahead = band.high[i] < -delta;
        before = before || (x > from && x < c.log10_flops && (c.challenger_gains ? behind : ahead));
        after = after || (x < to && x > c.log10_flops && (c.challenger_gains ? ahead : behind));
    }
    return before && after;
}

/// How many spreads wide the band may become before the relation no longer shows in it; negative if it never does.
double room(const GapBand& band, const std::vector<Crossing>& crossings, Relation relation, double delta) {
    const std::vector<double>& s = band.draws.spread;
    double never_behind = INFINITY, never_ahead = INFINITY, ahead = -INFINITY, behind = -INFINITY;
    for (std::size_t i = 0; i < s.size(); ++i) {
        never_behind = std::min(never_behind, (delta - band.gap[i]) / s[i]);
        never_ahead = std::min(never_ahead, (delta + band.gap[i]) / s[i]);
        ahead = std::max(ahead, (-delta - band.gap[i]) / s[i]);
        behind = std::max(behind, (band.gap[i] - delta) / s[i]);
    }
    double most = -INFINITY;
    switch (relation) {
        case Relation::equivalent: return std::min(never_behind, never_ahead);
        case Relation::leads: return std::min(never_behind, ahead);
        case Relation::trails: return std::min(never_ahead, behind);
        case Relation::overtakes:
        case Relation::overtaken:
            for (std::size_t k = 0; k < crossings.size(); ++k) {
                const Crossing& c = crossings[k];
                if (c.challenger_gains != (relation == Relation::overtakes)) {
                    continue;
                }
                double from = k > 0 ? crossings[k - 1].log10_flops : -INFINITY, to = k + 1 < crossings.size() ? crossings[k + 1].log10_flops : INFINITY;
                double before = -INFINITY, after = -INFINITY, sign = c.challenger_gains ? 1 : -1;
                for (std::size_t i = 0; i < s.size(); ++i) {
                    double x = band.log10_flops[i];
                    before = x > from && x < c.log10_flops ? std::max(before, (sign * band.gap[i] - delta) / s[i]) : before;
                    after = x < to && x > c.log10_flops ? std::max(after, (-sign * band.gap[i] - delta) / s[i]) : after;
                }
                most = std::max(most, std::min(before, after));
            }
            return most;
        case Relation::not_determined: break;
    }
    for (Relation any : {Relation::equivalent, Relation::leads, Relation::trails, Relation::overtakes, Relation::overtaken}) {
        most = std::max(most, room(band, crossings, any, delta));
    }
    return most;
}

bool narrow(const Crossing& c, const ComparisonOptions& options) {
    return std::isfinite(c.interval.low) && std::isfinite(c.interval.high) && c.interval.high - c.interval.low <= options.widest_decades;
}

std::string percent(double share) { return fixed(100 * share, 0) + " %"; }

std::string power(double log10_value, int digits = 1) { return "10^" + fixed(log10_value, digits); }

std::string crossing_words(const Crossing& c, const ComparisonOptions& options) {
    int digits = c.interval.high - c.interval.low < 0.25 ? 2 : 1;
    auto end = [&](double x) { return std::isfinite(x) ? power(x, digits) : std::string(x < 0 ? "below all" : "beyond all"); };
    return "C = " + power(c.log10_flops, digits) + " " + options.cost_unit + " [" + end(c.interval.low) + ", " + end(c.interval.high) + "] (" +
           percent(options.confidence) + ")";
}

std::string range_words(const Comparison& c) {
    return "C = " + power(c.low_log10_flops) + " to " + power(c.high_log10_flops) + " " + c.options.cost_unit +
           (c.at_fixed_ratio ? " at " + significant(c.options.tokens_per_parameter, 3) + " tokens per parameter" : ", compute-optimal");
}

/// "0.200 nats behind at the low end and 0.050 behind at the high end": of the challenger's estimate.
std::string ends_words(const Comparison& c) {
    auto side = [](double gap) { return gap > 0 ? " behind" : " ahead"; };
    double low = c.band.gap.front(), high = c.band.gap.back();
    return fixed(std::abs(low), 3) + " nats" + side(low) + " at the low end and " + fixed(std::abs(high), 3) + side(high) + " at the high end";
}

std::string beyond_words(const Comparison& c) {
    bool crossing_beyond = std::any_of(c.crossings.begin(), c.crossings.end(), [&](const Crossing& x) { return x.log10_flops > c.high_log10_flops; });
    if (!crossing_beyond && c.opinions_crossing.empty()) {
        return "";
    }
    if (c.at_fixed_ratio) {
        return "";
    }
    if (!c.opinions_not_crossing.empty()) {
        return "; beyond the data it is not determined: the models disagree";
    }
    return "; beyond the data it is not determined";
}

}  // namespace

std::string_view name_of(Relation relation) {
    switch (relation) {
        case Relation::overtakes: return "overtakes";
        case Relation::overtaken: return "overtaken";
        case Relation::leads: return "leads";
        case Relation::trails: return "trails";
        case Relation::equivalent: return "equivalent";
        case Relation::not_determined: break;
    }
    return "not-determined";
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::inside: return "inside";
        case Verdict::extrapolated: return "extrapolated";
        case Verdict::none: return "none";
        case Verdict::not_determined: break;
    }
    return "not-determined";
}

namespace {

void choose_relation(Comparison& out, const GapBand& beyond) {
    const ComparisonOptions& options = out.options;
    const GapBand& band = out.band;
    double delta = options.delta_nats;
    auto all = [&](auto&& holds) {
        for (std::size_t i = 0; i < band.gap.size(); ++i) {
            if (!holds(i)) {
                return false;
            }
        }
        return true;
    };
    out.leader_in_range = all([&](std::size_t i) { return band.gap[i] < 0; })   ? out.challenger
                          : all([&](std::size_t i) { return band.gap[i] > 0; }) ? out.baseline
                                                                                : "both";
    bool wide = false, unshown = false;
    for (std::size_t i = 0; i < out.crossings.size(); ++i) {
        Crossing& c = out.crossings[i];
        bool inside = c.log10_flops >= out.low_log10_flops && c.log10_flops <= out.high_log10_flops;
        c.established = inside && shows_both_sides(band, out.crossings, i, delta) && narrow(c, options);
        wide = wide || (inside && !narrow(c, options));
        unshown = unshown || inside;
        if (c.established) {
            out.relation = c.challenger_gains ? Relation::overtakes : Relation::overtaken;
            out.verdict = Verdict::inside;
        }
    }
    if (out.verdict == Verdict::inside) {
        return;
    }

    bool never_behind = all([&](std::size_t i) { return band.high[i] < delta; });
    bool never_ahead = all([&](std::size_t i) { return band.low[i] > -delta; });
    bool ahead_somewhere = !all([&](std::size_t i) { return band.high[i] >= -delta; });
    bool behind_somewhere = !all([&](std::size_t i) { return band.low[i] <= delta; });
    if (never_behind && never_ahead) {
        out.relation = Relation::equivalent;
    } else if (never_behind && ahead_somewhere) {
        out.relation = Relation::leads;
    } else if (never_ahead && behind_somewhere) {
        out.relation = Relation::trails;
    } else {
        out.reason = wide      ? "interval wider than a decade"
                     : unshown ? "the gap is not shown to exceed " + fixed(delta, 3) + " nats on both sides of the crossing"
                               : "the gap's " + percent(options.confidence) + " band holds both signs beyond " + fixed(delta, 3) + " nats";
        return;
    }
    out.verdict = Verdict::none;
    if (out.relation == Relation::equivalent) {
        return;
    }
    for (std::size_t i = 0; i < out.crossings.size(); ++i) {
        Crossing& c = out.crossings[i];
        bool right_way = c.challenger_gains == (out.relation == Relation::trails);
        if (c.log10_flops > out.high_log10_flops && right_way && out.opinions_not_crossing.empty() && !out.opinions_crossing.empty() &&
            narrow(c, options) && c.interval.high <= out.horizon_log10_flops && shows_both_sides(beyond, out.crossings, i, delta)) {
            c.established = true;
            out.verdict = Verdict::extrapolated;
            out.relation = c.challenger_gains ? Relation::overtakes : Relation::overtaken;
            return;
        }
    }
}

}  // namespace

void decide(Comparison& out, const GapBand& beyond, const GapBand& beyond_apart) {
    choose_relation(out, beyond);
    const bool extrapolated = out.verdict == Verdict::extrapolated;
    for (const GapBand* shown : {extrapolated ? &beyond : &out.band, extrapolated ? &beyond_apart : &out.band_apart}) {
        if (!shown->draws.largest.empty()) {
            const double spreads = room(*shown, out.crossings, out.relation, out.options.delta_nats);
            out.p_value = std::fmax(out.p_value, spreads > 0 ? shown->draws.exceedance(spreads) : 1);
        }
    }
}

namespace {

std::string claim_words(const Comparison& c) {
    if (c.verdict == Verdict::inside || c.verdict == Verdict::extrapolated) {
        std::string words, unshown;
        double furthest = 0;
        for (const Crossing& x : c.crossings) {
            const std::string verb = x.challenger_gains ? " overtakes " : " is overtaken by ";
            if (x.established) {
                words += words.empty() ? c.challenger + verb + c.baseline + " at " : ", and" + verb + "it at ";
                words += crossing_words(x, c.options);
                furthest = x.log10_flops - c.high_log10_flops;
            } else if (x.log10_flops >= c.low_log10_flops && x.log10_flops <= c.high_log10_flops) {
                unshown = "; a further crossing near C = " + power(x.log10_flops) + " is not shown";
            }
        }
        return words + (c.verdict == Verdict::inside ? ", inside the data (" : ", extrapolated by " + fixed(furthest, 1) + " decades beyond the data (") +
               range_words(c) + ")" + unshown;
    }
    const std::string at_most = " by more than " + fixed(c.options.delta_nats, 3) + " nats per token (" + percent(c.options.confidence) + ")";
    switch (c.relation) {
        case Relation::equivalent:
            return c.challenger + " and " + c.baseline + " are equivalent within " + range_words(c) + ": nowhere apart" + at_most + beyond_words(c);
        case Relation::trails:
            return c.challenger + " never overtakes " + c.baseline + " within " + range_words(c) + ": nowhere ahead" + at_most + ", " + ends_words(c) + beyond_words(c);
        case Relation::leads:
            return c.challenger + " leads " + c.baseline + " within " + range_words(c) + ": nowhere behind" + at_most + ", " + ends_words(c) + beyond_words(c);
        default: break;
    }
    std::string words = "Whether " + c.challenger + " overtakes " + c.baseline + " is not determined";
    if (!c.reason.empty()) {
        words += " (" + c.reason;
        for (const Crossing& x : c.crossings) {
            if (x.log10_flops >= c.low_log10_flops && x.log10_flops <= c.high_log10_flops) {
                words += "; best guess " + crossing_words(x, c.options);
                break;
            }
        }
        words += ")";
    }
    return words + (c.at_fixed_ratio ? " within " + range_words(c) : "");
}

}  // namespace

std::string verdict_sentence(const Comparison& c) {
    std::string words = claim_words(c);
    if (c.family_size > 1 && c.relation != Relation::not_determined && !c.survives_holm) {
        words += "; as one of " + std::to_string(c.family_size) + " comparisons it does not survive Holm's correction (p = " + significant(c.p_holm, 2) + ")";
    }
    return words + ".";
}

}  // namespace overtake
