#include "models/position/row_reach.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

RowReach::RowReach(const Options& options) {
    const auto beyond = options.find("beyond");
    by_length_ = beyond != options.end() && beyond->second == OptionValue(std::string("interpolate"));
}

void RowReach::extend(const ExtensionConfig& extension) {
    expects(extension.method == "clamp" || extension.method == "interpolate", "a table is clamped or interpolated");
    extended_ = true;
    by_length_ = false;
    factor_ = extension.method == "clamp" ? 1 : number_option(extension.options, "factor");
}

double RowReach::factor(std::int64_t rows, std::int64_t length) const {
    return by_length_ ? std::max(1.0, static_cast<double>(length) / static_cast<double>(rows)) : factor_;
}

at::Tensor RowReach::take(const at::Tensor& table_RW, const at::Tensor& place, std::int64_t length) const {
    const std::int64_t rows = table_RW.size(-2);
    const double divisor = factor(rows, length);
    const at::Tensor at_row = place.div(divisor).clamp(0, static_cast<double>(rows - 1)).flatten();
    const auto select = [&](const at::Tensor& row) { return table_RW.index_select(-2, row.to(at::kLong)); };
    at::Tensor taken = select(at_row);
    if (divisor > 1) {
        const at::Tensor share = at_row.frac().to(table_RW.scalar_type()).unsqueeze(-1);
        taken = at::lerp(taken, select(at_row.ceil()), share);
    }
    std::vector<std::int64_t> shape = table_RW.sizes().vec();
    shape.erase(shape.end() - 2);
    shape.insert(shape.end() - 1, place.sizes().begin(), place.sizes().end());
    return taken.view(shape);
}

}  // namespace overtake
