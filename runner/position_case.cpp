#include "runner/position_case.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"
#include "sweeps/position_words.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

constexpr std::array<std::string_view, 19> keys{
    "scheme", "on",      "options", "set",    "extension", "heads",  "head_width", "layers",    "layer",          "train_length",
    "length", "queries", "keys",    "values", "inputs",    "parameters", "positions", "document_starts", "seed"};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw ConfigError({{where, what}});
}

void check_keys(const Json& json) {
    for (const auto& [key, value] : json.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            refuse(key, "unknown key of a case (known: " + listed(keys) + ")" + did_you_mean(key, keys));
        }
    }
}

/// The whole number of that key, or nullopt.
std::optional<std::int64_t> number_of(const Json& json, const char* key, std::int64_t least) {
    if (!json.contains(key)) {
        return std::nullopt;
    }
    const Json& value = json.at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < least) {
        refuse(key, value.dump() + " is out of range (a whole number from " + std::to_string(least) + ")");
    }
    return value.get<std::int64_t>();
}

std::string text_of(const Json& json, const char* key) {
    if (!json.contains(key) || !json.at(key).is_string()) {
        refuse(key, json.contains(key) ? "is no text (a name in quotes)" : "is missing; name a scheme, for example \"rope\"");
    }
    return json.at(key).get<std::string>();
}

/// What several keys say of one number must be the same.
class Agreed {
  public:
    explicit Agreed(std::string meaning) : meaning_(std::move(meaning)) {}
    void say(std::int64_t value, const std::string& source) {
        if (value_ && *value_ != value) {
            refuse(source, "says that the " + meaning_ + " is " + std::to_string(value) + ", but " + source_ + " says " +
                               std::to_string(*value_) + " (they must agree)");
        }
        value_ = value;
        source_ = source;
    }
    void say(const std::optional<std::int64_t>& value, const std::string& source) {
        if (value) {
            say(*value, source);
        }
    }
    bool known() const { return value_.has_value(); }
    std::int64_t value() const {
        if (!value_) {
            refuse("", "the " + meaning_ + " is not known (no option and no tensor tells it)");
        }
        return *value_;
    }

  private:
    std::string meaning_, source_;
    std::optional<std::int64_t> value_;
};

/// The tensor of that key with a dimension for sequences in front, undefined if there is none. `dimensions` without it.
at::Tensor sequences_of(const Json& json, const char* key, std::int64_t dimensions, const char* shape, std::optional<bool>& batched) {
    if (!json.contains(key)) {
        return {};
    }
    const at::Tensor tensor = tensor_from_json(json.at(key), key);
    const bool has_batch = tensor.dim() == dimensions + 1;
    if (!has_batch && tensor.dim() != dimensions) {
        refuse(key, "has shape " + shape_text(tensor.sizes()) + " (" + shape + ", or a list of those)");
    }
    if (batched.value_or(has_batch) != has_batch) {
        refuse(key, "disagrees with the tensors before it on a dimension for sequences (all have it or none)");
    }
    batched = has_batch;
    return has_batch ? tensor : tensor.unsqueeze(0);
}

PositionChoice choice_of(const Json& json, double factor) {
    PositionWords words{.scheme = text_of(json, "scheme"), .settings = {}, .factor = factor};
    if (json.contains("on")) {
        words.extended = text_of(json, "on");
    }
    for (const char* key : {"options", "extension"}) {
        if (!json.contains(key) || json.at(key).is_null()) {
            continue;
        }
        const Json& table = json.at(key);
        if (!table.is_object()) {
            refuse(key, "is no object ({\"base\": 500000}, {\"method\": \"yarn\", \"factor\": 4})");
        }
        if (std::string(key) == "extension" && !table.contains("method")) {
            refuse(key, "names no method; for example {\"method\": \"yarn\", \"factor\": 4}");
        }
        for (const auto& [name, value] : table.items()) {
            if (std::string(key) == "extension" && name == "method") {
                words.scheme.append("+").append(text_of(table, "method"));
            } else {
                words.settings.emplace_back(name, value.dump());
            }
        }
    }
    if (json.contains("set")) {
        for (const Json& word : json.at("set")) {
            if (!word.is_string()) {
                refuse("set", "holds " + word.dump() + " (texts key=value, as after --set); a case file takes options instead: {\"base\": 500000}");
            }
            words.settings.push_back(split_setting(word.get<std::string>()));
        }
    }
    return choose_position(words);
}

void check_same(const at::Tensor& tensor, at::IntArrayRef shape, const char* key, const char* like) {
    if (tensor.defined() && tensor.sizes() != shape) {
        refuse(key, "has shape " + shape_text(tensor.sizes()) + ", " + like + " " + shape_text(shape) + " (they must agree)");
    }
}

Placement placement_of(const Json& json, std::int64_t length, std::int64_t batch) {
    Placement placement{.length = length, .positions_T = {}, .starts_BT = {}};
    if (json.contains("positions")) {
        placement.positions_T = tensor_from_json(json.at("positions"), "positions");
        check_same(placement.positions_T, {length}, "positions", "one for each token is");
    }
    if (json.contains("document_starts")) {
        if (placement.sampled()) {
            refuse("document_starts", "are given beside positions (documents restart whole positions); leave one out");
        }
        const at::Tensor starts = tensor_from_json(json.at("document_starts"), "document_starts");
        placement.starts_BT = (starts.dim() == 1 ? starts.unsqueeze(0).expand({batch, -1}) : starts).to(at::kInt).contiguous();
        check_same(placement.starts_BT, {batch, length}, "document_starts", "one for each token is");
        const at::Tensor last = at::arange(length, at::kInt);
        if (placement.starts_BT.lt(0).logical_or(placement.starts_BT.gt(last)).any().item<bool>()) {
            refuse("document_starts", "a document begins after its token or before the window (0 to the token's index)");
        }
    }
    return placement;
}

