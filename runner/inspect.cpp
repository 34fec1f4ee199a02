#include "runner/inspect.hpp"

#include <cmath>
#include <iostream>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "models/lag_terms.hpp"
#include "models/operations.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

constexpr std::int64_t most_biases = std::int64_t{1} << 25;  // 256 MiB, and a few times that as text

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw ConfigError({{where, what}});
}

std::string parameters_in_words(std::vector<Parameter>& parameters) {
    std::string words;
    for (const Parameter& parameter : parameters) {
        words += (words.empty() ? "" : ", ") + parameter.name + " " + shape_text(parameter.value.sizes());
    }
    return words.empty() ? "it has none" : "it has " + words;
}

void set_parameters(PositionScheme& scheme, const std::map<std::string, at::Tensor>& given) {
    std::vector<std::string_view> names;
    for (const Parameter& parameter : scheme.parameters()) {
        names.push_back(parameter.name);
    }
    for (const auto& [name, value] : given) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            refuse(name, "is no parameter of \"" + std::string(scheme.info().name) + "\" (" + parameters_in_words(scheme.parameters()) + ")" +
                             did_you_mean(name, names));
        }
        at::Tensor& parameter = scheme.parameters()[static_cast<std::size_t>(found - names.begin())].value;
        if (parameter.sizes() != value.sizes()) {
            refuse(name, "has shape " + shape_text(value.sizes()) + ", the scheme's has " + shape_text(parameter.sizes()) + " (" +
                             parameters_in_words(scheme.parameters()) + ")");
        }
        parameter.copy_(value);
    }
}

std::unique_ptr<PositionScheme> make_scheme(const PositionCase& asked) {
    auto scheme = make_position_scheme(asked.position, {.model = asked.model,
                                                        .options = {},
                                                        .train_length = asked.train_length,
                                                        .seed = asked.seed,
                                                        .embedding_deviation = 1 / std::sqrt(static_cast<double>(asked.model.width)),
                                                        .device = at::kCPU,
                                                        .real = at::kDouble});
    set_parameters(*scheme, asked.parameters);
    if (asked.extension && asked.extension->method != "continue") {
        scheme->extend(*asked.extension);
    }
    if (asked.placement.length > scheme->longest_context()) {
        refuse("length", std::to_string(asked.placement.length) + " tokens are beyond what \"" + std::string(scheme->info().name) +
                             "\" can do (at most " + std::to_string(scheme->longest_context()) + ")");
    }
    scheme->begin(asked.placement);
    return scheme;
}

/// [N, T, T]. Above the diagonal the bias of lag 0 where lags decide, else what the formula gives: the mask hides it.
at::Tensor whole_bias(const StaticBias& bias) {
    if (!bias.by_lag_NT.defined()) {
        return bias.by_pair_NTT;
    }
    const std::int64_t length = bias.by_lag_NT.size(1);
    const at::Tensor index_T = at::arange(length);
    const at::Tensor lag_TT = index_T.unsqueeze(1).sub(index_T).clamp_min(0);
    return at::index_select(bias.by_lag_NT, 1, lag_TT.flatten()).view({-1, length, length});
}

void add_biases(const PositionScheme& scheme, const PositionCase& asked, InspectedLayers layers, Json& answer) {
    const std::int64_t first = layers == InspectedLayers::one ? asked.layer : 0;
    const std::int64_t count = layers == InspectedLayers::one ? 1 : asked.model.layers, length = asked.placement.length;
    std::vector<at::Tensor> biases, by_lag;
    for (std::int64_t layer = first; layer < first + count; ++layer) {
        const StaticBias bias = scheme.static_bias(layer);
        if (!bias.defined()) {
            return;
        }
        if (const double numbers = static_cast<double>(count * asked.model.heads) * static_cast<double>(length) * static_cast<double>(length);
            numbers > static_cast<double>(most_biases)) {
            refuse("length", std::to_string(length) + " tokens make " + std::to_string(numbers / 1e6) +
                                 " million biases (at most 33 million are printed); ask for a shorter length");
        }
        biases.push_back(whole_bias(bias));
        if (bias.by_lag_NT.defined()) {
            by_lag.push_back(bias.by_lag_NT);
        }
    }
    const auto together = [&](const std::vector<at::Tensor>& parts) {
        return json_from_tensor(layers == InspectedLayers::one ? parts[0] : at::stack(parts));
    };
    answer["bias"] = together(biases);
    if (by_lag.size() == biases.size()) {
        answer["bias_by_lag"] = together(by_lag);
    }
}

/// First key that each query of each sequence sees, [B, T].
at::Tensor first_keys(const PositionScheme& scheme, std::int64_t layer, std::int64_t batch) {
    const std::int64_t length = scheme.placement().length;
    const at::Tensor window_T = at::empty({length}, at::kInt);
    for (std::int64_t i = 0; i < length; ++i) {
        window_T[i] = scheme.first_key(i, layer);
    }
    const at::Tensor& starts_BT = scheme.placement().starts_BT;
    return starts_BT.defined() ? at::maximum(starts_BT, window_T) : window_T.unsqueeze(0).expand({batch, length});
}

