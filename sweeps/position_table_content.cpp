// Schemes whose bias depends on content (H4), or that change weights and values (H6).
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

std::int64_t gate_parameters(const ModelConfig& model, const Options&, std::int64_t) {
    return model.layers * model.heads * (model.width + 1);
}

/// Per layer and head a product with x (2 D), then bias, gate and running sum (3); one addition per logit.
double gate_flops(const ModelConfig& model, const Options&, std::int64_t context_length) {
    return static_cast<double>(model.layers * model.heads * (2 * model.width + 3)) + logits_per_token(model, context_length);
}

bool constant_gates(const Options& options) { return string_option(options, "gate") == "constant"; }

std::int64_t fox_parameters(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    return constant_gates(options) ? model.layers * model.heads : gate_parameters(model, options, context_length);
}

double fox_flops(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    return constant_gates(options) ? logits_per_token(model, context_length) : gate_flops(model, options, context_length);
}

std::int64_t path_parameters(const ModelConfig& model, const Options& options, std::int64_t) {
    const std::int64_t gates = flag_option(options, "forget_gate") ? 2 : 1;
    return model.layers * (2 * integer_option(options, "rank") * model.width + 3 * model.width + gates * model.heads * (model.width + 1));
}

/// Per layer and token: the directions (4 rank D, convolution 6 D, norm 4 D) and gates; per head, with chunks of C = 64: five products
/// of C x H (10 C H), the solve and its use (2 C (C + H) each, on average half of a triangle), H x H steps (2 H^2, and again for each of the
/// n / 2C chunks before it). Products with earlier keys replace those of plain attention.
double path_flops(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    const auto chunk = 64.0, head_width = static_cast<double>(model.head_width()), width = static_cast<double>(model.width);
    const double directions = 4 * static_cast<double>(integer_option(options, "rank")) * width + 10 * width;
    const double within = 10 * chunk * head_width + 2 * chunk * (chunk + head_width) + 2 * head_width * head_width;
    const double across = static_cast<double>(context_length) / (2 * chunk) * 2 * head_width * head_width;
    const double gates = (flag_option(options, "forget_gate") ? 2 : 1) * (2 * width + 3);
    return static_cast<double>(model.layers) * (directions + static_cast<double>(model.heads) * (within + across + gates));
}

std::int64_t dape_parameters(const ModelConfig& model, const Options& options, std::int64_t) {
    const std::int64_t hidden = integer_option(options, "hidden"), heads = model.heads;
    const std::int64_t taps = integer_option(options, "version") == 2 ? 3 : 1;
    const std::string base = string_option(options, "base");
    const std::int64_t of_base = base == "kerple-log" ? 2 * heads : base == "fire" ? 2 + 2 * hidden + (hidden + 1) * heads : 0;
    return model.layers * (3 * heads * hidden * taps + hidden + heads + of_base);
}

/// Per layer and pair, for all N heads at once: 2 N channels to W and W to N with K taps (6 N W K), W leaky units and biases (2 W), biases,
/// base and addition (3 N).
double dape_flops(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    const auto hidden = static_cast<double>(integer_option(options, "hidden"));
    const double taps = integer_option(options, "version") == 2 ? 3 : 1;
    const double per_head = 6 * hidden * taps + 2 * hidden / static_cast<double>(model.heads) + 3;
    return per_head * logits_per_token(model, context_length);
}

/// 2: loops of our own correct the bias of version 1 (on a CPU; a GPU's bits stayed, and its ids change with them all the same).
int dape_revision(const Options& options) { return integer_option(options, "version") == 1 ? 2 : 1; }

std::int64_t universal_parameters(const ModelConfig& model, const Options& options, std::int64_t) {
    return (flag_option(options, "rotation") ? model.head_width() / 2 + model.layers : 0) +
           (flag_option(options, "decay") ? 3 * model.heads + model.layers : 0) +
           (flag_option(options, "gate") ? model.layers * (model.heads * (model.width + 1) + 1) : 0);
}

/// Its parts' costs: RoPE's, one addition per logit for a decay, FoX's and the strength (1) for a gate.
double universal_flops(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    return (flag_option(options, "rotation") ? rotated_queries_and_keys(model, options, context_length) : 0) +
           (flag_option(options, "decay") ? added_to_logits(model, options, context_length) : 0) +
           (flag_option(options, "gate") ? gate_flops(model, options, context_length) + static_cast<double>(model.layers * model.heads) : 0);
}

}  // namespace

