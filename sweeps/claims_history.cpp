// When which claims were made: claims.json of a sweep folder, which only ever grows.
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "sweeps/canonical_text.hpp"
#include "sweeps/claims.hpp"
#include "sweeps/sweep_folder.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Json = nlohmann::ordered_json;

Json as_json(const Claim& c) {
    return {{"name", c.name}, {"estimand", c.estimand}, {"challenger", c.challenger}, {"baseline", c.baseline},
            {"train_length", c.train_length}, {"length", c.length}, {"expect", c.expect}, {"delta_nats", c.delta_nats}};
}

Claim claim_of(const Json& json) {
    Claim c;
    json.at("name").get_to(c.name);
    json.at("estimand").get_to(c.estimand);
    json.at("challenger").get_to(c.challenger);
    json.at("baseline").get_to(c.baseline);
    json.at("train_length").get_to(c.train_length);
    json.at("length").get_to(c.length);
    json.at("expect").get_to(c.expect);
    json.at("delta_nats").get_to(c.delta_nats);
    return c;
}

std::int64_t stages_begun(const SweepFolder& folder) {
    std::int64_t count = 0;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder.stages(), error); !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        ++count;
    }
    return count;
}

}  // namespace

std::string claims_to_text(const std::vector<FrozenClaims>& history) {
    Json out = Json::array();
    for (const FrozenClaims& frozen : history) {
        Json claims = Json::array();
        for (const Claim& claim : frozen.claims) {
            claims.push_back(as_json(claim));
        }
        out.push_back({{"sha256", frozen.sha256}, {"frozen_utc", frozen.frozen_utc}, {"stages_begun", frozen.stages_begun}, {"claims", claims}});
    }
    return out.dump(1) + "\n";
}

std::vector<FrozenClaims> claims_from_text(std::string_view text, const std::string& source) {
    std::vector<FrozenClaims> history;
    if (text.empty()) {
        return history;
    }
    try {
        for (const Json& json : Json::parse(text)) {
            FrozenClaims frozen{json.at("sha256"), json.at("frozen_utc"), json.at("stages_begun"), {}};
            for (const Json& claim : json.at("claims")) {
                frozen.claims.push_back(claim_of(claim));
            }
            if (frozen.sha256 != sha256_hex(canonical_text(frozen.claims))) {
                throw IoError("the claims in '" + source + "' of " + frozen.frozen_utc + " are not those that were frozen (their SHA-256 differs); restore the file from a copy");
            }
            history.push_back(std::move(frozen));
        }
    } catch (const Json::exception& error) {
        throw IoError("the claims in '" + source + "' can't be read (" + error.what() + "); restore the file from a copy");
    }
    return history;
}

std::string read_claims_history(const SweepFolder& folder) {
    if (!std::filesystem::exists(folder.claims())) {
        return "";
    }
    std::ifstream in(folder.claims(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
        throw IoError("cannot read '" + folder.claims().string() + "'; check its permissions");
    }
    return text.str();
}

std::string freeze_claims(const SweepFolder& folder, const std::vector<Claim>& claims, const std::string& now_utc, const std::vector<SweepFolder>& tuned_in) {
    std::vector<FrozenClaims> history = claims_from_text(read_claims_history(folder), folder.claims().string());
    const std::string sha256 = sha256_hex(canonical_text(claims));
    if (history.empty() ? claims.empty() : history.back().sha256 == sha256) {
        return "";
    }
    const bool changed = !history.empty();
    std::int64_t begun = stages_begun(folder);
    for (const SweepFolder& tuning : tuned_in) {
        begun += stages_begun(tuning);
    }
    history.push_back({sha256, now_utc, begun, claims});
    write_aside(folder.claims(), claims_to_text(history));
    const std::string count = std::to_string(claims.size()) + (claims.size() == 1 ? " claim" : " claims");
    if (begun == 0) {
        return count + " frozen before the first stage (SHA-256 " + sha256.substr(0, 16) + ")";
    }
    return (changed ? "the claims were changed after " : "claims were added after ") + std::to_string(begun) + " stages had begun: the report will say so";
}

}  // namespace overtake