/// The rules of a trial for what a case has of one.
void check_as_trial(const PositionCase& asked) {
    TrialConfig trial;
    trial.model = asked.model;
    trial.position = asked.position;
    trial.extension = asked.extension;
    trial.training.train_length = asked.train_length;
    std::vector<Problem> problems;
    for (Problem& problem : find_problems(trial)) {
        for (const char* part : {"model.", "position", "extension", "training.train_length"}) {
            if (problem.where.starts_with(part)) {
                problems.push_back(std::move(problem));
                break;
            }
        }
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
}

}  // namespace

PositionCase read_position_case(const Json& json) {
    if (!json.is_object()) {
        refuse("", "a case is a JSON object ({\"scheme\": \"rope\", ...})");
    }
    check_keys(json);
    PositionCase asked;
    std::optional<bool> batched;
    asked.q_BNTH = sequences_of(json, "queries", 3, "[heads][tokens][head width]", batched);
    asked.k_BNTH = sequences_of(json, "keys", 3, "[heads][tokens][head width]", batched);
    asked.v_BNTH = sequences_of(json, "values", 3, "[heads][tokens][head width]", batched);
    asked.x_BTD = sequences_of(json, "inputs", 2, "[tokens][model width]", batched);
    asked.batched = batched.value_or(false);
    if (asked.q_BNTH.defined() != asked.k_BNTH.defined() || (asked.v_BNTH.defined() && !asked.q_BNTH.defined())) {
        refuse("queries", "queries and keys are given together (values with both)");
    }

    Agreed heads("number of heads"), head_width("head width"), length("length in tokens"), batch("number of sequences");
    heads.say(number_of(json, "heads", 1), "heads");
    head_width.say(number_of(json, "head_width", 1), "head_width");
    length.say(number_of(json, "length", 1), "length");
    if (const at::Tensor& q_BNTH = asked.q_BNTH; q_BNTH.defined()) {
        batch.say(q_BNTH.size(0), "queries");
        heads.say(q_BNTH.size(1), "queries");
        length.say(q_BNTH.size(2), "queries");
        head_width.say(q_BNTH.size(3), "queries");
        check_same(asked.k_BNTH, q_BNTH.sizes(), "keys", "queries have");
        check_same(asked.v_BNTH, q_BNTH.sizes(), "values", "queries have");
    }
    if (const at::Tensor& x_BTD = asked.x_BTD; x_BTD.defined()) {
        batch.say(x_BTD.size(0), "inputs");
        length.say(x_BTD.size(1), "inputs");
        if (!head_width.known()) {
            head_width.say(x_BTD.size(2) / heads.value(), "inputs");
        }
        check_same(asked.x_BTD, {batch.value(), length.value(), heads.value() * head_width.value()}, "inputs", "the others ask for");
    }
    const std::optional<std::int64_t> train_length = number_of(json, "train_length", 1);
    if (!length.known()) {
        length.say(train_length, "train_length");
    }
    asked.train_length = train_length.value_or(std::max<std::int64_t>(length.value(), 2));
    asked.layer = number_of(json, "layer", 0).value_or(0);
    asked.model.layers = number_of(json, "layers", 1).value_or(asked.layer + 1);
    if (asked.layer >= asked.model.layers) {
        refuse("layer", std::to_string(asked.layer) + " is beyond the last one (layers are counted from 0, there are " +
                            std::to_string(asked.model.layers) + ")");
    }
    asked.model.heads = heads.value();
    asked.model.width = heads.value() * head_width.value();
    asked.seed = number_of(json, "seed", 0).value_or(0);
    const double factor = static_cast<double>(length.value()) / static_cast<double>(asked.train_length);
    const PositionChoice choice = choice_of(json, std::max(1.0, factor));
    asked.position = choice.position;
    asked.extension = choice.extension;
    check_as_trial(asked);
    asked.placement = placement_of(json, length.value(), batch.known() ? batch.value() : 1);
    if (json.contains("parameters")) {
        if (!json.at("parameters").is_object()) {
            refuse("parameters", "are no object ({\"position.scale\": [[2], [1]]})");
        }
        for (const auto& [name, value] : json.at("parameters").items()) {
            asked.parameters[name] = tensor_from_json(value, name);
        }
    }
    return asked;
}

Json read_request(const std::string& text) {
    Json request = Json::parse(text);
    const auto named = request.find("case");
    if (named == request.end()) {
        return request;
    }
    const auto file = named->get<std::string>();
    request.erase("case");
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw IoError("cannot read '" + file + "' (absent or not readable); name a case file");
    }
    Json merged;
    try {
        merged = Json::parse(in);
    } catch (const Json::parse_error& error) {
        refuse(file, std::string("is no JSON (") + error.what() + ")");
    }
    if (!merged.is_object()) {
        refuse(file, "holds no object ({\"scheme\": \"rope\", ...})");
    }
    for (const auto& [key, value] : request.items()) {
        if (merged.contains(key) && merged.at(key) != value) {
            refuse(file, "and the command line disagree on \"" + key + "\" (" + merged.at(key).dump() + " and " + value.dump() +
                             "); leave one out");
        }
        merged[key] = value;
    }
    return merged;
}

}  // namespace overtake