std::vector<SchemeInfo> content_schemes() {
    return {
        {.name = "fox",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {later(choice("gate", "content", {"content", "constant"},
                                  "content: sigmoid(w.x + b); constant: sigmoid(b), the paper's data-independent gate")),
                     later(number("decay_time_min", 2, 1e-3, 1e12,
                                  "constant gates: tokens in which the first head's gate takes 1 from a logit at first")),
                     later(number("decay_time_max", 0, 0, 1e12, "the last head's, heads between them log-spaced; 0: the train length"))},
         .counts_tokens = true,
         .source = "Lin et al. 2025, arXiv:2503.02130, section 3: the sum of ln sigmoid(w.x + b) between, after scaling",
         .parameters = fox_parameters,
         .forward_flops = fox_flops},
        {.name = "cable",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {flag("scaled", true, "products of queries and keys are divided by sqrt(head width); the authors' code doesn't")},
         .counts_tokens = true,
         .source = "Veisi et al. 2025, arXiv:2503.08067: minus the sum of softplus(w.x + b) between",
         .parameters = gate_parameters,
         .forward_flops = gate_flops},
        {.name = "cope",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("npos", 64, 2, 1 << 20, "rows of the table; counted positions beyond the last row share it"),
                     flag("scaled", true, "table entries are divided by sqrt(head width) like the products, as in the authors' code")},
         .fused_attention = false,
         .counts_tokens = true,
         .source = "Golovneva et al. 2024, arXiv:2405.18719, equations 3 to 6; one table for the heads of a layer",
         .parameters = [](const ModelConfig& model, const Options& options,
                          std::int64_t) { return model.layers * integer_option(options, "npos") * model.head_width(); },
         // Per layer D products with each row of the table; per logit the gate's sum (2), its gate (1), the read (5) and its addition (1).
         .forward_flops =
             [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                 return static_cast<double>(model.layers * 2 * model.width * integer_option(options, "npos")) +
                        9 * logits_per_token(model, context_length);
             }},
        {.name = "grape-ap",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {integer("path_width", 8, 2, 4096, "channels of the path vector of a head; even")},
         .fused_attention = false,
         .relative = false,
         .source = "Zhang et al. 2025, arXiv:2512.07805, additive path biases, as in the authors' code",
         .parameters = [](const ModelConfig& model, const Options& options, std::int64_t) {
             return model.layers * model.heads * integer_option(options, "path_width") * model.width;
         },
         // Per layer, head and path channel a product with x (2 D), norm (4) and turn (3); per logit 2 W, then gate, slope, sum, addition.
         .forward_flops =
             [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                 const auto width = static_cast<double>(integer_option(options, "path_width"));
                 return static_cast<double>(model.layers * model.heads) * width * static_cast<double>(2 * model.width + 7) +
                        (2 * width + 4) * logits_per_token(model, context_length);
             }},
        {.name = "path",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {integer("rank", 32, 1, 65536, "inner width of the projection to directions w"),
                     flag("forget_gate", false, "adds FoX's gates inside the scaling (PaTH-FoX)")},
         .fused_attention = false,
         .counts_tokens = true,
         .source = "Yang et al. 2025, arXiv:2505.16381, section 3: products through I - beta w w^T of the tokens between",
         .parameters = path_parameters,
         .forward_flops = path_flops},
        {.name = "dape",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {integer("version", 1, 1, 2, "1: a network at each pair; 2: convolutions over three neighbouring keys"),
                     choice("base", "kerple-log", {"alibi", "kerple-log", "fire"}, "bias that the network corrects"),
                     integer("hidden", 32, 1, 65536, "hidden units of the network, and of FIRE's")},
         .fused_attention = false,
         .source = "Zheng et al. 2024, arXiv:2405.14722, equation 4, and arXiv:2410.04798 (version 2); base fire is not relative",
         .parameters = dape_parameters,
         .forward_flops = dape_flops,
         .revision = dape_revision},
        {.name = "universal",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::content_gate,
         .options = {flag("rotation", true, "RoPE with trained frequencies takes part"),
                     flag("decay", true, "a trained decay by lag, from a logarithm to a power, takes part"),
                     flag("gate", true, "FoX's content gate takes part"), base_option()},
         .fused_attention = false,
         .source = "RoPE (arXiv:2104.09864), KERPLE (arXiv:2205.09921) and FoX (arXiv:2503.02130) in one family, each with a strength",
         .parameters = universal_parameters,
         .forward_flops = universal_flops},
    };
}

}  // namespace overtake
