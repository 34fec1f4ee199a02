// Tables that a scheme learned: spectrum, similarity of rows, rank, and what sinusoids, Toeplitz tables or few ranks cost in their place.
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <ATen/ATen.h>

#include "models/position/frequency_grid.hpp"
#include "models/position/position_scheme.hpp"
#include "runner/structure_parts.hpp"

namespace overtake {

namespace {

struct FoundTable {
    std::string source;
    std::int64_t layer = -1;
    at::Tensor table_TD;  // rows by position, or by lag
};

/// Vectors of the lag of all heads beside one another, [R, channels].
at::Tensor heads_beside(const at::Tensor& vectors_NRH, std::int64_t longest) {
    return vectors_NRH.narrow(1, 0, std::min(vectors_NRH.size(1), longest)).transpose(0, 1).flatten(1);
}

/// What the scheme of a pass over T plain positions adds to its input, its vectors of the lag, and CoPE's of counted positions.
std::vector<FoundTable> tables_of(StructureFindings& findings) {
    const ModelConfig& model = findings.shape();
    PositionScheme& scheme = findings.scheme();
    const std::int64_t length = findings.train_length();
    const at::TensorOptions real = at::TensorOptions(at::kFloat).device(findings.device());
    scheme.begin({.length = length, .positions_T = {}, .starts_BT = {}});
    std::vector<FoundTable> found;
    const auto add = [&](std::string source, std::int64_t layer, const at::Tensor& table_TD) {
        if (table_TD.size(0) >= least_rows && table_TD.ne(0).any().item<bool>()) {
            found.push_back({std::move(source), layer, table_TD});
        }
    };
    const at::Tensor none_TD = at::zeros({length, model.width}, real);
    add("input", -1, scheme.add_to_input(none_TD.unsqueeze(0))[0]);
    const at::Tensor none_BNTH = at::zeros({1, model.heads, length, model.head_width()}, real);
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
        add("attention-input", layer, scheme.add_to_attention_input(none_TD, layer));
        const LagTerms lags = scheme.lag_terms({none_BNTH, none_BNTH}, layer);
        for (const auto& [source, vectors_NRH] :
             {std::pair{"keys", lags.keys_NRH}, std::pair{"queries", lags.queries_NRH}, std::pair{"values", lags.values_NRH}}) {
            if (vectors_NRH.defined()) {
                add(source, layer, heads_beside(vectors_NRH, length));
            }
        }
    }
    if (Parameter* counted = findings.find("position.table"); counted != nullptr && counted->value.dim() == 3) {
        for (std::int64_t layer = 0; layer < model.layers; ++layer) {
            add("table", layer, counted->value[layer]);
        }
    }
    return found;
}

struct Statistic {
    const char* name;
    std::function<Judged(const at::Tensor&)> of;
};

const std::vector<Statistic>& statistics() {
    static const std::vector<Statistic> all{
        {"line-share-1", [](const at::Tensor& table) { return line_share(table, 1, 0); }},
        {"line-share-2", [](const at::Tensor& table) { return line_share(table, 2, 0); }},
        {"line-share-4", [](const at::Tensor& table) { return line_share(table, 4, 0); }},
        {"flatness", [](const at::Tensor& table) { return spectral_flatness(table, 0); }},
        {"toeplitz", [](const at::Tensor& table) { return toeplitz_score(table, 0); }},
        {"effective-rank", [](const at::Tensor& table) { return effective_rank(table, 0); }},
    };
    return all;
}

void judge_tables(StructureFindings& findings, const std::string& name, const std::vector<const FoundTable*>& of) {
    for (const Statistic& statistic : statistics()) {
        Judged mean;
        for (const FoundTable* table : of) {
            const Judged own = statistic.of(table->table_TD);
            if (of.size() > 1) {
                findings.judged("layer." + std::to_string(table->layer) + "." + name + "." + statistic.name, own);
            }
            const auto count = static_cast<double>(of.size());
            mean.value += own.value / count;
            mean.null_low += own.null_low / count;
            mean.null_high += own.null_high / count;
        }
        findings.judged(name + "." + statistic.name, mean);
    }
}

void draw_table(StructureFindings& findings, const FoundTable& table, std::int64_t tables) {
    const auto labels = [&](const char* kind) {
        return StructureSeries{.kind = kind, .source = table.source, .family = {}, .layer = table.layer, .head = -1, .x = {}, .value = {}};
    };
    const JudgedSpectrum spectrum = mean_spectrum(table.table_TD, std::clamp<std::int64_t>(512 / tables, 32, 256), 0);
    findings.curve(labels("spectrum"), spectrum.frequency, spectrum.power);
    findings.curve(labels("spectrum-null"), spectrum.frequency, spectrum.null_mean);
    findings.curve(labels("spectrum-null-low"), spectrum.frequency, spectrum.null_low);
    findings.curve(labels("spectrum-null-high"), spectrum.frequency, spectrum.null_high);
    const auto side = static_cast<std::int64_t>(std::sqrt(4096.0 / static_cast<double>(tables)));
    const RowSimilarity similar = row_similarity(table.table_TD, std::clamp<std::int64_t>(side, 8, 64));
    findings.curve(labels("similarity"), similar.position_K.expand_as(similar.cosine_KK), similar.cosine_KK);
}

/// Stand-ins for each table [rows, channels] of a parameter [..., rows, channels], all tables at once.
void price_tables(StructureFindings& findings, Parameter& parameter, const std::string& prefix) {
    const at::Tensor all = parameter.value.detach().to(at::kCPU, at::kDouble), tables = all.reshape({-1, all.size(-2), all.size(-1)});
    const auto price = [&](const std::string& name, const std::function<at::Tensor(const at::Tensor&)>& stand_in) {
        std::vector<at::Tensor> others;
        for (std::int64_t table = 0; table < tables.size(0); ++table) {
            others.push_back(stand_in(tables[table]));
        }
        findings.price(parameter, prefix + name, at::stack(others));
    };
    price("sinusoids", best_sinusoids);
    price("toeplitz", best_toeplitz);
    for (const std::int64_t rank : {2, 4, 8}) {
        if (rank < std::min(tables.size(1), tables.size(2))) {
            price("rank-" + std::to_string(rank), [rank](const at::Tensor& table) { return best_rank(table, rank); });
        }
    }
    price("shuffled", [](const at::Tensor& table) { return shuffled_rows(table, 0); });
    price("mean", [](const at::Tensor& table) { return table.mean(0, true).expand_as(table); });
}

}  // namespace

