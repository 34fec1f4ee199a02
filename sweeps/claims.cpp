// [claims] as a section: reads, checks, canonical text.
#include "sweeps/claims.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "sweeps/canonical_text.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/quantity.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

constexpr std::array<std::string_view, 8> keys{"estimand", "challenger", "baseline", "train_length", "length", "expect", "delta_nats", "pair"};
constexpr std::array<std::string_view, 3> estimands{"E1", "E2", "E3"};
constexpr std::array<std::string_view, 6> relations{"overtakes", "overtaken", "leads", "trails", "equivalent", "not-determined"};
constexpr std::array<std::string_view, 4> classes{"H", "L", "S", "G"};

bool is_class(std::string_view side) { return std::find(classes.begin(), classes.end(), side) != classes.end(); }

/// Reads the keys of one claim, complaining as it goes.
class ClaimReader {
  public:
    ClaimReader(const DocumentEntry& entry, Complaints& complaints) : entry_(entry), complaints_(complaints) {}

    void text(std::string_view key, std::string& out, std::span<const std::string_view> known = {}) {
        const DocumentEntry* found = entry_.node.find(key);
        if (found == nullptr) {
            return;
        }
        const auto* value = found->node.as<std::string>();
        if (value == nullptr) {
            complain(found->node.place, std::string(key) + " is " + found->node.type_name() + " (it takes a string in quotes)");
        } else if (!known.empty() && std::find(known.begin(), known.end(), *value) == known.end()) {
            complain(found->node.place, std::string(key) + " is \"" + *value + "\" (known: " + listed(known) + ")" + did_you_mean(*value, known));
        } else {
            out = *value;
        }
    }

    void delta(double& out) {
        const DocumentEntry* found = entry_.node.find("delta_nats");
        if (found == nullptr) {
            return;
        }
        const auto* number = found->node.as<double>();
        const auto* whole = found->node.as<std::int64_t>();
        const double value = number != nullptr ? *number : whole != nullptr ? static_cast<double>(*whole) : -1;
        if (!(value >= 0 && value <= 10)) {
            complain(found->node.place, "delta_nats is " + found->node.shown() + " (a number from 0 to 10, in nats per token)");
        } else {
            out = value;
        }
    }

    /// A number of tokens; with `multiples` also "4x".
    std::string length(std::string_view key, bool multiples) {
        const DocumentEntry* found = entry_.node.find(key);
        if (found == nullptr) {
            return "";
        }
        const auto* whole = found->node.as<std::int64_t>();
        const auto* text = found->node.as<std::string>();
        const std::optional<Quantity> quantity = whole != nullptr && *whole > 0 ? Quantity{static_cast<double>(*whole), Unit::count}
                                                 : text != nullptr              ? parse_quantity(*text)
                                                                                : std::nullopt;
        const bool fits = quantity && quantity->value > 0 && (quantity->unit == Unit::count || (multiples && quantity->unit == Unit::ratio));
        if (!fits || (quantity->unit == Unit::count && !whole_number(*quantity))) {
            complain(found->node.place, std::string(key) + " is " + found->node.shown() + (multiples ? " (tokens, or a multiple of the train length); try \"4x\"" : " (a number of tokens); try 1024"));
            return "";
        }
        return quantity->unit == Unit::ratio ? to_text(quantity->value) + "x" : to_text(*whole_number(*quantity));
    }

    void complain(Place place, const std::string& what) { complaints_.add(place, "claim \"" + entry_.key + "\": " + what); }

  private:
    const DocumentEntry& entry_;
    Complaints& complaints_;
};

/// pair = ["L", "H"] is short for challenger and baseline.
void read_pair(const DocumentEntry& entry, ClaimReader& reader, Claim& claim) {
    const DocumentEntry* pair = entry.node.find("pair");
    if (pair == nullptr) {
        return;
    }
    const auto* items = pair->node.as<DocumentNode::Array>();
    const bool two = items != nullptr && items->size() == 2 && (*items)[0].as<std::string>() != nullptr && (*items)[1].as<std::string>() != nullptr;
    if (!two) {
        reader.complain(pair->node.place, "pair is " + pair->node.shown() + " (two names: challenger, baseline); try pair = [\"L\", \"H\"]");
    } else if (!claim.challenger.empty()) {
        reader.complain(pair->place, "pair and challenger are both given (one says the other); leave one out");
    } else {
        claim.challenger = *(*items)[0].as<std::string>();
        claim.baseline = *(*items)[1].as<std::string>();
    }
}