void add_evaluation(const PositionScheme& scheme, const PositionCase& asked, Json& answer) {
    const auto add = [&](const char* key, const at::Tensor& tensor) {
        answer[key] = json_from_tensor(asked.batched ? tensor : tensor.squeeze(0));
    };
    const at::Tensor& inputs = asked.x_BTD;
    const std::int64_t length = asked.placement.length, width = asked.model.width;
    at::Tensor x_BTD = inputs;
    if (inputs.defined()) {
        if (const at::Tensor added = scheme.add_to_input(inputs); !added.equal(inputs)) {
            add("inputs", added);
        }
        x_BTD = scheme.add_to_attention_input(inputs.reshape({-1, width}), asked.layer).view(inputs.sizes());
        if (!x_BTD.equal(inputs)) {
            add("attention_inputs", x_BTD);
        }
    }
    if (!asked.q_BNTH.defined()) {
        return;
    }
    const std::int64_t batch = asked.q_BNTH.size(0);
    if (!x_BTD.defined()) {
        // Whoever reads inputs that weren't given shows it by what comes out.
        x_BTD = at::full({batch, length, width}, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
    }
    const QueryKey qk = scheme.transform({asked.q_BNTH, asked.k_BNTH}, x_BTD, asked.layer);
    const at::Tensor logits_BNTT = explicit_logits(scheme, x_BTD, qk, asked.layer).expand({batch, -1, -1, -1});
    if (!inputs.defined() && logits_BNTT.isnan().any().item<bool>()) {
        refuse("inputs", "are missing (the logits of \"" + std::string(scheme.info().name) + "\" depend on the inputs of attention); add [" +
                             std::to_string(length) + "][" + std::to_string(width) + "] numbers");
    }
    add("logits", logits_BNTT);
    if (asked.v_BNTH.defined()) {
        const at::Tensor key_T = at::arange(length, at::kInt);
        const at::Tensor hidden_BTT = key_T.gt(key_T.unsqueeze(1)).logical_or(key_T.lt(first_keys(scheme, asked.layer, batch).unsqueeze(-1)));
        const at::Tensor seen = logits_BNTT.masked_fill(hidden_BTT.unsqueeze(1), -std::numeric_limits<double>::infinity());
        const at::Tensor weights = at::softmax(seen, -1), out_BNTH = scheme.weigh(weights, asked.v_BNTH, asked.layer);
        const at::Tensor lag_values = scheme.lag_terms(qk, asked.layer).values_NRH;
        add("output", lag_values.defined() ? out_BNTH + read_lags(weights, lag_values, scheme.placement()) : out_BNTH);
    }
}

Json json_of(const Options& options) {
    Json json = Json::object();
    for (const auto& [name, value] : options) {
        std::visit([&, &key = name](const auto& plain) { json[key] = plain; }, value);
    }
    return json;
}

}  // namespace

Json inspect_position(const PositionCase& asked, InspectedLayers layers) {
    const at::NoGradGuard no_grad;
    const auto scheme = make_scheme(asked);
    Json answer{{"scheme", asked.position.scheme}, {"options", json_of(asked.position.options)}};
    if (asked.extension) {
        answer["extension"] = {{"method", asked.extension->method}};
        answer["extension"].update(json_of(asked.extension->options));
    }
    answer.update({{"heads", asked.model.heads},
                   {"head_width", asked.model.head_width()},
                   {"layers", asked.model.layers},
                   {"train_length", asked.train_length},
                   {"length", asked.placement.length},
                   {"seed", asked.seed}});
    if (layers == InspectedLayers::one) {
        answer["layer"] = asked.layer;
    }
    for (const auto& [name, tensor] : scheme->inspect()) {
        answer[name] = json_from_tensor(tensor);
    }
    add_biases(*scheme, asked, layers, answer);
    if (const at::Tensor first = first_keys(*scheme, asked.layer, 1)[0]; first.gt(0).any().item<bool>()) {
        answer["first_keys"] = json_from_tensor(first);
    }
    add_evaluation(*scheme, asked, answer);
    answer["parameters"] = Json::object();
    for (const Parameter& parameter : scheme->parameters()) {
        answer["parameters"][parameter.name] = {{"shape", parameter.value.sizes().vec()},
                                                {"norm", parameter.value.norm().item<double>()},
                                                {"data", json_from_tensor(parameter.value.flatten())}};
    }
    return answer;
}

int run_inspect(const std::string& request, bool as_json) {
    const Json json = read_request(request);
    const Json answer = json.contains("stage")
                            ? inspect_stage(json.at("stage").get<std::string>(), json.at("folder").get<std::string>(), json.at("length").get<std::int64_t>())
                            : inspect_position(read_position_case(json));
    if (as_json) {
        std::cout << answer.dump() << '\n';
    } else {
        print_inspection(std::cout, answer);
    }
    return exit_code::done;
}

}  // namespace overtake
