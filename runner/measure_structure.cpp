#include "runner/measure_structure.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <ATen/ATen.h>

#include "models/position/bias_families.hpp"
#include "models/position/frequency_grid.hpp"
#include "models/position/position_scheme.hpp"
#include "models/position/table_structure.hpp"
#include "runner/task_rows.hpp"

namespace overtake {

namespace {

constexpr std::int64_t least_rows = 8;

class Structure {
  public:
    Structure(Gpt& model, std::int64_t train_length, const std::function<std::vector<double>()>& window_losses)
        : model_(model), cell_{.task = "structure", .context_length = train_length}, window_losses_(window_losses) {}

    std::vector<TaskResult> run() {
        if (model_.scheme().kind() != SchemeKind::learned) {
            return {};
        }
        if (Parameter* table = find("position.table"); table != nullptr && table->value.dim() == 2 && table->value.size(0) >= least_rows) {
            describe_table(*table);
        }
        if (Parameter* stored = find("position.log_frequencies"); stored != nullptr && stored->value.size(-1) >= 2) {
            describe_frequencies(*stored);
        }
        if (auto* biased = dynamic_cast<LagBiasScheme*>(&model_.scheme()); biased != nullptr && cell_.context_length >= least_rows) {
            describe_biases(*biased);
        }
        return std::move(rows_);
    }

  private:
    Parameter* find(const std::string& name) {
        for (Parameter& parameter : model_.parameters()) {
            if (parameter.name == name) {
                return &parameter;
            }
        }
        return nullptr;
    }

    void number(const std::string& metric, double value) { rows_.push_back(task_number(cell_, metric, value, 1)); }

    void judged(const std::string& metric, const Judged& found) {
        number(metric, found.value);
        number(metric + ".null-low", found.null_low);
        number(metric + ".null-high", found.null_high);
    }

    /// Losses with the stand-in that is in place now, less those of the model as it was, window by window.
    void swap(const std::string& name) {
        if (plain_.empty()) {
            return;
        }
        std::vector<double> more = window_losses_();
        for (std::size_t i = 0; i < more.size(); ++i) {
            more[i] -= plain_[i];
        }
        rows_.push_back(task_row(cell_, "swap." + name, more));
    }

    void swap_value(Parameter& parameter, const std::string& name, const at::Tensor& stand_in) {
        const at::Tensor before = parameter.value.detach().clone();
        parameter.value.detach().copy_(stand_in.view(before.sizes()));
        swap(name);
        parameter.value.detach().copy_(before);
    }

    void describe_table(Parameter& parameter) {
        const at::Tensor table_TD = parameter.value.detach().to(at::kCPU, at::kDouble);
        for (const std::int64_t lines : {1, 2, 4}) {
            judged("table.line-share-" + std::to_string(lines), line_share(table_TD, lines, 0));
        }
        judged("table.flatness", spectral_flatness(table_TD, 0));
        judged("table.toeplitz", toeplitz_score(table_TD, 0));
        judged("table.effective-rank", effective_rank(table_TD, 0));
        const GridFit grid = fit_frequency_grid(dominant_frequencies(table_TD));
        number("table.grid-base", grid.base);
        number("table.grid-residual-octaves", grid.residual_octaves);
        plain_ = window_losses_();
        swap_value(parameter, "sinusoids", best_sinusoids(table_TD));
        swap_value(parameter, "toeplitz", best_toeplitz(table_TD));
        for (const std::int64_t rank : {2, 4, 8}) {
            swap_value(parameter, "rank-" + std::to_string(rank), best_rank(table_TD, rank));
        }
        swap_value(parameter, "shuffled", shuffled_rows(table_TD, 0));
        swap_value(parameter, "mean", table_TD.mean(0, true).expand_as(table_TD));
    }