Claim read_claim(const DocumentEntry& entry, const AnalysisSection& analysis, Complaints& complaints) {
    Claim claim;
    claim.name = entry.key;
    claim.baseline = analysis.baseline;
    claim.delta_nats = analysis.delta_nats;
    ClaimReader reader(entry, complaints);
    reader.text("estimand", claim.estimand, estimands);
    reader.text("challenger", claim.challenger);
    reader.text("baseline", claim.baseline);
    reader.text("expect", claim.expect, relations);
    reader.delta(claim.delta_nats);
    read_pair(entry, reader, claim);
    claim.length = reader.length("length", true);
    const std::string trained = reader.length("train_length", false);
    claim.train_length = trained.empty() ? 0 : std::stoll(trained);
    for (const DocumentEntry& key : *entry.node.as<DocumentNode::Table>()) {
        if (std::find(keys.begin(), keys.end(), key.key) == keys.end()) {
            reader.complain(key.place, "unknown key \"" + key.key + "\" (keys: " + listed(keys) + ")" + did_you_mean(key.key, keys));
        }
    }
    if (claim.challenger.empty() && entry.node.find("challenger") == nullptr && entry.node.find("pair") == nullptr) {
        reader.complain(entry.place, "no challenger (a class H, L, S or G, or a scheme); write pair = [\"L\", \"H\"]");
    }
    if (claim.expect.empty() && entry.node.find("expect") == nullptr) {
        reader.complain(entry.place, "nothing is expected (" + listed(relations) + "); write expect = \"overtakes\"");
    }
    if (claim.estimand == "E1" && entry.node.find("length") != nullptr) {
        reader.complain(entry.node.find("length")->place, "length with E1 (which is the loss at the train length); leave it out, or set estimand = \"E2\"");
    }
    if (claim.estimand != "E1" && entry.node.find("length") == nullptr) {
        claim.length = "4x";
    }
    if (!claim.challenger.empty() && claim.challenger == claim.baseline) {
        reader.complain(entry.place, "challenger and baseline are both \"" + claim.baseline + "\" (a claim is about two); name another");
    }
    return claim;
}

}  // namespace

std::vector<Claim> read_claims(const DocumentNode& document, const AnalysisSection& analysis, Complaints& complaints) {
    std::vector<Claim> claims;
    const DocumentEntry* section = document.find("claims");
    if (section == nullptr) {
        return claims;
    }
    const auto* entries = section->node.as<DocumentNode::Table>();
    if (entries == nullptr) {
        complaints.add(section->place, "\"claims\" is " + section->node.type_name() + " (it is a section); write [claims.NAME] for each claim");
        return claims;
    }
    for (const DocumentEntry& entry : *entries) {
        if (entry.node.as<DocumentNode::Table>() == nullptr) {
            complaints.add(entry.place, "\"" + entry.key + "\" of [claims] is " + entry.node.type_name() + " (each claim is a table under its name); write [claims." +
                                            (std::find(keys.begin(), keys.end(), entry.key) == keys.end() ? entry.key : "headline") + "]");
            continue;
        }
        claims.push_back(read_claim(entry, analysis, complaints));
    }
    return claims;
}

void check_claims(const std::vector<Claim>& claims, const DocumentNode& document, const std::vector<TrialConfig>& trials, Complaints& complaints) {
    if (claims.empty() || trials.empty()) {
        return;
    }
    std::set<std::string> schemes, played;
    std::set<std::int64_t> lengths;
    for (const TrialConfig& trial : trials) {
        schemes.insert(trial.position.scheme);
        lengths.insert(trial.training.train_length);
        const SchemeInfo* info = find_position_scheme(trial.position.scheme);
        played.insert(info == nullptr ? "" : std::string(name_of(info->scheme_class)));
    }
    const std::vector<std::string_view> known(schemes.begin(), schemes.end());
    for (const Claim& claim : claims) {
        const DocumentEntry& entry = *document.find("claims")->node.find(claim.name);
        ClaimReader reader(entry, complaints);
        for (const std::string& side : {claim.challenger, claim.baseline}) {
            const std::string scheme = side.substr(0, side.find('+'));
            if (is_class(side) ? !played.contains(side) : !schemes.contains(scheme)) {
                reader.complain(entry.place, is_class(side) ? "no position of the grid is of class " + side + "; add one to [grid]"
                                                            : "no position of the grid is \"" + side + "\" (the grid has: " + listed(known) + "; classes: H, L, S, G)" +
                                                                  did_you_mean(scheme, known));
            }
        }
        if (claim.train_length > 0 && !lengths.contains(claim.train_length)) {
            reader.complain(entry.place, "no trial is trained at " + grouped(claim.train_length) + " tokens; choose a train_length of [grid]");
        }
        if (claim.estimand == "E3" && std::find(trials[0].evaluation.tasks.begin(), trials[0].evaluation.tasks.end(), "needle") == trials[0].evaluation.tasks.end()) {
            reader.complain(entry.place, "E3 without needles (it is the loss of their answers); add \"needle\" to tasks in [evaluation]");
        }
        for (const std::int64_t trained : claim.length.empty() ? std::set<std::int64_t>{} : lengths) {
            const std::optional<Quantity> quantity = parse_quantity(claim.length);
            const double tokens = quantity->unit == Unit::ratio ? quantity->value * static_cast<double>(trained) : quantity->value;
            const bool there = std::any_of(trials.begin(), trials.end(), [&](const TrialConfig& trial) {
                const auto& list = trial.evaluation.lengths;
                return trial.training.train_length == trained && std::find(list.begin(), list.end(), std::llround(tokens)) != list.end();
            });
            if ((claim.train_length == 0 || claim.train_length == trained) && !there) {
                reader.complain(entry.place, "nothing is evaluated at " + grouped(std::llround(tokens)) + " tokens after training at " + grouped(trained) +
                                                 "; add \"" + claim.length + "\" to lengths in [evaluation]");
            }
        }
    }
}

std::string canonical_text(const std::vector<Claim>& claims) {
    if (claims.empty()) {
        return "";
    }
    CanonicalText text;
    for (const Claim& claim : claims) {
        const std::string at = claim.name + ".";
        text.set(at + "estimand", claim.estimand);
        text.set(at + "challenger", claim.challenger);
        text.set(at + "baseline", claim.baseline);
        text.set(at + "train_length", claim.train_length);
        text.set(at + "length", claim.length);
        text.set(at + "expect", claim.expect);
        text.set(at + "delta_nats", claim.delta_nats);
    }
    return text.text("overtake-claims 1");
}

}  // namespace overtake
