// What the task "structure" finds: single numbers for the table of tasks, curves for figures, and prices of stand-ins.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/gpt.hpp"
#include "models/position/position_scheme.hpp"
#include "models/position/table_structure.hpp"
#include "runner/content_look.hpp"
#include "runner/task_rows.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

inline constexpr std::int64_t least_rows = 8;  // of a table or of lags, to say anything about

/// Mean loss of each held-out window with the model as it is now; every rank of the team must come along.
using WindowLosses = std::function<std::vector<double>()>;

/// What a model is looked at by.
struct StructureText {
    WindowLosses losses;
    LookedAt look;
    bool drawn = false;  // the losses are of positions that a sampler drew, where no bias by whole lags can stand in
};

/// One trained model under the glass, and everything found so far.
class StructureFindings {
  public:
    StructureFindings(Gpt& model, const ModelConfig& shape, std::int64_t train_length, const StructureText& text);

    Gpt& model() { return model_; }
    const ModelConfig& shape() const { return shape_; }
    at::Device device() { return model_.parameters().front().value.device(); }
    PositionScheme& scheme();
    std::int64_t train_length() const { return cell_.context_length; }
    /// Null if the model has none of that name.
    Parameter* find(const std::string& name);

    /// Every finding is a sign of life: some take seconds each.
    void number(const std::string& metric, double value);
    /// The value, and what chance gives under .null-low and .null-high.
    void judged(const std::string& metric, const Judged& found);
    /// x and value: equally many numbers of any shape, fp64.
    void curve(StructureSeries labels, const at::Tensor& x, const at::Tensor& value);

    /// What attention meets in the text, by layer; looked at once, empty without text.
    const std::vector<LayerLook>& looks();

    /// Row swap.NAME: losses with `stand_in` in attention, less those of the model as it was, window by window. No row where positions
    /// are drawn and a bias is held.
    void price(const std::string& name, StandIn stand_in);
    /// The same with numbers in the place of parameters.
    void price(Parameter& parameter, const std::string& name, const at::Tensor& stand_in) { price({{&parameter, stand_in}}, name); }
    void price(const std::vector<std::pair<Parameter*, at::Tensor>>& stand_ins, const std::string& name);

    std::vector<TaskResult> rows;
    std::vector<StructureSeries> series;

  private:
    Gpt& model_;
    ModelConfig shape_;
    TaskCell cell_;
    /// Measures the model as it is; called before the first stand-in is in place.
    void measure_plain();
    /// Row swap.NAME of the stand-in that is in place now.
    void price(const std::string& name);

    const StructureText& text_;
    std::vector<double> plain_;
    std::vector<LayerLook> looks_;
};

}  // namespace overtake