    /// The scheme stores 16 ln theta.
    void describe_frequencies(Parameter& parameter) {
        constexpr double stored_per_logarithm = 16;
        const at::Tensor theta_SJ =
            parameter.value.detach().to(at::kCPU, at::kDouble).div(stored_per_logarithm).exp().view({-1, parameter.value.size(-1)});
        const std::int64_t pairs = theta_SJ.size(1);
        const at::Tensor start_J =
            at::arange(pairs, at::kDouble).mul(-std::log(number_option(options(), "base")) / static_cast<double>(pairs)).exp();
        std::vector<at::Tensor> fitted;
        for (std::int64_t set = 0; set < theta_SJ.size(0); ++set) {
            const at::Tensor theta_J = theta_SJ[set];
            const std::string name = "frequencies." + std::to_string(set) + ".";
            const GridFit grid = fit_frequency_grid(theta_J);
            number(name + "base", grid.base);
            number(name + "residual-octaves", grid.residual_octaves);
            number(name + "moved-octaves", theta_J.div(start_J).log2().square().mean().sqrt().item<double>());
            for (std::int64_t pair = 0; pair < pairs; ++pair) {
                number(name + std::to_string(pair), theta_J[pair].item<double>());
            }
            fitted.push_back(on_fitted_grid(theta_J));
        }
        plain_ = window_losses_();
        swap_value(parameter, "fitted-grid", at::stack(fitted).log().mul(stored_per_logarithm));
        swap_value(parameter, "start", start_J.expand_as(theta_SJ).contiguous().log().mul(stored_per_logarithm));
    }

    void describe_biases(LagBiasScheme& scheme) {
        scheme.begin({.length = cell_.context_length, .positions_T = {}, .starts_BT = {}});
        const at::Tensor bias_NT = scheme.static_bias(0).by_lag_NT;
        if (!bias_NT.defined()) {
            return;
        }
        const at::Tensor own_NT = bias_NT.detach().to(at::kCPU, at::kDouble);
        std::vector<std::string> names;
        std::vector<std::vector<at::Tensor>> curves;  // by family, one per head
        std::vector<at::Tensor> best;
        for (std::int64_t head = 0; head < own_NT.size(0); ++head) {
            const std::string name = "bias.0." + std::to_string(head) + ".";
            const std::vector<FamilyFit> fits = fit_bias_families(own_NT[head]);
            best.push_back(fits.front().curve_T);
            for (const FamilyFit& fit : fits) {
                number(name + fit.family + ".bic", fit.bic - fits.front().bic);
                number(name + fit.family + ".held-out-r2", fit.held_out_r2);
                const auto known = std::find(names.begin(), names.end(), fit.family);
                const auto index = static_cast<std::size_t>(known - names.begin());
                if (known == names.end()) {
                    names.push_back(fit.family);
                    curves.emplace_back();
                }
                curves[index].push_back(fit.curve_T);
            }
            for (std::int64_t lag = 1; lag < own_NT.size(1); lag *= 2) {
                number(name + "at-" + std::to_string(lag), (own_NT[head][lag] - own_NT[head][0]).item<double>());
            }
        }
        plain_ = window_losses_();
        const auto swap_bias = [&](const std::string& name, const std::vector<at::Tensor>& by_head) {
            scheme.hold_bias(at::stack(by_head).to(bias_NT.options().requires_grad(false)));
            swap(name);
            scheme.hold_bias({});
        };
        swap_bias("best-family", best);
        for (std::size_t family = 0; family < names.size(); ++family) {
            swap_bias(names[family], curves[family]);
        }
    }

    const Options& options() { return model_.scheme().options(); }

    Gpt& model_;
    TaskCell cell_;
    const std::function<std::vector<double>()>& window_losses_;
    std::vector<double> plain_;
    std::vector<TaskResult> rows_;
};

}  // namespace

std::vector<TaskResult> measure_structure(Gpt& model, std::int64_t train_length,
                                          const std::function<std::vector<double>()>& window_losses) {
    return Structure(model, train_length, window_losses).run();
}

}  // namespace overtake