void measure_tables(StructureFindings& findings) {
    std::vector<FoundTable> found = tables_of(findings);
    // TUPE's meets itself alone: no hook adds it to anything.
    Parameter* own = findings.find("position.table");
    const bool by_position = own != nullptr && own->value.dim() == 2 && own->value.size(0) >= std::max(findings.train_length(), least_rows);
    if (by_position && found.empty()) {
        found.push_back({"table", -1, own->value.detach()});
    }
    const auto is_absolute = [](const FoundTable& table) { return table.source == "input" || table.source == "table"; };
    for (const char* source : {"table", "input", "attention-input", "keys", "queries", "values"}) {
        std::vector<const FoundTable*> of;
        for (const FoundTable& table : found) {
            if (table.source == source) {
                of.push_back(&table);
            }
        }
        if (!of.empty()) {
            judge_tables(findings, of.front()->source == "input" ? "table" : source, of);
        }
    }
    for (const FoundTable& table : found) {
        draw_table(findings, table, std::ssize(found));
    }
    for (const FoundTable& table : found) {
        if (is_absolute(table) && table.layer < 0) {
            const GridFit grid = fit_frequency_grid(dominant_frequencies(table.table_TD));
            findings.number("table.grid-base", grid.base);
            findings.number("table.grid-residual-octaves", grid.residual_octaves);
        }
    }
    if (by_position && is_absolute(found.front())) {
        price_tables(findings, *own, "");
    }
    for (const char* name : {"keys", "values"}) {
        if (Parameter* vectors = findings.find(std::string("position.") + name);
            vectors != nullptr && vectors->value.dim() >= 3 && vectors->value.size(-2) >= least_rows) {
            price_tables(findings, *vectors, std::string(name) + ".");
        }
    }
}

}  // namespace overtake
